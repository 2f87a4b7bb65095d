"""Features of rhythm: when the address is active within its window, never which date it is."""

from __future__ import annotations

import polars as pl

from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.features.declarations.declaration import Declare, Level, ratio

_temporal = Declare(FeatureGroup.TEMPORAL, Level.ADDRESS)
_HOUR_MS = 3_600_000
_END_OF_WINDOW_MS = pl.col("processing_date").cast(pl.Datetime("ms")).cast(pl.Int64)

FEATURES = (
    _temporal("activity_days", "Days with a transfer.", unit="days"),
    _temporal(
        "active_day_share",
        "Share of active days among those from the first to the last one.",
        unit="of 1",
        formula=ratio("activity_days", "activity_span_days"),
    ),
    _temporal(
        "hours_since_last_activity",
        "Hours from its last transfer to the end of the window.",
        unit="hours",
        formula=(_END_OF_WINDOW_MS - pl.col("last_activity_timestamp")) / _HOUR_MS,
    ),
    _temporal(
        "hours_active",
        "Hours from its first to its last transfer in the window.",
        unit="hours",
        formula=(pl.col("last_activity_timestamp") - pl.col("first_activity_timestamp")) / _HOUR_MS,
    ),
    _temporal(
        "tx_per_active_day",
        "Transfers on an active day.",
        unit="transfers",
        formula=ratio("tx_total_count", "activity_days"),
    ),
    _temporal("avg_daily_volume_usd", "Value moved on an active day.", unit="USD"),
    _temporal("hourly_entropy", "Spread of its transfers over the hours of the day.", unit="bits"),
    _temporal("daily_entropy", "Spread of its transfers over the days of the week.", unit="bits"),
    _temporal(
        "peak_hour_share",
        "Share of its transfers in its busiest hour of the day.",
        unit="of 1",
        formula=ratio(
            pl.col("hourly_activity").list.max().cast(pl.Float64),
            pl.col("hourly_activity").list.sum().cast(pl.Float64),
        ),
    ),
    _temporal(
        "peak_weekday_share",
        "Share of its transfers on its busiest day of the week.",
        unit="of 1",
        formula=ratio(
            pl.col("daily_activity").list.max().cast(pl.Float64),
            pl.col("daily_activity").list.sum().cast(pl.Float64),
        ),
    ),
    _temporal(
        "peak_hour",
        "Hour of the day, UTC, with most of its transfers.",
        unit="o'clock UTC",
        within=(0, 23),
    ),
    _temporal(
        "weekend_transaction_ratio", "Share of its transfers on Saturday or Sunday.", unit="of 1"
    ),
    _temporal(
        "night_transaction_ratio",
        "Share of its transfers between 0 and 6 o'clock UTC.",
        unit="of 1",
    ),
    _temporal("burst_factor", "Transfers of the busiest day against an average day.", unit="times"),
    _temporal(
        "flow_burstiness",
        "Gaps between transfers: -1 like clockwork, 0 random, 1 in bursts.",
        within=(-1, 1),
        missing="it has fewer than 3 transfers",
    ),
    _temporal(
        "transaction_regularity",
        "How alike the gaps between its transfers are.",
        unit="of 1",
        missing="it has fewer than 3 transfers",
    ),
    _temporal(
        "consistency_score",
        "How alike the transfers of its days are in number.",
        unit="of 1",
        missing="it is active on one day only",
    ),
    _temporal(
        "regularity_score",
        "How much its transfers keep to some hours of the day.",
        unit="of 1",
        missing="it has fewer than 5 transfers",
    ),
    # Without an upper end in snapshots of the upstream system.
    _temporal("velocity_score", "Transfers a day against ten a day, at most 1.", within=(0, None)),
)
