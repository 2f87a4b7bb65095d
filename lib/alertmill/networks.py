"""The networks of an installation: how their addresses are written, and when transfers are final.

A network that is not among the thirteen known ones is added by the setting ``ALERTMILL_NETWORKS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, GetJsonSchemaHandler, ValidationError, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core.core_schema import CoreSchema

from alertmill.errors import ConfigurationError, UnknownNameError
from alertmill.settings import NetworkTerms, Settings
from alertmill.vocabulary import AddressKind, Network

_BITCOIN = NetworkTerms(kind=AddressKind.BITCOIN, finality_minutes=60)
"""Six blocks."""
_ETHEREUM = NetworkTerms(kind=AddressKind.EVM, finality_minutes=15)
"""Two epochs."""
_SUBSTRATE = NetworkTerms(kind=AddressKind.SS58, finality_minutes=1)
"""A round of votes."""
_SUBSTRATE_EVM = NetworkTerms(kind=AddressKind.EVM, finality_minutes=1)

DEFAULTS: Mapping[Network, NetworkTerms] = MappingProxyType(
    {
        Network.BITCOIN: _BITCOIN,
        Network.BITCOIN_TESTNET: _BITCOIN,
        Network.BITTENSOR: _SUBSTRATE,
        Network.BITTENSOR_EVM: _SUBSTRATE_EVM,
        Network.BITTENSOR_TESTNET: _SUBSTRATE,
        Network.ETHEREUM: _ETHEREUM,
        Network.ETHEREUM_TESTNET: _ETHEREUM,
        Network.POLKADOT: _SUBSTRATE,
        Network.POLKADOT_EVM: _SUBSTRATE_EVM,
        Network.POLKADOT_TESTNET: _SUBSTRATE,
        Network.TORUS: _SUBSTRATE,
        Network.TORUS_EVM: _SUBSTRATE_EVM,
        Network.TORUS_TESTNET: _SUBSTRATE,
    }
)
STORED: Mapping[str, bool] = MappingProxyType({"is_stored": True})
"""Validation context for what is in a run folder: only elsewhere its network may be a setting."""


def configured_networks(settings: Settings | None = None) -> dict[Network, NetworkTerms]:
    """Return every network that this installation knows, sorted by name.

    Raises
    ------
    ConfigurationError
        If the settings cannot be read.
    """
    try:
        added = (settings or Settings()).alertmill_networks
    except ValidationError as error:
        found = (f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors())
        raise ConfigurationError(
            "; ".join(found).replace("Value error, ", "").replace(".[KEY]", "")
        ) from None
    return dict(sorted({**DEFAULTS, **added}.items()))


def networks_with_runs(runs_dir: Path) -> list[Network]:
    """Return the configured networks that have a folder of runs."""
    return [network for network in configured_networks() if (runs_dir / network).is_dir()]


def is_configured(name: str) -> bool:
    """Return True if this installation knows a network of this name."""
    return name in DEFAULTS or name in configured_networks()


def network_of(name: str) -> Network:
    """Return the network of a name.

    Raises
    ------
    UnknownNameError
        If no network is configured under this name; the message says how to add one.
    """
    if not is_configured(name):
        raise UnknownNameError.of_network(name, configured_networks())
    return Network(name)


def terms_of(network: str) -> NetworkTerms:
    """Return the kind and the finality of a network.

    Raises
    ------
    UnknownNameError
        If no network is configured under this name.
    """
    known = configured_networks()
    if network not in known:
        raise UnknownNameError.of_network(network, known)
    return known[Network(network)]


def network_type(network: str) -> str:
    """Return the column network_type of labels: evm for bittensor_evm, substrate for torus."""
    kind = terms_of(network).kind
    return {AddressKind.BITCOIN: "utxo", AddressKind.SS58: "substrate"}.get(kind, kind.value)


def _check_is_configured(network: Network, info: ValidationInfo) -> Network:
    if info.context != STORED:
        try:
            network_of(network)
        except UnknownNameError as error:
            raise ValueError(str(error)) from None
    return network


class _ListsNetworks:
    """Makes the form of a field a list of the networks that are configured."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(core_schema), "enum": list(map(str, configured_networks()))}


KnownNetwork = Annotated[Network, AfterValidator(_check_is_configured), _ListsNetworks()]
"""Field of a model of parameters: a network that is configured here."""
