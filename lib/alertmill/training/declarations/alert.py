"""Features of the alert itself: what the rule saw."""

from __future__ import annotations

import polars as pl

from alertmill.training.catalogue import FeatureGroup
from alertmill.training.declarations.declaration import Declare, Level, position, ratio
from alertmill.vocabulary import Severity, SuspectedAddressType, Typology

_own = Declare(FeatureGroup.ALERT, Level.ALERT, missing="the alert does not say")
_beside = Declare(FeatureGroup.ALERT, Level.ALERT)

FEATURES = (
    _own.code("typology_type", "Scheme or red flag that the alert names.", categories=Typology),
    _own.code(
        "suspected_address_type",
        "What the alert rule takes the address for.",
        categories=SuspectedAddressType,
    ),
    _own(
        "severity_level",
        "Urgency of the alert, from 0, low, to 3, critical.",
        unit="of 3",
        formula=position("severity", Severity),
    ),
    _own("alert_confidence_score", "How clearly the terms of the rule are met.", unit="of 1"),
    _own("alert_volume_usd", "Value behind the alert.", unit="USD", formula=pl.col("volume_usd")),
    _own(
        "n_risk_indicators",
        "Risk indicators that the alert lists.",
        unit="indicators",
        formula=pl.col("risk_indicators").list.len(),
    ),
    _beside(
        "alert_volume_share",
        "Value behind the alert against all value that the address moved in the window.",
        unit="times",
        formula=ratio("volume_usd", "total_volume_usd"),
        missing="the address moved nothing",
    ),
    _beside(
        "alert_volume_to_daily",
        "Value behind the alert against what the address moves on an active day.",
        unit="times",
        formula=ratio("volume_usd", "avg_daily_volume_usd"),
        missing="the address moved nothing",
    ),
    _beside(
        "alert_volume_to_largest",
        "Value behind the alert against the largest single transfer of the address.",
        unit="times",
        formula=ratio("volume_usd", "max_tx_usd"),
        missing="the address moved nothing",
    ),
)
