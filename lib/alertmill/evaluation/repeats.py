"""Alerts that only repeat what was said of the address on the snapshot before.

A rule raises an alert every day on which its terms hold, so most alerts of a day were there the day
before. Whoever reviewed an address yesterday needs little time for it today: an alert is new work
when it is the first of its kind on its address, or when it has changed.
"""

from __future__ import annotations

import polars as pl

from alertmill.training.data.rows import KEYS

FIRST_OR_CHANGED = "alerts=first or changed"
"""Segment of the alerts that are no repeats, with a review queue of their own."""


def mark_repeats(alerts: pl.DataFrame) -> pl.DataFrame:
    """Mark the alerts that were there on the snapshot before.

    Parameters
    ----------
    alerts : DataFrame
        Keys, typology_type and severity; all alerts of the range, those before the measured days
        too, because a repeat is one of an earlier day.

    Returns
    -------
    DataFrame
        Keys and is_repeat: the address had an alert of the same typology and severity on the
        snapshot before, that is on the last date with alerts before its own. On the first date of
        the range nothing is known to repeat.
    """
    dates = alerts["processing_date"].unique().sort()
    next_date = pl.DataFrame({"processing_date": dates, "next": dates.shift(-1)})
    kind = ["address", "typology_type", "severity"]
    before = (
        alerts.join(next_date, on="processing_date", how="left")
        .select(pl.col("next").alias("processing_date"), *kind)
        .drop_nulls("processing_date")
        .unique()
        .with_columns(is_repeat=pl.lit(value=True))
    )
    return alerts.join(
        before, on=["processing_date", *kind], how="left", maintain_order="left"
    ).select(*KEYS, pl.col("is_repeat").fill_null(value=False))
