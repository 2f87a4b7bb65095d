"""How scores are spread, and whether they mean what they say."""

from __future__ import annotations

import numpy as np
import polars as pl

from alertmill.evaluation.probabilities import bin_shares
from alertmill.evaluation.samples import Sample, address_draws, weight_chunks
from alertmill.evaluation.scores import by_population

OUTCOMES = ("confirmed", "cleared", "unlabelled")
CALIBRATION_BINS = 10
_PERCENTILES = (2.5, 97.5)
_LEAST_SCORE = 1e-6


def outcome_of(predictions: pl.DataFrame) -> pl.Series:
    """Return what review found for each alert: confirmed, cleared, or unlabelled."""
    found = (
        pl.when(pl.col("y") == 1)
        .then(pl.lit("confirmed"))
        .when(pl.col("y") == 0)
        .then(pl.lit("cleared"))
        .otherwise(pl.lit("unlabelled"))
    )
    return predictions.select(found.alias("outcome")).to_series()


def score_histogram(
    predictions: pl.DataFrame, *, population: str = "test_all", n_bins: int = 36
) -> pl.DataFrame:
    """Compute the distribution of the scores of confirmed, cleared and unlabelled alerts.

    Scores of rare events crowd near 0, so the bins are equally wide in log-odds.

    Returns
    -------
    DataFrame
        Columns outcome, low, high (ends of the bin, as probabilities), n_alerts and share (of the
        alerts with that outcome). No rows without alerts.
    """
    frame = by_population(predictions, population)
    if not frame.height:
        return pl.DataFrame(schema=_HISTOGRAM_SCHEMA)
    log_odds = _log_odds(frame["score"].to_numpy())
    edges = np.linspace(log_odds.min() - 1e-9, log_odds.max() + 1e-9, n_bins + 1)
    outcome = outcome_of(frame).to_numpy()
    tables = [_count(name, log_odds[outcome == name], edges) for name in OUTCOMES]
    return pl.concat(tables)


def calibration_table(
    predictions: pl.DataFrame,
    *,
    population: str = "test_all",
    n_bootstrap: int = 200,
    seed: int = 7,
) -> pl.DataFrame:
    """Mean probability and true share of ten bins of as many labelled alerts each.

    Returns
    -------
    DataFrame
        Columns stage (calibrated, and uncalibrated where raw_score is there), bin, mean_score,
        share, ci_low, ci_high (95 % percentiles over resampled addresses), n_alerts and
        n_addresses. No rows without labelled alerts.
    """
    frame = by_population(predictions, population)
    stages = (("calibrated", "score"), ("uncalibrated", "raw_score"))
    tables = [
        _calibration_bins(
            Sample.of(frame, column, budget=1, threshold=0.0), n_bootstrap=n_bootstrap, seed=seed
        ).select(pl.lit(stage).alias("stage"), pl.all())
        for stage, column in stages
        if column in frame.columns
    ]
    return pl.concat(tables)


_HISTOGRAM_SCHEMA = {
    "outcome": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
    "n_alerts": pl.Int64,
    "share": pl.Float64,
}
_CALIBRATION_SCHEMA = {
    "bin": pl.Int64,
    "mean_score": pl.Float64,
    "share": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "n_alerts": pl.Int64,
    "n_addresses": pl.Int64,
}


def _log_odds(score: np.ndarray) -> np.ndarray:
    inside = np.clip(score, _LEAST_SCORE, 1 - _LEAST_SCORE)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _count(outcome: str, log_odds: np.ndarray, edges: np.ndarray) -> pl.DataFrame:
    counts, _ = np.histogram(log_odds, bins=edges)
    ends = 1 / (1 + np.exp(-edges))
    return pl.DataFrame(
        {
            "outcome": [outcome] * len(counts),
            "low": ends[:-1],
            "high": ends[1:],
            "n_alerts": counts,
            "share": counts / max(counts.sum(), 1),
        },
        schema=_HISTOGRAM_SCHEMA,
    )


def _calibration_bins(sample: Sample, *, n_bootstrap: int, seed: int) -> pl.DataFrame:
    rows = sample.labelled
    n_bins = min(CALIBRATION_BINS, len(rows))
    if not n_bins:
        return pl.DataFrame(schema=_CALIBRATION_SCHEMA)
    order = rows[np.argsort(sample.score[rows], kind="stable")]
    member = bin_shares(sample.score[order], n_bins)
    low, high = _share_interval(sample, order, member, n_bootstrap=n_bootstrap, seed=seed)
    counts = member.sum(axis=0)
    return pl.DataFrame(
        {
            "bin": np.arange(1, n_bins + 1),
            "mean_score": sample.score[order] @ member / counts,
            "share": sample.y[order] @ member / counts,
            "ci_low": low,
            "ci_high": high,
            "n_alerts": counts.round().astype(np.int64),
            "n_addresses": [len(np.unique(sample.address[order[part > 0]])) for part in member.T],
        },
        schema=_CALIBRATION_SCHEMA,
    )


def _share_interval(
    sample: Sample, order: np.ndarray, member: np.ndarray, *, n_bootstrap: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    draws = address_draws(sample.n_addresses, n_bootstrap, seed=seed)
    weights = np.concatenate([chunk.of(order) for chunk in weight_chunks(sample, draws)])
    true, all_of_bin = weights @ (member * sample.y[order][:, None]), weights @ member
    shares = np.divide(true, all_of_bin, out=np.full_like(true, np.nan), where=all_of_bin > 0)
    low, high = np.nanpercentile(shares, _PERCENTILES, axis=0)
    return low, high
