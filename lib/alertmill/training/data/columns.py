"""Which columns of the database the columns come from that formulas name."""

from __future__ import annotations

PAST = "past_"
"""Begins the columns of the extract that tell of the days before."""

RANK_OF = "rank_of_"
"""Begins the columns of the extract that hold a rank within the snapshot."""

HISTORY_DAYS = 7
"""Days before the alert whose alerts are looked back on."""

RANKED_COLUMNS = (
    "total_volume_usd",
    "tx_total_count",
    "unique_counterparties",
    "max_tx_usd",
    "pass_through_ratio",
    "near_threshold_count",
    "burst_factor",
    "pagerank",
    "age_days",
)
"""Columns of raw_features that are ranked among the addresses of the snapshot."""

CLUSTER_TYPES = {
    "same_entity": "of several alerts of its address",
    "same_pattern": "of alerts on the same pattern",
    "related_network": "of alerted addresses that are joined by money flows",
}
"""Kind of cluster and what it is made of."""

ALERT_COLUMNS = (
    "typology_type",
    "pattern_type",
    "suspected_address_type",
    "severity",
    "alert_confidence_score",
    "risk_indicators",
    "volume_usd",
)

_FLOW_SOURCES = {
    "flow_out_pairs": ("from_address", "to_address"),
    "flow_in_pairs": ("from_address", "to_address"),
    "flow_out_max_usd": ("amount_usd_sum",),
    "flow_in_max_usd": ("amount_usd_sum",),
    "flow_out_top_share": ("amount_usd_sum",),
    "flow_in_top_share": ("amount_usd_sum",),
    "flow_out_concentration": ("amount_usd_sum",),
    "flow_in_concentration": ("amount_usd_sum",),
    "flow_out_tx_mean": ("tx_count",),
    "flow_in_tx_mean": ("tx_count",),
    "flow_active_days_mean": ("active_days",),
    "flow_reciprocity_mean": ("reciprocity_ratio",),
    "flow_bidirectional_share": ("is_bidirectional",),
    "flow_unique_assets_max": ("unique_assets",),
    "flow_out_new_pairs": ("first_seen_timestamp",),
    "flow_in_new_pairs": ("first_seen_timestamp",),
}
FLOW_COLUMNS = tuple(_FLOW_SOURCES)

_MEMBERSHIP = ("raw_clusters.cluster_type", "raw_clusters.related_alert_ids")
_CLUSTER_SOURCES = {
    "n_clusters": (),
    "other_alerts": ("raw_clusters.total_alerts",),
    "other_addresses": ("raw_clusters.addresses_involved",),
    "other_volume_usd": ("raw_clusters.total_volume_usd", "raw_alerts.volume_usd"),
    "other_confidence": ("raw_clusters.confidence_avg", "raw_alerts.alert_confidence_score"),
    "other_severity": ("raw_alerts.severity",),
}
CLUSTER_COLUMNS = tuple(f"{kind}_{column}" for kind in CLUSTER_TYPES for column in _CLUSTER_SOURCES)

_HISTORY_SOURCES = {
    "alerts": "raw_alerts.address",
    "alert_days": "raw_alerts.processing_date",
    "typologies": "raw_alerts.typology_type",
    "same_typology_alerts": "raw_alerts.typology_type",
    "days_since_alert": "raw_alerts.processing_date",
    "days_since_first_alert": "raw_alerts.processing_date",
    "severity_level": "raw_alerts.severity",
    "confidence": "raw_alerts.alert_confidence_score",
    "alert_volume_usd": "raw_alerts.volume_usd",
    "total_volume_usd": "raw_features.total_volume_usd",
    "tx_total_count": "raw_features.tx_total_count",
    "unique_counterparties": "raw_features.unique_counterparties",
    "pagerank": "raw_features.pagerank",
}
HISTORY_COLUMNS = tuple(f"{PAST}{column}" for column in _HISTORY_SOURCES)


def query_of(column: str) -> str | None:
    """Return the query of the extract that computes a column; None if it only selects it."""
    if column.startswith(RANK_OF):
        return "address_ranks"
    computed = {
        "flows": FLOW_COLUMNS,
        "alert_clusters": CLUSTER_COLUMNS,
        "history": HISTORY_COLUMNS,
    }
    return next((query for query, columns in computed.items() if column in columns), None)


def sources_of(column: str) -> tuple[str, ...]:
    """Return the columns of the database, as table.column, that make a column of the extract.

    Columns that no other frame of the extract has are those of raw_features.
    """
    if column in FLOW_COLUMNS:
        return tuple(f"raw_money_flows.{source}" for source in _FLOW_SOURCES[column])
    if column in CLUSTER_COLUMNS:
        kind = next(kind for kind in CLUSTER_TYPES if column.startswith(f"{kind}_"))
        return (*_MEMBERSHIP, *_CLUSTER_SOURCES[column.removeprefix(f"{kind}_")])
    if column in HISTORY_COLUMNS:
        return (_HISTORY_SOURCES[column.removeprefix(PAST)],)
    if column in ALERT_COLUMNS:
        return (f"raw_alerts.{column}",)
    return (f"raw_features.{column.removeprefix(RANK_OF)}",)
