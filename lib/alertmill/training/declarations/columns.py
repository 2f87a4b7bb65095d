"""Which table a column comes from that formulas name."""

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

HISTORY_COLUMNS = tuple(
    f"{PAST}{column}"
    for column in (
        "alerts",
        "alert_days",
        "typologies",
        "same_typology_alerts",
        "days_since_alert",
        "days_since_first_alert",
        "severity_level",
        "confidence",
        "alert_volume_usd",
        "total_volume_usd",
        "tx_total_count",
        "unique_counterparties",
        "pagerank",
    )
)

CLUSTER_TYPES = {
    "same_entity": "of several alerts of its address",
    "same_pattern": "of alerts on the same pattern",
    "related_network": "of alerted addresses that are joined by money flows",
}
"""Kind of cluster and what it is made of."""

ALERT_COLUMNS = (
    "typology_type",
    "suspected_address_type",
    "severity",
    "alert_confidence_score",
    "risk_indicators",
    "volume_usd",
)
FLOW_COLUMNS = (
    "flow_out_pairs",
    "flow_in_pairs",
    "flow_out_top_share",
    "flow_in_top_share",
    "flow_out_tx_mean",
    "flow_in_tx_mean",
    "flow_active_days_mean",
    "flow_reciprocity_mean",
    "flow_unique_assets_max",
    "flow_out_new_pairs",
    "flow_in_new_pairs",
)
CLUSTER_COLUMNS = tuple(
    f"{kind}_{column}"
    for kind in CLUSTER_TYPES
    for column in (
        "n_clusters",
        "other_alerts",
        "other_addresses",
        "other_volume_usd",
        "other_confidence",
    )
)


def table_of(column: str) -> str:
    """Name the table of the database that a column is made from."""
    if column.startswith(PAST):
        return _TABLE_OF_PAST.get(column.removeprefix(PAST), "raw_alerts of the days before")
    for table, columns in _COLUMNS_BY_TABLE.items():
        if column in columns:
            return table
    return "raw_features"


_TABLE_OF_PAST = dict.fromkeys(
    ("total_volume_usd", "tx_total_count", "unique_counterparties", "pagerank"),
    "raw_features of the window before",
)
_COLUMNS_BY_TABLE = {
    "raw_alerts": ALERT_COLUMNS,
    "raw_money_flows": FLOW_COLUMNS,
    "raw_clusters": CLUSTER_COLUMNS,
}
