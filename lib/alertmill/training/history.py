"""What was known of an address on the days before an alert, within the extracted range."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.training.declarations.columns import PAST
from alertmill.training.declarations.declaration import position
from alertmill.training.declarations.history import CARRIED, HISTORY_DAYS
from alertmill.vocabulary import Severity

_DAY = ("processing_date", "address")
_ZERO_WITHOUT_ALERT = (
    "past_alerts",
    "past_alert_days",
    "past_same_typology_alerts",
    "past_typologies",
)


def with_history(
    alerts: pl.DataFrame, address_features: pl.DataFrame, *, range_start: pl.Expr
) -> pl.DataFrame:
    """Add the columns that begin with ``past_``, from the `HISTORY_DAYS` before each alert's day.

    Only counts and extremes are taken, which no order of summation can change. An alert less than
    `HISTORY_DAYS` after the start of the range has no history: nothing says what went before.

    Parameters
    ----------
    alerts : DataFrame
        Keys, typology_type, severity, alert_confidence_score and volume_usd.
    address_features : DataFrame
        One row per (processing_date, address), with the columns of `CARRIED`.
    range_start : Expr
        First processing date of the extracted range.

    Returns
    -------
    DataFrame
        Same rows and order as ``alerts``.
    """
    before = _alerts_before(alerts, _DAY)
    by_address = before.group_by(_DAY).agg(
        past_alerts=pl.len(),
        past_alert_days=pl.col("days_ago").n_unique(),
        past_typologies=pl.col("typology_type").n_unique(),
        past_days_since_alert=pl.col("days_ago").min(),
        past_severity_level=position("severity", Severity).max(),
        past_confidence=pl.col("alert_confidence_score").max(),
        past_alert_volume_usd=pl.col("volume_usd").max(),
    )
    by_typology = (
        _alerts_before(alerts, (*_DAY, "typology_type"))
        .group_by(*_DAY, "typology_type")
        .agg(past_same_typology_alerts=pl.len())
    )
    joined = (
        alerts.join(by_address, on=_DAY, how="left", maintain_order="left")
        .join(by_typology, on=[*_DAY, "typology_type"], how="left", maintain_order="left")
        .join(_carried(by_address, address_features), on=_DAY, how="left", maintain_order="left")
    )
    is_known = pl.col("processing_date") >= range_start + pl.duration(days=HISTORY_DAYS)
    return joined.with_columns(pl.col(_ZERO_WITHOUT_ALERT).fill_null(0)).with_columns(
        pl.when(is_known).then(pl.col(f"^{PAST}.*$"))
    )


def _alerts_before(alerts: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """Pair each distinct value of ``on`` with the alerts of the same on the days before."""
    days_ago = pl.DataFrame({"days_ago": range(1, HISTORY_DAYS + 1)})
    return (
        alerts.select(on)
        .unique()
        .join(days_ago, how="cross")
        .with_columns(day_before=pl.col("processing_date") - pl.duration(days=pl.col("days_ago")))
        .join(
            alerts.rename({"processing_date": "day_before"}),
            on=["day_before", *on[1:]],
            how="inner",
        )
    )


def _carried(by_address: pl.DataFrame, address_features: pl.DataFrame) -> pl.DataFrame:
    """Bring the address's own values over from the day of its last alert."""
    values = address_features.select(
        *_DAY, pl.col(CARRIED).cast(pl.Float64).name.prefix(PAST)
    ).rename({"processing_date": "day_before"})
    last = pl.duration(days=pl.col("past_days_since_alert"))
    return (
        by_address.select(*_DAY, day_before=pl.col("processing_date") - last)
        .join(values, on=["day_before", "address"], how="inner")
        .drop("day_before")
    )
