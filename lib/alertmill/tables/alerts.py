"""Alerts by day, kind and size, and what review found of them."""

from __future__ import annotations

import numpy as np
import polars as pl

from alertmill.training.data.rows import KEYS
from alertmill.vocabulary import Severity, SuspectedAddressType

_ORDERS = {
    "severity": [level.value for level in reversed(Severity)],
    "suspected_address_type": [kind.value for kind in SuspectedAddressType],
}
_BINS_PER_DECADE = 5


def alerts_per_day(alerts: pl.DataFrame, *, by: str, n_values: int = 7) -> pl.DataFrame:
    """Count the alerts of every day from the first to the last, by the values of a column.

    Parameters
    ----------
    alerts : DataFrame
        Alerts with ``processing_date`` and the column ``by``.
    by : str
        Column to count by.
    n_values : int
        Values that keep their name, the most frequent ones; the rest becomes "other".

    Returns
    -------
    DataFrame
        Columns processing_date, value, n_alerts; days without alerts are there with 0. Values come
        by falling total, "other" last; severities by falling urgency. No rows without an alert.
    """
    if alerts.is_empty():
        return pl.DataFrame(schema=_PER_DAY_SCHEMA)
    values = alerts.select("processing_date", value=_bundle(alerts, by, n_values))
    names = _order(values, by)
    days = values.select(
        pl.date_range(pl.col("processing_date").min(), pl.col("processing_date").max(), "1d").alias(
            "processing_date"
        )
    )
    grid = days.join(pl.DataFrame({"value": names}, schema={"value": pl.String}), how="cross")
    counts = values.group_by("processing_date", "value").agg(n_alerts=pl.len().cast(pl.Int64))
    return grid.join(
        counts, on=["processing_date", "value"], how="left", maintain_order="left"
    ).with_columns(pl.col("n_alerts").fill_null(0))


def outcomes_by(alerts: pl.DataFrame, targets: pl.DataFrame, *, column: str) -> pl.DataFrame:
    """Count alerts by the values of a column, with the share that review confirmed.

    Labels of the test range are not looked at: exploration must not know them.

    Parameters
    ----------
    alerts : DataFrame
        Keys, the column, and an ``address``.
    targets : DataFrame
        Keys, y (null where unlabelled) and split.
    column : str
        Text column of ``alerts``.

    Returns
    -------
    DataFrame
        Columns value, n_alerts, share (of all alerts), n_addresses, n_labelled, n_confirmed,
        confirmed_share (of the labelled ones, null without any).
    """
    known = targets.select(
        *KEYS, y=pl.when(pl.col("split").cast(pl.String) != "test").then(pl.col("y"))
    )
    counted = (
        alerts.select(*KEYS, value=pl.col(column).cast(pl.String))
        .join(known, on=KEYS, how="left")
        .group_by("value")
        .agg(
            n_alerts=pl.len().cast(pl.Int64),
            n_addresses=pl.col("address").n_unique().cast(pl.Int64),
            n_labelled=pl.col("y").count().cast(pl.Int64),
            n_confirmed=pl.col("y").sum().cast(pl.Int64),
        )
    )
    confirmed = pl.col("n_confirmed") / pl.col("n_labelled")
    table = counted.select(
        "value",
        "n_alerts",
        (pl.col("n_alerts") / pl.col("n_alerts").sum()).alias("share"),
        "n_addresses",
        "n_labelled",
        "n_confirmed",
        confirmed_share=pl.when(pl.col("n_labelled") > 0).then(confirmed),
    )
    return _in_order(table, column)


def label_types(address_labels: pl.DataFrame, alerts: pl.DataFrame) -> pl.DataFrame:
    """Count labelled addresses by the type that their labels give.

    Parameters
    ----------
    address_labels : DataFrame
        Label history: address, address_type.
    alerts : DataFrame
        Alerts with an ``address``.

    Returns
    -------
    DataFrame
        Columns address_type, n_addresses, n_alerted (of those, the ones with an alert); the most
        frequent first. An address with labels of several types counts once in each.
    """
    alerted = alerts.select("address").unique().with_columns(is_alerted=pl.lit(value=True))
    return (
        address_labels.select("address", pl.col("address_type").cast(pl.String))
        .unique()
        .join(alerted, on="address", how="left")
        .group_by("address_type")
        .agg(
            n_addresses=pl.len().cast(pl.Int64),
            n_alerted=pl.col("is_alerted").fill_null(value=False).sum().cast(pl.Int64),
        )
        .sort("n_addresses", "address_type", descending=[True, False])
    )


def volume_histogram(alerts: pl.DataFrame, *, by: str = "severity") -> pl.DataFrame:
    """Count alerts by volume, in bins that are equally wide on a logarithmic scale.

    Parameters
    ----------
    alerts : DataFrame
        Alerts with ``volume_usd`` and the column ``by``.
    by : str
        Column to count by.

    Returns
    -------
    DataFrame
        Columns value, low, high (USD, low inclusive), n_alerts, share (of the value's alerts with
        a volume). Alerts without a positive volume are left out.
    """
    positive = alerts.select(value=pl.col(by).cast(pl.String), volume_usd="volume_usd").filter(
        pl.col("volume_usd") > 0
    )
    edges = _decade_edges(positive["volume_usd"].to_numpy())
    names = [n for n in _order(positive, by) if n in positive["value"]]
    parts = [
        pl.DataFrame({"low": edges[:-1], "high": edges[1:], "n_alerts": counts}).select(
            pl.lit(name).alias("value"),
            "low",
            "high",
            pl.col("n_alerts").cast(pl.Int64),
            share=pl.col("n_alerts") / pl.col("n_alerts").sum(),
        )
        for name in names
        for counts in [
            np.histogram(positive.filter(pl.col("value") == name)["volume_usd"], edges)[0]
        ]
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=_VOLUME_SCHEMA)


def volume_quantiles(alerts: pl.DataFrame, *, by: str = "severity") -> pl.DataFrame:
    """Return quantiles of the alerts' volume by the values of a column.

    Returns
    -------
    DataFrame
        Columns value, n_alerts, without_volume (alerts whose volume is 0), p05, median, p95, max
        and total_usd, all in USD.
    """
    volume = pl.col("volume_usd")
    table = alerts.group_by(value=pl.col(by).cast(pl.String)).agg(
        n_alerts=pl.len().cast(pl.Int64),
        without_volume=(volume <= 0).sum().cast(pl.Int64),
        p05_usd=volume.quantile(0.05, interpolation="linear"),
        median_usd=volume.median(),
        p95_usd=volume.quantile(0.95, interpolation="linear"),
        max_usd=volume.max(),
        total_usd=volume.sum(),
    )
    return _in_order(table, by)


def _decade_edges(values: np.ndarray) -> np.ndarray:
    if not len(values):
        return np.array([1.0, 10.0])
    low, high = np.floor(np.log10(values.min())), np.ceil(np.log10(values.max()))
    n_decades = max(int(high - low), 1)
    edges = np.logspace(low, low + n_decades, n_decades * _BINS_PER_DECADE + 1)
    edges[-1] = max(edges[-1], values.max())
    return edges


def _bundle(alerts: pl.DataFrame, by: str, n_values: int) -> pl.Series:
    values = alerts[by].cast(pl.String)
    kept = values.value_counts(sort=True).sort("count", by, descending=[True, False])[by]
    if len(kept) <= n_values:
        return values
    named = kept[: n_values - 1]
    return pl.select(
        pl.when(values.is_in(named.to_list())).then(values).otherwise(pl.lit("other"))
    ).to_series()


def _order(values: pl.DataFrame, column: str) -> list[str]:
    if column in _ORDERS:
        return _ORDERS[column]
    counts = values.group_by("value").agg(n=pl.len()).sort("n", "value", descending=[True, False])
    return sorted(counts["value"].to_list(), key=lambda name: name == "other")


def _in_order(table: pl.DataFrame, column: str) -> pl.DataFrame:
    if column not in _ORDERS:
        return table.sort("n_alerts", "value", descending=[True, False])
    place = pl.col("value").replace_strict(
        {name: place for place, name in enumerate(_ORDERS[column])}, default=len(_ORDERS[column])
    )
    return table.sort(place, "value")


_PER_DAY_SCHEMA = {"processing_date": pl.Date, "value": pl.String, "n_alerts": pl.Int64}
_VOLUME_SCHEMA = {
    "value": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
    "n_alerts": pl.Int64,
    "share": pl.Float64,
}
