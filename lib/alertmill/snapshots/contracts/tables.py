"""The contracts of the transfers, the labels and the raw_ tables, but for raw_features."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from alertmill.snapshots.contracts.columns import (
    Rule,
    Table,
    counts,
    day,
    flag,
    money,
    name_text,
    network_name,
    one_of,
    optional,
    share,
    text,
    texts,
    timestamp,
    u16,
    u32,
    u64,
)
from alertmill.snapshots.contracts.features import FEATURES
from alertmill.vocabulary import (
    AddressType,
    ClusterType,
    KnownAtSource,
    PatternType,
    ReviewDecision,
    RiskLevel,
    Severity,
    SuspectedAddressType,
    TrustLevel,
    Typology,
)

SNAPSHOT = (u16("window_days", least=1, most=366), day("processing_date"))


def _in_order(first: str, last: str) -> tuple[str, Rule]:
    return last, Rule(f"not before {first}", pl.col(last) >= pl.col(first))


TRANSFERS = Table(
    "transfers",
    (
        name_text("tx_id"),
        text("event_index"),
        text("edge_index"),
        u32("block_height"),
        timestamp("block_timestamp"),
        name_text("from_address"),
        name_text("to_address"),
        name_text("asset_symbol"),
        name_text("asset_contract"),
        money("amount"),
        money("amount_usd"),
        money("fee"),
        # Of transfers with the same key the highest version counts.
        u64("_version"),
    ),
    key=("tx_id", "event_index", "edge_index", "asset_contract", "_version"),
)

LABELS = Table(
    "raw_address_labels",
    (
        network_name("network"),
        name_text("address"),
        name_text("label"),
        name_text("network_type"),
        one_of("address_type", AddressType),
        text("address_subtype"),
        one_of("risk_level", RiskLevel, may_be_empty=True),
        share("confidence_score"),
        one_of("trust_level", TrustLevel),
        name_text("source"),
        # 0 where nobody can say when.
        u64("known_at"),
        optional(timestamp("revoked_at")),
        one_of("known_at_source", KnownAtSource),
    ),
    key=("network", "address", "label", "source", "known_at"),
    rules=(
        (
            "known_at",
            Rule(
                "milliseconds since 1970, UTC, from 2009 to 2100, or 0 if only assumed",
                timestamp("known_at").rules[0].holds
                | ((pl.col("known_at") == 0) & (pl.col("known_at_source") == "assumed")),
            ),
        ),
        _in_order("known_at", "revoked_at"),
    ),
)

ALERTS = Table(
    "raw_alerts",
    (
        *SNAPSHOT,
        name_text("address"),
        name_text("alert_id"),
        one_of("typology_type", Typology),
        text("pattern_id"),
        one_of("pattern_type", PatternType, may_be_empty=True),
        one_of("suspected_address_type", SuspectedAddressType),
        text("suspected_address_subtype"),
        one_of("severity", Severity),
        share("alert_confidence_score"),
        text("description"),
        text("evidence_json"),
        texts("risk_indicators"),
        money("volume_usd"),
    ),
    # Clusters name an alert by its id alone.
    key=("window_days", "processing_date", "alert_id"),
)

CLUSTERS = Table(
    "raw_clusters",
    (
        *SNAPSHOT,
        name_text("cluster_id"),
        one_of("cluster_type", ClusterType),
        text("primary_address"),
        text("pattern_id"),
        name_text("primary_alert_id"),
        texts("related_alert_ids"),
        texts("addresses_involved"),
        u32("total_alerts", least=1),
        money("total_volume_usd"),
        one_of("severity_max", Severity),
        share("confidence_avg"),
        timestamp("earliest_alert_timestamp"),
        timestamp("latest_alert_timestamp"),
    ),
    key=("window_days", "processing_date", "cluster_id"),
    rules=(
        _in_order("earliest_alert_timestamp", "latest_alert_timestamp"),
        (
            "total_alerts",
            Rule(
                "as many as related_alert_ids names, each once",
                pl.col("total_alerts") == pl.col("related_alert_ids").list.n_unique(),
            ),
        ),
    ),
)

FLOWS = Table(
    "raw_money_flows",
    (
        *SNAPSHOT,
        name_text("from_address"),
        name_text("to_address"),
        u64("tx_count", least=1),
        money("amount_sum"),
        money("amount_usd_sum"),
        timestamp("first_seen_timestamp"),
        timestamp("last_seen_timestamp"),
        u32("active_days"),
        money("avg_tx_size_usd"),
        u32("unique_assets", least=1),
        text("dominant_asset"),
        counts("hourly_pattern", 24),
        counts("weekly_pattern", 7),
        share("reciprocity_ratio"),
        flag("is_bidirectional"),
    ),
    key=("window_days", "processing_date", "from_address", "to_address"),
    rules=(_in_order("first_seen_timestamp", "last_seen_timestamp"),),
)

DISPOSITIONS = Table(
    "alert_dispositions",
    (
        *SNAPSHOT,
        name_text("address"),
        name_text("alert_id"),
        one_of("decision", ReviewDecision),
        timestamp("decided_at"),
        timestamp("known_at"),
        name_text("reviewer"),
        text("note"),
    ),
    key=("window_days", "processing_date", "address", "alert_id", "decided_at", "reviewer"),
    rules=(_in_order("decided_at", "known_at"),),
)

TABLES = {table.name: table for table in (TRANSFERS, LABELS, ALERTS, FEATURES, CLUSTERS, FLOWS)}

_EXTRACTED_ALERTS = (
    "processing_date",
    "address",
    "alert_id",
    "typology_type",
    "pattern_id",
    "pattern_type",
    "suspected_address_type",
    "severity",
    "alert_confidence_score",
    "risk_indicators",
    "volume_usd",
    "description",
)


_EXTRACTED_CLUSTERS = (
    "processing_date",
    "cluster_id",
    "cluster_type",
    "primary_alert_id",
    "related_alert_ids",
    "total_alerts",
    "total_volume_usd",
    "severity_max",
    "confidence_avg",
)


def _extracted(table: Table, names: tuple[str, ...] | None = None) -> Table:
    """As extraction copies it: of one window, without columns that no later step reads."""
    kept = names or tuple(name for name in table.names if name != "window_days")
    key = tuple(name for name in table.key if name != "window_days")
    rules = tuple(rule for rule in table.rules if {*rule[1].holds.meta.root_names()} <= {*kept})
    return Table(table.name, tuple(map(table.__getitem__, kept)), key, rules)


EXTRACTED = {
    table.name: table
    for table in (
        _extracted(ALERTS, _EXTRACTED_ALERTS),
        _extracted(FEATURES),
        _extracted(CLUSTERS, _EXTRACTED_CLUSTERS),
        # Deliveries may contradict each other; which of them counts is decided later.
        replace(LABELS, key=tuple(LABELS.names)),
    )
}
