"""The last price of an asset from before the day of a transfer."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def last_prices(transfers: pl.DataFrame, prices: pl.DataFrame, *, by: Sequence[str]) -> pl.Series:
    """Return for each transfer the last price of its asset from before its day, UTC.

    A price of the day itself may have been taken after the transfer.

    Parameters
    ----------
    transfers : DataFrame
        Columns block_timestamp (ms, UTC) and those of ``by``.
    prices : DataFrame
        Columns price_date, price_usd and those of ``by``.
    by : sequence of str
        What names an asset.

    Returns
    -------
    Series
        USD per unit in the order of the transfers; null where there is no such price.
    """
    at = pl.from_epoch("block_timestamp", time_unit="ms").dt.date()
    valued = (
        transfers.select(*by, _day=at, _row=pl.int_range(pl.len()))
        .sort("_day", maintain_order=True)
        .join_asof(
            prices.select(*by, "price_date", "price_usd").sort("price_date"),
            left_on="_day",
            right_on="price_date",
            by=list(by),
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .sort("_row")
    )
    return valued["price_usd"]
