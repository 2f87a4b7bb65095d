"""What happens on the network: by day, by hour and by weekday."""

from __future__ import annotations

import polars as pl

TRAILING_DAYS = 7
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MEASURES = {
    "active addresses": pl.col("n_addresses"),
    "money flows (pairs of addresses)": pl.col("n_flows"),
    "volume in the window (USD)": pl.col("total_usd"),
    "alerts": pl.col("n_alerts"),
    "alerted addresses": pl.col("n_alerted_addresses"),
    "alerts per 1,000 active addresses": 1000 * pl.col("n_alerts") / pl.col("n_addresses"),
}


def activity_by_day(snapshots: pl.DataFrame) -> pl.DataFrame:
    """Follow the size of the network and the number of alerts over the snapshots.

    Parameters
    ----------
    snapshots : DataFrame
        One row per processing_date: n_addresses, n_flows, total_usd, n_alerts,
        n_alerted_addresses.

    Returns
    -------
    DataFrame
        Columns processing_date, measure, value, trailing_mean (of this and the six snapshots
        before; null for the first six).
    """
    measured = snapshots.sort("processing_date").select(
        "processing_date", *(e.cast(pl.Float64).alias(name) for name, e in _MEASURES.items())
    )
    return measured.unpivot(
        index="processing_date", variable_name="measure", value_name="value"
    ).with_columns(
        trailing_mean=pl.col("value").rolling_mean(TRAILING_DAYS).over("measure"),
    )


def activity_changes(activity: pl.DataFrame) -> pl.DataFrame:
    """Compare the first and the last seven snapshots of every measure.

    Returns
    -------
    DataFrame
        Columns measure, first_week, last_week (means), change_share (relative; null where the
        first week has nothing), lowest, highest and highest_day.
    """
    values = pl.col("value")
    first, last = values.head(TRAILING_DAYS).mean(), values.tail(TRAILING_DAYS).mean()
    return activity.group_by("measure", maintain_order=True).agg(
        first_week=first,
        last_week=last,
        change_share=pl.when(first != 0).then((last - first) / first),
        lowest=values.min(),
        highest=values.max(),
        highest_day=pl.col("processing_date").sort_by("value").last(),
    )


def activity_by_hour(snapshots: pl.DataFrame) -> pl.DataFrame:
    """Share of each snapshot's transfers by hour of the day.

    Returns
    -------
    DataFrame
        Columns processing_date, hour (0 to 23, UTC), share; the shares of a day sum to 1.
    """
    return _shares(snapshots, "hourly", "hour")


def activity_by_weekday(snapshots: pl.DataFrame) -> pl.DataFrame:
    """Share of each snapshot's transfers by day of the week.

    Returns
    -------
    DataFrame
        Columns processing_date, weekday (0 is Monday), share; the shares of a day sum to 1.
    """
    return _shares(snapshots, "weekday", "weekday")


def mean_shares(shares: pl.DataFrame) -> pl.DataFrame:
    """Average the shares of an hour or weekday over the snapshots.

    Parameters
    ----------
    shares : DataFrame
        As `activity_by_hour` or `activity_by_weekday` gives it.

    Returns
    -------
    DataFrame
        Columns hour or weekday, mean_share; in the order of time.
    """
    name = shares.columns[1]
    return shares.group_by(name).agg(mean_share=pl.col("share").mean()).sort(name)


def _shares(snapshots: pl.DataFrame, counts: str, name: str) -> pl.DataFrame:
    return (
        snapshots.sort("processing_date")
        .select(
            "processing_date",
            pl.col(counts).alias("count"),
            pl.int_ranges(0, pl.col(counts).list.len(), dtype=pl.Int64).alias(name),
        )
        .explode("count", name)
        .select(
            "processing_date",
            name,
            (pl.col("count") / pl.col("count").sum().over("processing_date")).alias("share"),
        )
    )
