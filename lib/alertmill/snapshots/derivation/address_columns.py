"""Join what the queries and the graph say of each address into the rows of raw_features."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from alertmill.snapshots.derivation.window import Window

_DAY_MS = 86_400_000

BEHAVIOUR = ("total_volume_usd", "max_tx_usd", "tx_total_count", "burst_factor", "activity_days")
GRAPH = ("pagerank", "betweenness", "degree_total", "kcore")
NEIGHBOURHOOD = tuple(f"khop{k}_{what}" for k in (1, 2, 3) for what in ("count", "volume_usd"))

_OPTIONAL = (
    "avg_tx_in_usd",
    "avg_tx_out_usd",
    "median_tx_in_usd",
    "median_tx_out_usd",
    "amount_variance",
    "amount_skewness",
    "amount_kurtosis",
    "volume_cv",
    "regularity_score",
    "flow_burstiness",
    "transaction_regularity",
    "consistency_score",
    "structuring_score",
    "amount_predictability",
    "counterparty_stability",
    "pass_through_ratio",
    "median_hold_hours",
    "max_out_share",
    "silent_days",
)


def join_columns(
    window: Window, statistics: pl.DataFrame, others: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Put the columns of every source beside those of ``statistics``, one row per address.

    An address that a source leaves out gets nulls there. Columns that a source shares with an
    earlier one are its own working columns and are dropped.
    """
    wide = statistics
    for frame in others.values():
        repeated = [name for name in frame.columns if name in wide.columns and name != "address"]
        wide = wide.join(frame.drop(repeated), on="address", how="left", validate="1:1")
    return wide.with_columns(
        age_days=(window.t1 - pl.col("first_ever").cast(pl.Int64)) / _DAY_MS,
        silent_days=(window.t0 - pl.col("last_before").cast(pl.Int64)) / _DAY_MS,
        flow_asymmetry=_number("net_flow_usd") / _number("total_volume_usd"),
        confidence_score=1 - 1 / (pl.col("tx_total_count") + 1).sqrt(),
    )


def with_anomalies(wide: pl.DataFrame, pattern_scores: pl.DataFrame) -> pl.DataFrame:
    """Add how far each address lies from the others of its snapshot, and the quality columns.

    A score is the mean over columns of min(|robust z of log1p|, 5) / 5, where the robust z is the
    distance from the median in units of 1.4826 times the median absolute deviation.

    Parameters
    ----------
    pattern_scores : DataFrame
        address, suspicious_pattern_score; addresses without a pattern are left out.
    """
    scored = wide.with_columns(
        behavioral_anomaly_score=_anomaly(BEHAVIOUR),
        graph_anomaly_score=_anomaly(GRAPH),
        neighborhood_anomaly_score=_anomaly(NEIGHBOURHOOD),
        global_anomaly_score=_anomaly((*BEHAVIOUR, *GRAPH, *NEIGHBOURHOOD)),
        completeness_score=pl.mean_horizontal(
            [pl.col(name).is_not_null().cast(pl.Float64) for name in _OPTIONAL]
        ),
    )
    return (
        scored.with_columns(
            quality_score=pl.col("completeness_score") * (pl.col("tx_total_count") / 10).clip(0, 1),
            outlier_score=pl.col("global_anomaly_score").rank("average") / pl.len(),
        )
        .join(pattern_scores, on="address", how="left")
        .with_columns(pl.col("suspicious_pattern_score").fill_null(0.0))
    )


def pattern_scores(patterns: pl.DataFrame) -> pl.DataFrame:
    """1 - the product over an address's structural patterns of (1 - confidence)."""
    doubt = (1 - pl.col("confidence")).product()
    return (
        patterns.explode("members")
        .unique(["pattern_id", "members"], maintain_order=True)
        .group_by(address="members", maintain_order=True)
        .agg(suspicious_pattern_score=1 - doubt)
        .sort("address")
    )


def _anomaly(columns: tuple[str, ...]) -> pl.Expr:
    return pl.mean_horizontal([_distance(_number(name).log1p()) for name in columns])


def _distance(values: pl.Expr) -> pl.Expr:
    away = (values - values.median()).abs()
    spread = 1.4826 * away.median()
    return pl.when(spread > 0).then((away / spread).clip(0, 5) / 5).otherwise(0.0)


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64)
