"""Features of what was known of the address on the days before the alert."""

from __future__ import annotations

import polars as pl

from alertmill.training.catalogue import FeatureGroup
from alertmill.training.declarations.declaration import Declare, Level, ratio

HISTORY_DAYS = 7
"""Days before the alert that are looked back on. Few, because on as many days at the start of an
extracted range nothing is known of the days before."""

_past = Declare(
    FeatureGroup.HISTORY,
    Level.ALERT,
    missing=f"the extracted range starts less than {HISTORY_DAYS} days before the alert",
)
_NO_ALERT = f"it has no alert in the {HISTORY_DAYS} days before"
_CHANGED = {
    "total_volume_usd": ("volume_change", "Value that the address moves"),
    "tx_total_count": ("tx_count_change", "Number of transfers of the address"),
    "unique_counterparties": ("counterparties_change", "Number of counterparties"),
    "pagerank": ("pagerank_change", "Importance in the money flow"),
}

FEATURES = (
    _past(
        "alerts_before",
        f"Alerts of the address in the {HISTORY_DAYS} days before.",
        unit="alerts",
        formula=pl.col("past_alerts"),
    ),
    _past(
        "alert_days_before",
        f"Days among the {HISTORY_DAYS} before on which the address had an alert.",
        unit="days",
        formula=pl.col("past_alert_days"),
    ),
    _past(
        "same_typology_before",
        f"Alerts of the same typology in the {HISTORY_DAYS} days before.",
        unit="alerts",
        formula=pl.col("past_same_typology_alerts"),
    ),
    _past(
        "typologies_before",
        f"Distinct typologies of the address in the {HISTORY_DAYS} days before.",
        unit="typologies",
        formula=pl.col("past_typologies"),
    ),
    _past(
        "days_since_alert",
        "Days since the last alert of the address on a day before.",
        unit="days",
        formula=pl.col("past_days_since_alert"),
        missing=_NO_ALERT,
    ),
    _past(
        "severity_before",
        f"Highest urgency, 0 to 3, of its alerts in the {HISTORY_DAYS} days before.",
        unit="of 3",
        formula=pl.col("past_severity_level"),
        missing=_NO_ALERT,
    ),
    _past(
        "confidence_before",
        f"Highest confidence of its alerts in the {HISTORY_DAYS} days before.",
        unit="of 1",
        formula=pl.col("past_confidence"),
        missing=_NO_ALERT,
    ),
    _past(
        "alert_volume_change",
        f"Value behind the alert against its largest in the {HISTORY_DAYS} days before.",
        unit="times",
        formula=ratio("volume_usd", "past_alert_volume_usd"),
        missing=_NO_ALERT,
    ),
    *(
        _past(
            name,
            f"{words} against the day of its last alert.",
            unit="times",
            formula=ratio(column, f"past_{column}"),
            missing=_NO_ALERT,
        )
        for column, (name, words) in _CHANGED.items()
    ),
)

CARRIED = tuple(_CHANGED)
"""Columns of raw_features that are carried over from the day of the last alert."""
