"""Refuse a load that would leave the snapshots empty."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

from alertmill.errors import InputFileError


def check_coverage(
    transfers: pl.DataFrame, *, path: str, dates: tuple[date, date], window_days: int
) -> None:
    """Refuse transfers none of which lies in a window of the snapshots.

    Parameters
    ----------
    dates : pair of date
        First and last processing date, both inclusive.

    Raises
    ------
    InputFileError
        If there are no rows, or none in the range; names the range and what the file covers.
    """
    first_day = dates[0] - timedelta(days=window_days)
    start, end = (
        int(datetime.combine(day, time.min, UTC).timestamp()) * 1000
        for day in (first_day, dates[1])
    )
    times = transfers["block_timestamp"]
    if times.is_empty():
        raise InputFileError.nothing_in(path, "it holds no transfers")
    if times.is_between(start, end, closed="left").any():
        return
    first, last = (pl.Series([at]).cast(pl.Datetime("ms"))[0] for at in (times.min(), times.max()))
    raise InputFileError.nothing_in(
        path,
        f"none of its {len(times):,} transfers, {first:%Y-%m-%d} to {last:%Y-%m-%d}, lies in the "
        f"range of the snapshots, {first_day} to {dates[1] - timedelta(days=1)}",
    )


def check_labels(labels: pl.DataFrame, *, path: str) -> None:
    """Refuse an empty list of labels.

    Raises
    ------
    InputFileError
        If there are no rows.
    """
    if labels.is_empty():
        raise InputFileError.nothing_in(path, "it holds no labels")
