"""Refuse amounts whose sums no table can hold, before a row is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from alertmill.errors import InputFileError
from alertmill.errors.snapshots import quote

MOST_USD = 4.5e16
"""USD of all transfers of a window; their derivation adds them up in cents, in and out."""
_MOST_NATIVE = 1.7e20
"""Decimal(38, 18) holds 2 ** 127 * 1e-18."""
_DAY = timedelta(days=1)


def check_sums_of_windows(
    transfers: pl.DataFrame, *, path: str, dates: tuple[date, date], window_days: int
) -> None:
    """Refuse a file whose sums no table can hold; see `find_overflow`.

    Raises
    ------
    InputFileError
        If there is one; names the address and the sum.
    """
    overflow = find_overflow(transfers, dates=dates, window_days=window_days)
    if overflow:
        action = "correct the amounts, or give --set-aside amount"
        raise InputFileError.refused(path, overflow, action=action)


def find_overflow(
    transfers: pl.DataFrame, *, dates: tuple[date, date], window_days: int
) -> str | None:
    """Return the first sum of a snapshot that its column cannot hold, in words.

    The amounts in USD of a window, or the native amounts from one address to another, are looked
    at.

    Parameters
    ----------
    transfers : DataFrame
        In the types of the database; only these are added up, not what is loaded already.
    dates : pair of date
        First and last processing date, both inclusive.
    """
    numbers = transfers.select(
        "block_timestamp",
        "from_address",
        "to_address",
        "asset_symbol",
        pl.col("amount").cast(pl.Float64),
        pl.col("amount_usd").cast(pl.Float64),
    ).filter(pl.col("from_address") != pl.col("to_address"), pl.col("amount_usd") > 0)
    totals = numbers.select(pl.col("amount_usd", "amount").sum()).row(0)
    # Most files are far below, whatever the window.
    if totals[0] <= MOST_USD and totals[1] <= _MOST_NATIVE:
        return None
    found = (
        _too_much_usd(window, day, window_days) or _too_much_native(window, day, window_days)
        for day, window in _windows(numbers, dates, window_days)
    )
    return next((overflow for overflow in found if overflow), None)


def _windows(
    numbers: pl.DataFrame, dates: tuple[date, date], window_days: int
) -> Iterator[tuple[date, pl.DataFrame]]:
    day = dates[0]
    while day <= dates[1]:
        end = int(datetime.combine(day, time.min, UTC).timestamp()) * 1000
        start = end - window_days * 86_400_000
        yield day, numbers.filter(pl.col("block_timestamp").is_between(start, end, closed="left"))
        day += _DAY


def _too_much_usd(window: pl.DataFrame, day: date, window_days: int) -> str | None:
    total = float(window["amount_usd"].sum())
    if total <= MOST_USD:
        return None
    by_address = (
        pl.concat(
            window.select(pl.col(side).alias("address"), "amount_usd")
            for side in ("from_address", "to_address")
        )
        .group_by("address")
        .agg(pl.col("amount_usd").sum())
        .sort("amount_usd", "address", descending=[True, False])
    )
    address, usd = by_address.row(0)
    return (
        f"the {window_days} days before {day} add up to {total:.4g} USD, expected at most "
        f"{MOST_USD:.4g} USD; most is of the address {quote(address)} with {usd:.4g} USD"
    )


def _too_much_native(window: pl.DataFrame, day: date, window_days: int) -> str | None:
    by_pair = (
        window.group_by("from_address", "to_address", "asset_symbol")
        .agg(pl.col("amount").sum())
        .with_columns(total=pl.col("amount").sum().over("from_address", "to_address"))
        .sort("total", "amount", "from_address", descending=[True, True, False])
    )
    if by_pair.is_empty() or by_pair["total"][0] <= _MOST_NATIVE:
        return None
    row = by_pair.row(0, named=True)
    return (
        f"transfers from {quote(row['from_address'])} to {quote(row['to_address'])} in the "
        f"{window_days} days before {day} add up to {row['total']:.4g} units, expected at most "
        f"{_MOST_NATIVE:.4g} units; most is {row['amount']:.4g} {quote(row['asset_symbol'])}"
    )
