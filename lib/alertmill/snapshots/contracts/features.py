"""The contract of raw_features.

The ranges hold for the formulas of our own derivation and for those of the upstream system, whose
concentrations are negative, diversities in other units and scores without an upper end.
"""

from __future__ import annotations

import polars as pl

from alertmill.snapshots.contracts.columns import (
    Column,
    Rule,
    Table,
    counts,
    day,
    flag,
    money,
    name_text,
    number,
    optional,
    ours,
    share,
    signed_money,
    text,
    timestamp,
    u8,
    u16,
    u32,
    u64,
)

_F64 = pl.Float64()
_HOUR_BITS = 4.585
"""Just above log2(24)."""
_WEEKDAY_BITS = 2.8074
_BITS_OVER_NATS = 1.4427
"""1 / ln 2: the upstream divides bits by nats."""

_DEGREE = (
    u32("degree_in"),
    u32("degree_out"),
    u32("degree_total"),
    u32("unique_counterparties"),
    u32("unique_senders_count"),
    u32("unique_recipients_count"),
)
_VOLUME = (
    money("total_in_usd"),
    money("total_out_usd"),
    signed_money("net_flow_usd"),
    money("total_volume_usd"),
    optional(money("avg_tx_in_usd")),
    optional(money("avg_tx_out_usd")),
    optional(money("median_tx_in_usd")),
    optional(money("median_tx_out_usd")),
    optional(money("max_tx_usd")),
    optional(money("min_tx_usd")),
    optional(number("amount_variance", low=0, dtype=_F64)),
    optional(number("amount_skewness", dtype=_F64)),
    optional(number("amount_kurtosis", dtype=_F64)),
    optional(number("volume_std", low=0, dtype=_F64)),
    optional(number("volume_cv", low=0, dtype=_F64)),
    u64("tx_in_count"),
    u64("tx_out_count"),
    u64("tx_total_count"),
)
_TIME = (
    u32("activity_days"),
    u32("activity_span_days"),
    money("avg_daily_volume_usd"),
    counts("hourly_activity", 24),
    counts("daily_activity", 7),
    u8("peak_hour", most=23),
    u8("peak_day", most=6),
    u8("peak_activity_hour", most=23),
    u8("peak_activity_day", most=6),
    number("hourly_entropy", low=0, high=_HOUR_BITS),
    number("daily_entropy", low=0, high=_WEEKDAY_BITS),
    share("weekend_transaction_ratio"),
    share("night_transaction_ratio"),
    timestamp("first_activity_timestamp"),
    timestamp("last_activity_timestamp"),
    optional(share("regularity_score")),
    number("burst_factor", low=0),
    optional(number("flow_burstiness", low=-1, high=1)),
    optional(share("transaction_regularity")),
    optional(share("consistency_score")),
    number("velocity_score", low=0),
)
_AMOUNTS = (
    optional(share("structuring_score")),
    share("small_transaction_ratio"),
    optional(share("amount_predictability")),
    ours(u32("near_threshold_count")),
    ours(share("round_amount_ratio")),
    ours(share("denomination_ratio")),
    number("flow_concentration", low=-1, high=1, dtype=_F64),
    number("counterparty_concentration", low=-1, high=1),
    share("concentration_ratio"),
    number("flow_diversity", low=0, high=_BITS_OVER_NATS),
    ours(optional(share("max_out_share"))),
    share("reciprocity_ratio"),
    share("flow_reciprocity_entropy"),
    optional(share("counterparty_stability")),
    ours(share("counterparty_overlap_ratio")),
    ours(number("flow_asymmetry", low=-1, high=1)),
    ours(optional(share("pass_through_ratio"))),
    ours(optional(number("median_hold_hours", low=0))),
    u32("unique_assets_in"),
    u32("unique_assets_out"),
    text("dominant_asset_in"),
    text("dominant_asset_out"),
    number("asset_diversity_score", low=0, high=_BITS_OVER_NATS),
)
_GRAPH = (
    number("pagerank", low=0),
    number("betweenness", low=0),
    number("closeness", low=0),
    share("clustering_coefficient"),
    u32("kcore"),
    u32("community_id"),
    number("centrality_score", low=0),
    u32("khop1_count"),
    u32("khop2_count"),
    u32("khop3_count"),
    money("khop1_volume_usd"),
    money("khop2_volume_usd"),
    money("khop3_volume_usd"),
)
_SCORES: tuple[Column, ...] = (
    number("behavioral_anomaly_score", low=0),
    number("graph_anomaly_score", low=0),
    number("neighborhood_anomaly_score", low=0),
    number("global_anomaly_score", low=0),
    u32("outlier_transactions"),
    share("suspicious_pattern_score"),
)
_FLAGS = tuple(
    flag(f"is_{name}")
    for name in (
        "high_volume_trader",
        "hub_address",
        "retail_active",
        "whale_inactive",
        "retail_inactive",
        "whale",
        "exchange_like",
        "mixer_like",
        "contract_like",
        "new_address",
        "dormant_reactivated",
        "regular_user",
    )
)
_QUALITY = (
    share("completeness_score"),
    share("quality_score"),
    number("outlier_score", low=0),
    share("confidence_score"),
)
_HISTORY_AND_EXPOSURE = tuple(
    ours(column)
    for column in (
        number("age_days", low=0),
        optional(number("silent_days", low=0)),
        money("exposure_in_1hop_usd"),
        money("exposure_out_1hop_usd"),
        share("exposure_in_1hop_share"),
        share("exposure_out_1hop_share"),
        share("exposure_2hop_share"),
        share("exposure_in_2hop_share"),
        share("exposure_out_2hop_share"),
        *(
            share(f"{kind}_{direction}_share")
            for kind in ("exchange", "mixer", "bridge", "defi")
            for direction in ("in", "out")
        ),
    )
)

FEATURES = Table(
    "raw_features",
    (
        u16("window_days", least=1, most=366),
        day("processing_date"),
        name_text("address"),
        *_DEGREE,
        *_VOLUME,
        *_TIME,
        *_AMOUNTS,
        *_GRAPH,
        *_SCORES,
        *_FLAGS,
        *_QUALITY,
        *_HISTORY_AND_EXPOSURE,
    ),
    key=("window_days", "processing_date", "address"),
    rules=(
        (
            "last_activity_timestamp",
            Rule(
                "not before first_activity_timestamp",
                pl.col("last_activity_timestamp") >= pl.col("first_activity_timestamp"),
            ),
        ),
    ),
)
