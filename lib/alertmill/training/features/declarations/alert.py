"""Features of the alert itself: what the rule saw."""

from __future__ import annotations

import polars as pl

from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.features.declarations.declaration import Declare, Level, position, ratio
from alertmill.vocabulary import (
    PatternType,
    RiskIndicator,
    Severity,
    SuspectedAddressType,
    Typology,
)

_SAYS_NOTHING = "the alert does not say"
# The rules of some typologies read labels of other addresses, and with them what such alerts say.
_own = Declare(
    FeatureGroup.ALERT,
    Level.ALERT,
    missing=_SAYS_NOTHING,
    reads_labels_of_others=True,
)
_behaviour = Declare(FeatureGroup.ALERT, Level.ALERT, missing=_SAYS_NOTHING)
_beside = Declare(
    FeatureGroup.ALERT,
    Level.ALERT,
    missing="the address has no feature row on that day",
    reads_labels_of_others=True,
)
_MOVED_NOTHING = "the address moved nothing"
_INDICATORS = {
    RiskIndicator.NEAR_THRESHOLD_AMOUNTS: "Transfers just below a reporting threshold",
    RiskIndicator.PASSES_MONEY_THROUGH: "Most of what comes in leaves soon",
    RiskIndicator.SHORT_HOLDING_TIME: "Money stays for some hours only",
    RiskIndicator.NEW_ADDRESS: "The first transfer ever is in the window",
    RiskIndicator.WOKEN_FROM_DORMANCY: "The address woke up after a long silence",
    RiskIndicator.ROUND_AMOUNTS: "Most amounts are round",
    RiskIndicator.REPEATED_AMOUNTS: "A few amounts repeat",
    RiskIndicator.NIGHT_ACTIVITY: "Most transfers are at night, UTC",
    RiskIndicator.FLOWS_WITH_MIXER: "Money flows from or to another address known as a mixer",
    RiskIndicator.FLOWS_NEAR_RISKY_ADDRESS: "Money flows near another address known to be risky",
    RiskIndicator.ONE_RECIPIENT_TAKES_MOST: "One recipient takes most of what goes out",
}
_OF_LABELS = (RiskIndicator.FLOWS_WITH_MIXER, RiskIndicator.FLOWS_NEAR_RISKY_ADDRESS)
_LISTED = pl.col("risk_indicators")

FEATURES = (
    _own.code("typology_type", "Scheme or red flag that the alert names.", categories=Typology),
    _own.code(
        "pattern_type",
        "Structure in the graph of transfers that the alert rests on.",
        categories=PatternType,
        missing="it rests on none",
    ),
    _behaviour.code(
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
        formula=_LISTED.list.len(),
    ),
    *(
        (_own if indicator in _OF_LABELS else _behaviour).flag(
            f"indicator_{indicator}",
            f"{words}, says the alert.",
            formula=_LISTED.list.contains(indicator.value),
        )
        for indicator, words in _INDICATORS.items()
    ),
    _own(
        "n_unknown_risk_indicators",
        "Risk indicators that the alert lists under names that have no feature of their own.",
        unit="indicators",
        formula=_LISTED.list.set_difference([i.value for i in RiskIndicator]).list.len(),
    ),
    _beside(
        "alert_volume_share",
        "Value behind the alert against all value that the address moved in the window.",
        unit="times",
        formula=ratio("volume_usd", "total_volume_usd"),
        missing=_MOVED_NOTHING,
    ),
    _beside(
        "alert_volume_to_daily",
        "Value behind the alert against what the address moves on an active day.",
        unit="times",
        formula=ratio("volume_usd", "avg_daily_volume_usd"),
        missing=_MOVED_NOTHING,
    ),
    _beside(
        "alert_volume_to_largest",
        "Value behind the alert against the largest single transfer of the address.",
        unit="times",
        formula=ratio("volume_usd", "max_tx_usd"),
        missing=_MOVED_NOTHING,
    ),
)
