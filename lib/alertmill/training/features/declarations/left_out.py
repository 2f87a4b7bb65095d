"""Columns of the database that no feature is made of, each with the reason."""

from __future__ import annotations

_KEY = "says which row it is, and nothing of it"
_TARGET = "what the model is to predict; labels of other addresses enter through the exposure"
_RECEIVED = "when and in which batch the row was stored"
_TYPE_OF_FLOW = "a habit of one pair; the address's own hours and weekdays are features"

_LEFT_OUT = {
    "raw_alerts": {
        "window_days": _KEY,
        "alert_id": _KEY,
        "pattern_id": _KEY,
        "suspected_address_subtype": "free text; the flags that it repeats are features",
        "description": "free text, made from the columns beside it",
        "evidence_json": "what the rule compared; its columns of raw_features are features",
        "created_at": _RECEIVED,
    },
    "raw_features": {
        "window_days": _KEY,
        "processing_date": "the calendar, which does not come again",
        "address": _KEY,
        "unique_senders_count": "a copy of degree_in",
        "unique_recipients_count": "a copy of degree_out",
        "volume_std": "volume_cv times the mean of a day",
        "peak_day": "the date where the window is short; its share is a feature",
        "peak_activity_hour": "peak_hour by value; few large transfers decide it",
        "peak_activity_day": "the date where the window is short",
        "community_id": "a number without an order, dealt out anew every day",
        "is_regular_user": "none of the other flags",
        "completeness_score": "how much of the row is filled, for reports: a habit of the source",
        "quality_score": "completeness_score and tx_total_count",
        "confidence_score": "another scale of tx_total_count",
        "created_at": _RECEIVED,
    },
    "raw_clusters": {
        "window_days": _KEY,
        "processing_date": _KEY,
        "cluster_id": _KEY,
        "primary_address": "which of the alerts is named first",
        "pattern_id": _KEY,
        "primary_alert_id": "which of the alerts is named first",
        "severity_max": "may be the alert's own; that of the others comes from their alerts",
        "earliest_alert_timestamp": "the alert's own transfers cannot be taken out",
        "latest_alert_timestamp": "the alert's own transfers cannot be taken out",
        "created_at": _RECEIVED,
    },
    "raw_money_flows": {
        "window_days": _KEY,
        "processing_date": _KEY,
        "amount_sum": "a sum over different assets",
        "last_seen_timestamp": "the last transfer of the address says the same",
        "avg_tx_size_usd": "amount_usd_sum over tx_count",
        "dominant_asset": "the dominant assets of the address are features",
        "hourly_pattern": _TYPE_OF_FLOW,
        "weekly_pattern": _TYPE_OF_FLOW,
        "created_at": _RECEIVED,
    },
    "raw_address_labels": {"created_at": _RECEIVED}
    | dict.fromkeys(
        (
            "network",
            "address",
            "label",
            "network_type",
            "address_type",
            "address_subtype",
            "risk_level",
            "confidence_score",
            "trust_level",
            "source",
            "known_at",
            "revoked_at",
            "known_at_source",
        ),
        _TARGET,
    ),
}

LEFT_OUT = {
    f"{table}.{column}": reason
    for table, reasons in _LEFT_OUT.items()
    for column, reason in reasons.items()
}
"""Reasons by table.column."""
