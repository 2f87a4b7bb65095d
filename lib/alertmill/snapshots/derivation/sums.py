"""Refuse amounts whose sums no column can hold: they would wrap around without a word."""

from __future__ import annotations

import polars as pl

from alertmill.errors import Breach, ContractError
from alertmill.snapshots.contracts.examples import examples_of
from alertmill.storage import Client, fetch

_MOST_USD = 9e16
"""What volumes within reach are added up in holds 9.2e16 USD, in cents."""
_MOST_NATIVE = 1.7e20
"""Decimal(38, 18) holds 2 ** 127 * 1e-18."""


def check_sums(client: Client) -> None:
    """Check the sums of the temporary table legs.

    Raises
    ------
    ContractError
        If all amounts in USD, or the native amounts from one address to another, add up to more
        than their columns hold; names asset contracts.
    """
    (usd, native), *_ = fetch(client, "SELECT sum(usd), sum(native) FROM legs").rows()
    breaches = [
        *(_too_much_usd(client) if usd > _MOST_USD else []),
        *(_too_much_native(client) if native > _MOST_NATIVE else []),
    ]
    if breaches:
        raise ContractError.of(breaches, source="the transfers of the window")


def _too_much_usd(client: Client) -> list[Breach]:
    by_asset = fetch(
        client,
        """
        SELECT asset_contract::String AS asset_contract, sum(usd) / 2 AS amount_usd FROM legs
        GROUP BY asset_contract ORDER BY amount_usd DESC, asset_contract LIMIT 5
        """,
    )
    rule = f"at most {_MOST_USD / 2:g} USD in a window, of which most are of"
    return [_breach("transfers", "amount_usd", rule, ("asset_contract",), by_asset)]


def _too_much_native(client: Client) -> list[Breach]:
    flows = fetch(
        client,
        """
        SELECT address AS from_address, counterparty AS to_address,
            argMax(asset_contract, native)::String AS asset_contract, sum(native) AS amount_sum
        FROM legs WHERE NOT is_in
        GROUP BY from_address, to_address HAVING amount_sum > {most:Float64}
        ORDER BY from_address, to_address
        """,
        {"most": _MOST_NATIVE},
    )
    rule = f"at most {_MOST_NATIVE:g} native units from one address to another"
    key = ("from_address", "to_address", "asset_contract")
    return [_breach("raw_money_flows", "amount_sum", rule, key, flows)] if flows.height else []


def _breach(
    table: str, column: str, rule: str, key: tuple[str, ...], broken: pl.DataFrame
) -> Breach:
    return Breach(table, column, rule, broken.height, examples_of(key, broken, column))
