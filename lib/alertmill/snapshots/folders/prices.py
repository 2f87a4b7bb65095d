"""Give transfers their amount in USD where the delivery has none."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from alertmill.errors import Breach, ContractError
from alertmill.snapshots.contracts.columns import Table, day, money, name_text
from alertmill.snapshots.contracts.examples import examples_of
from alertmill.snapshots.contracts.tables import TRANSFERS
from alertmill.snapshots.pricing import last_prices

PRICES = Table(
    "asset_prices",
    (name_text("asset_symbol"), name_text("asset_contract"), day("price_date"), money("price_usd")),
    key=("asset_symbol", "asset_contract", "price_date"),
)
BY_PRICES = "asset_prices"
_ASSET = ["asset_symbol", "asset_contract"]


@dataclass(frozen=True)
class Priced:
    """Transfers with amount_usd, and where it comes from."""

    transfers: pl.DataFrame
    by: str
    """For the ledger; empty where the delivery had amount_usd."""


def price_by_day(transfers: pl.DataFrame, prices: pl.DataFrame, *, source: str) -> Priced:
    """Value each transfer at the last price of its asset from before its day, UTC.

    A price of the day itself may have been taken after the transfer.

    Raises
    ------
    ContractError
        If there is no price of the asset before the day of a transfer.
    """
    day = pl.from_epoch("block_timestamp", time_unit="ms").dt.date()
    valued = transfers.with_columns(
        last_prices(transfers, prices, by=_ASSET).alias("price_usd"), _day=day
    )
    is_lost = valued["price_usd"].is_null()
    if is_lost.any():
        rule = "a price of the asset from before the day of the transfer"
        examples = examples_of((*TRANSFERS.key, "asset_symbol"), valued, "_day", is_lost)
        breach = Breach("transfers", "amount_usd", rule, int(is_lost.sum()), examples)
        raise ContractError.of([breach], source=source)
    return Priced(
        _times(valued, pl.col("price_usd")).select(*transfers.columns, "amount_usd"), BY_PRICES
    )


def price_constantly(transfers: pl.DataFrame, price_usd: float) -> Priced:
    """Value every transfer at one price, USD per native unit."""
    return Priced(_times(transfers, pl.lit(price_usd)), constant_price(price_usd))


def constant_price(price_usd: float) -> str:
    """Return the ledger's name of a constant price, USD per native unit."""
    return f"constant:{price_usd!r}"


def _times(transfers: pl.DataFrame, price: pl.Expr) -> pl.DataFrame:
    # The product of two decimals may not fit where the product of two floats does.
    return transfers.with_columns(
        amount_usd=pl.col("amount").cast(pl.Float64) * price.cast(pl.Float64)
    )
