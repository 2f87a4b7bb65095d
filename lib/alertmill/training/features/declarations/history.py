"""Features of what was known of the address on the days before the alert.

Its alerts are looked back on for `HISTORY_DAYS`, few, because on as many days at the start of all
data nothing is known of the days before. Its behaviour is compared with the last window that
shares no transfer with this one.
"""

from __future__ import annotations

import polars as pl

from alertmill.training.data.columns import HISTORY_DAYS
from alertmill.training.features.catalogue import FeatureGroup, Latest
from alertmill.training.features.declarations.declaration import Declare, Level, ratio

_past = Declare(
    FeatureGroup.HISTORY,
    Level.ALERT,
    missing=f"a snapshot of the {HISTORY_DAYS} days before is not in the database",
    latest=Latest.DAY_BEFORE,
    reads_labels_of_others=True,  # as the alerts that it counts
)
_before = Declare(
    FeatureGroup.HISTORY,
    Level.ALERT,
    missing="the snapshot one window earlier is not in the database",
    latest=Latest.WINDOW_BEFORE,
)
_NO_ALERT = f"it has no alert in the {HISTORY_DAYS} days before"
_INACTIVE = "it was not active in the window before"
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
        "days_since_first_alert",
        f"Days since the first alert of the address in the {HISTORY_DAYS} days before.",
        unit="days",
        formula=pl.col("past_days_since_first_alert"),
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
        "alert_volume_before_usd",
        f"Largest value behind its alerts in the {HISTORY_DAYS} days before.",
        unit="USD",
        formula=pl.col("past_alert_volume_usd"),
        missing=_NO_ALERT,
    ),
    _past(
        "alert_volume_change",
        f"Value behind the alert against its largest in the {HISTORY_DAYS} days before.",
        unit="times",
        formula=ratio("volume_usd", "past_alert_volume_usd"),
        missing=_NO_ALERT,
        latest=Latest.END_OF_WINDOW,
    ),
    _before(
        "volume_before_usd",
        "Value that the address moved in the window before this one.",
        unit="USD",
        formula=pl.col("past_total_volume_usd"),
    ),
    _before(
        "tx_count_before",
        "Transfers of the address in the window before this one.",
        unit="transfers",
        formula=pl.col("past_tx_total_count"),
    ),
    *(
        _before(
            name,
            f"{words} against the window before this one.",
            unit="times",
            formula=ratio(column, f"past_{column}"),
            missing=_INACTIVE,
            latest=Latest.END_OF_WINDOW,
        )
        for column, (name, words) in _CHANGED.items()
    ),
)
