"""Which column of a file stands for which of ours, for common exports and for any other."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alertmill.errors import ConfigurationError
from alertmill.errors.snapshots import place, quote
from alertmill.snapshots.files.times import TimeUnit

_LIKENESS = 0.8
_LEAST_OF_EXPORT = 3
"""Columns of an export by which it is known."""


class Combination(StrEnum):
    """What becomes of several columns of a file that stand for one of ours."""

    FIRST = "first"
    """The first that has a value counts."""
    SUM = "sum"
    """They are added up."""


class ColumnMapping(BaseModel):
    """How the columns of an export are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str = ""
    columns: Annotated[
        dict[str, tuple[str, ...]],
        Field(description="Columns of the file by ours; several are combined, see `combine`."),
    ] = {}
    combine: Annotated[
        dict[str, Combination], Field(description="How several columns become one of ours.")
    ] = {}
    constants: Annotated[
        dict[str, str], Field(description="Value of a column of ours that the file does not have.")
    ] = {}
    time_unit: Annotated[
        TimeUnit | None, Field(description="Unit of times that are numbers; ms without it.")
    ] = None
    amount_decimals: Annotated[
        int | None,
        Field(ge=0, le=77, description="Digits behind the point, of amounts in the smallest unit."),
    ] = None
    has_thousands: Annotated[
        bool, Field(description="Whether a comma groups digits of amounts.")
    ] = False
    numbers_events: Annotated[
        bool,
        Field(
            description="Whether transfers of a transaction are numbered in the order of the file."
        ),
    ] = False
    left_out: Annotated[
        dict[str, str],
        Field(
            description="Pattern by column of the file: rows that match it are no transfers, such "
            "as failed transactions; they are counted and left out."
        ),
    ] = {}
    prices: Annotated[
        tuple[str, ...],
        Field(description="Columns of the file with the USD price of one unit of the asset."),
    ] = ()
    pairs: Annotated[
        frozenset[str], Field(description="Columns of ours that were named one by one.")
    ] = frozenset()

    def found_for(self, ours: str, present: Collection[str]) -> tuple[str, ...]:
        """Return those columns of a file that stand for one of ours."""
        mapped = tuple(name for name in self.columns.get(ours, ()) if name in present)
        return mapped or ((ours,) if ours in present else ())

    def used(self, ours: Collection[str], present: Collection[str]) -> set[str]:
        """Return all columns of a file that are to be read."""
        named = {name for column in ours for name in self.found_for(column, present)}
        return named | {name for name in (*self.left_out, *self.prices) if name in present}


_TOKEN_TRANSFERS = ColumnMapping(
    description="token transfers of ethereum-etl and of BigQuery's crypto_ethereum",
    columns={
        "tx_id": ("transaction_hash",),
        "event_index": ("log_index",),
        "block_height": ("block_number",),
        "asset_contract": ("token_address",),
        "amount": ("value",),
    },
    time_unit=TimeUnit.S,
)
_TRANSACTIONS = ColumnMapping(
    description="transactions of ethereum-etl and of BigQuery's crypto_ethereum, in wei",
    columns={
        "tx_id": ("hash",),
        "block_height": ("block_number",),
        "to_address": ("to_address", "receipt_contract_address"),
        "amount": ("value",),
    },
    constants={"asset_symbol": "ETH"},
    time_unit=TimeUnit.S,
    amount_decimals=18,
    left_out={"receipt_status": r"^0(\.0)?$"},
)
_ETHERSCAN = ColumnMapping(
    description="transactions of an address as Etherscan exports them (CSV)",
    columns={
        "tx_id": ("Transaction Hash", "Txhash"),
        "block_height": ("Blockno",),
        "block_timestamp": ("UnixTimestamp",),
        "from_address": ("From",),
        "to_address": ("To", "ContractAddress"),
        "amount": ("Value_IN(ETH)", "Value_OUT(ETH)"),
        "fee": ("TxnFee(ETH)",),
    },
    combine={"amount": Combination.SUM},
    constants={"asset_symbol": "ETH"},
    time_unit=TimeUnit.S,
    has_thousands=True,
    numbers_events=True,
    left_out={"Status": r"(?i)^(error|fail)"},
    prices=("Historical $Price/Eth",),
)
_ETHERSCAN_TOKENS = ColumnMapping(
    description="ERC-20 token transfers of an address as Etherscan exports them (CSV)",
    columns={
        "tx_id": ("Transaction Hash", "Txhash"),
        "block_height": ("Blockno",),
        "block_timestamp": ("UnixTimestamp",),
        "from_address": ("From",),
        "to_address": ("To",),
        "asset_symbol": ("TokenSymbol",),
        "asset_contract": ("ContractAddress",),
        "amount": ("TokenValue",),
        "amount_usd": ("USDValueDayOfTx",),
    },
    time_unit=TimeUnit.S,
    has_thousands=True,
    numbers_events=True,
)
_UPSTREAM = ColumnMapping(
    description="transfers and labels of the upstream analyzers' snapshot: our own columns"
)
READY_MAPPINGS: Mapping[str, ColumnMapping] = {
    "token-transfers": _TOKEN_TRANSFERS,
    "ethereum-transactions": _TRANSACTIONS,
    "etherscan": _ETHERSCAN,
    "etherscan-tokens": _ETHERSCAN_TOKENS,
    "upstream": _UPSTREAM,
}
"""Mappings of common exports, by the name that ``--columns`` takes."""


def mapping_of(text: str | None, known: Sequence[str]) -> ColumnMapping:
    """Return the mapping that an option names.

    Parameters
    ----------
    text : str, optional
        A ready mapping, a JSON or TOML file, pairs ``theirs=ours``, or one of the first two
        followed by pairs, separated by commas.
    known : sequence of str
        Our columns.

    Raises
    ------
    ConfigurationError
        If the name, the file or one of our columns is not known.
    """
    mapping = ColumnMapping()
    pairs: dict[str, tuple[str, ...]] = {}
    for item in (text or "").split(",") if text else ():
        theirs, is_pair, ours = item.strip().rpartition("=")
        if not is_pair:
            mapping = _named(item.strip())
            continue
        pairs[ours] = (*pairs.get(ours, ()), theirs.strip())
    columns = {**mapping.columns, **pairs}
    merged = mapping.model_copy(update={"columns": columns, "pairs": frozenset(pairs)})
    _check_ours([*merged.columns, *merged.constants], known)
    return merged


def _named(name: str) -> ColumnMapping:
    if name in READY_MAPPINGS:
        return READY_MAPPINGS[name]
    path = Path(name)
    if not path.is_file():
        raise ConfigurationError(
            f"--columns {quote(name)} is neither a ready mapping ({', '.join(READY_MAPPINGS)}), "
            "nor a JSON or TOML file, nor a pair such as from=from_address; correct it."
        )
    try:
        text = path.read_text(encoding="utf-8")
        content = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
        return ColumnMapping.model_validate(_listed(content))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"cannot read the mapping {place(path)}: {_said(error)}."
        ) from None


def _listed(content: object) -> object:
    """Take one name in place of a list of one."""
    if isinstance(content, dict) and isinstance(content.get("columns"), dict):
        columns = {
            ours: [theirs] if isinstance(theirs, str) else theirs
            for ours, theirs in content["columns"].items()
        }
        return content | {"columns": columns}
    return content


def _said(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{quote('.'.join(map(str, first['loc'])))[1:-1]}: {first['msg']}"
    return quote(str(error))[1:-1]


def _check_ours(named: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in named if name not in known]
    if unknown:
        raise ConfigurationError(
            f"--columns names {quote(unknown[0])}, which is no column of ours; expected "
            f"theirs=ours with one of {', '.join(known)}."
        )


def check_pairs(path: Path, mapping: ColumnMapping, present: Collection[str]) -> None:
    """Refuse a pair whose column the file does not have.

    Raises
    ------
    ConfigurationError
        If a column of ours that was mapped by the user has none of its columns in the file.
    """
    for ours in sorted(mapping.pairs):
        if not any(name in present for name in mapping.columns[ours]):
            near = difflib.get_close_matches(mapping.columns[ours][0], list(present), n=1)
            hint = f" (perhaps {quote(near[0])})" if near else ""
            raise ConfigurationError(
                f"{place(path)} has no column {quote(mapping.columns[ours][0])}{hint}, which "
                f"--columns names for {ours}; it has {', '.join(sorted(map(str, present)))}."
            )


def propose(required: Sequence[str], known: Sequence[str], present: Sequence[str]) -> str | None:
    """Return what to give as ``--columns`` so that a file fits, or None where nothing does.

    Ready mappings come first; else the columns are matched by what other exports call them.
    """
    for name, mapping in READY_MAPPINGS.items():
        own = [
            ours
            for ours in required
            if mapping.found_for(ours, present) or ours in mapping.constants
        ]
        of_export = {name for names in mapping.columns.values() for name in names} - {*known}
        missing = {ours for ours in required if ours not in own} - {"asset_symbol"}
        if len(of_export & {*present}) >= _LEAST_OF_EXPORT and not missing:
            return name
    pairs = [
        f"{theirs}={ours}"
        for ours in known
        if ours not in present and (theirs := _likely(ours, present, known)) is not None
    ]
    return ",".join(pairs) or None


_ALIASES: Mapping[str, tuple[str, ...]] = {
    "tx_id": ("tx_hash", "txhash", "txid", "hash", "transaction_hash", "transaction_id", "tx"),
    "event_index": ("log_index", "logindex", "vout", "output_index", "nonce_index"),
    "block_height": ("block_number", "blocknumber", "block", "blockno", "height", "block_no"),
    "block_timestamp": (
        "timestamp",
        "block_time",
        "time",
        "datetime",
        "date",
        "unixtimestamp",
        "ts",
    ),
    "from_address": ("from", "sender", "source", "src", "from_addr", "payer", "originator"),
    "to_address": (
        "to",
        "receiver",
        "recipient",
        "target",
        "dst",
        "to_addr",
        "payee",
        "beneficiary",
    ),
    "asset_symbol": ("symbol", "token_symbol", "tokensymbol", "asset", "currency", "token"),
    "asset_contract": ("token_address", "contract_address", "contractaddress", "contract"),
    "amount": ("value", "quantity", "token_value", "tokenvalue", "amount_native", "qty"),
    "amount_usd": ("value_usd", "usd", "usd_value", "usdvalue", "amount_in_usd", "usd_amount"),
    "fee": ("tx_fee", "txn_fee", "gas_fee", "transaction_fee"),
    "address": ("addr", "account", "wallet", "wallet_address"),
    "label": ("name", "tag", "entity", "name_tag"),
    "risk_level": ("risk", "level", "severity", "risklevel"),
    "known_at": ("labelled_at", "labeled_at", "reported_at"),
    "revoked_at": ("removed_at", "valid_to", "expired_at"),
    "address_type": ("type", "category", "entity_type"),
    "source": ("provider", "origin"),
}


def _likely(ours: str, present: Sequence[str], known: Sequence[str]) -> str | None:
    by_plain = {_plain(name): name for name in present if name not in known}
    for alias in (ours, *_ALIASES.get(ours, ())):
        if _plain(alias) in by_plain:
            return by_plain[_plain(alias)]
    near = difflib.get_close_matches(_plain(ours), by_plain, n=1, cutoff=_LIKENESS)
    return by_plain[near[0]] if near else None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
