"""Tables behind the curves: one row per point, one model after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from alertmill.evaluation.samples import Sample
from alertmill.evaluation.scores import by_population, check_budget, scored_models

MAX_POINTS = 400
"""Points kept of a curve; a picture cannot show more."""
N_TENTHS = 10
_GAINS_SCHEMA = {"tenth": pl.Int64} | dict.fromkeys(
    ("n_alerts", "n_positives", "precision", "lift", "cumulative_recall"), pl.Float64
)


def roc_table(predictions: pl.DataFrame, *, population: str = "test_all") -> pl.DataFrame:
    """Points of the ROC curve of every model.

    Returns
    -------
    DataFrame
        Columns model, threshold, false_positive_rate, true_positive_rate; from the highest
        threshold (infinite: nothing is flagged) down. A tie of scores is one point. No rows when
        the population lacks a class.
    """
    return _for_models(predictions, population, _roc_points)


def precision_recall_table(
    predictions: pl.DataFrame, *, population: str = "test_all"
) -> pl.DataFrame:
    """Points of the precision-recall curve of every model.

    Returns
    -------
    DataFrame
        Columns model, threshold, recall, precision; from the highest threshold down. A tie of
        scores is one point. No rows when the population lacks a class.
    """
    return _for_models(predictions, population, _precision_recall_points)


def gains_table(predictions: pl.DataFrame, *, population: str = "test_all") -> pl.DataFrame:
    """Lift of every tenth of the labelled alerts, from the highest score down, for every model.

    Returns
    -------
    DataFrame
        Columns model, tenth (1 is the highest), n_alerts, n_positives, precision, lift (precision
        over that of all labelled alerts) and cumulative_recall (share of the true alerts in this
        tenth and all above it). A tenth is exactly that, so counts are fractions where an edge
        cuts an alert or alerts of one score. No rows when the population lacks a class.
    """
    return _for_models(predictions, population, _gains)


def budget_table(
    predictions: pl.DataFrame, *, review_budget: int, population: str = "test_all"
) -> pl.DataFrame:
    """Precision and recall of every model, if the team reviewed k alerts a day.

    Returns
    -------
    DataFrame
        Columns model, budget (from 1 to five times the review budget, but no more than there are
        alerts), precision and recall, all days pooled. Budgets whose queues hold no labelled alert
        are left out.

    Raises
    ------
    UnknownNameError
        If there is no such population.
    ConfigurationError
        If the review budget is no whole number from 1.
    """

    def points(sample: Sample) -> pl.DataFrame:
        return _budget_points(sample, max_budget=5 * check_budget(review_budget))

    return _for_models(predictions, population, points)


def _for_models(
    predictions: pl.DataFrame, population: str, points: Callable[[Sample], pl.DataFrame]
) -> pl.DataFrame:
    frame = by_population(predictions, population)
    tables = []
    for model in scored_models(predictions):
        table = points(Sample.of(frame, model.column, budget=1, threshold=0.0))
        tables.append(table.select(pl.lit(model.name).alias("model"), pl.all()))
    return pl.concat(tables)


def _steps(sample: Sample) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores from the highest down, each once, with the true and false alerts at or above it."""
    rows = sample.labelled
    order = rows[np.argsort(-sample.score[rows], kind="stable")]
    score, y = sample.score[order], sample.y[order]
    is_last = np.r_[score[1:] != score[:-1], True] if len(score) else np.zeros(0, dtype=bool)
    return score[is_last], np.cumsum(y)[is_last], np.cumsum(1 - y)[is_last]


def _roc_points(sample: Sample) -> pl.DataFrame:
    thresholds, true, false = _steps(sample)
    kept = _kept(len(thresholds) + 1, sample)
    return pl.DataFrame(
        {
            "threshold": np.r_[np.inf, thresholds][kept],
            "false_positive_rate": np.r_[0.0, false][kept] / max(sample.n_negatives, 1),
            "true_positive_rate": np.r_[0.0, true][kept] / max(sample.n_positives, 1),
        }
    )


def _precision_recall_points(sample: Sample) -> pl.DataFrame:
    thresholds, true, false = _steps(sample)
    kept = _kept(len(thresholds), sample)
    return pl.DataFrame(
        {
            "threshold": thresholds[kept],
            "recall": true[kept] / max(sample.n_positives, 1),
            "precision": true[kept] / (true[kept] + false[kept]),
        }
    )


def _kept(n_points: int, sample: Sample) -> np.ndarray:
    """Positions to draw: close together at the start, where few alerts make big steps."""
    if not sample.n_positives or not sample.n_negatives:
        return np.zeros(0, dtype=np.int64)
    if n_points <= MAX_POINTS:
        return np.arange(n_points)
    start = np.arange(MAX_POINTS // 2)
    rest = np.linspace(MAX_POINTS // 2, n_points - 1, MAX_POINTS // 2).round().astype(np.int64)
    return np.unique(np.r_[start, rest])


def _gains(sample: Sample) -> pl.DataFrame:
    if not (sample.n_positives and sample.n_negatives):
        return pl.DataFrame(schema=_GAINS_SCHEMA)
    _, true, false = _steps(sample)
    seen, found = np.r_[0.0, true + false], np.r_[0.0, true]
    edges = np.linspace(0, seen[-1], N_TENTHS + 1)
    # A straight line between two scores: the alerts of one score share the edge that cuts them.
    positives = np.interp(edges, seen, found)
    n_alerts, n_positives = np.diff(edges), np.diff(positives)
    precision = n_positives / n_alerts
    columns = (
        np.arange(1, N_TENTHS + 1),
        n_alerts,
        n_positives,
        precision,
        precision * seen[-1] / found[-1],
        positives[1:] / found[-1],
    )
    return pl.DataFrame(dict(zip(_GAINS_SCHEMA, columns, strict=True)), schema=_GAINS_SCHEMA)


def _budget_points(sample: Sample, *, max_budget: int) -> pl.DataFrame:
    order = np.lexsort((-sample.score, sample.day))
    day = sample.day[order]
    place = np.arange(len(order)) - np.searchsorted(day, day, side="left") + 1
    tied = pl.struct("day", "score")
    alerts = (
        pl.DataFrame(
            {"day": day, "score": sample.score[order], "budget": place, "y": sample.y[order]}
        )
        # Alerts of one score share their places, so each place holds what they are in the mean.
        .with_columns(
            n=pl.col("y").is_not_nan().cast(pl.Float64).mean().over(tied),
            true=pl.col("y").fill_nan(0.0).mean().over(tied),
        )
        .filter(pl.col("budget") <= max_budget)
    )
    # No queue is longer than all alerts together.
    budgets = pl.DataFrame({"budget": np.arange(1, min(max_budget, len(order)) + 1)})
    counts = alerts.group_by("budget").agg(pl.col("n", "true").sum())
    return (
        budgets.join(counts, on="budget", how="left", maintain_order="left")
        .with_columns(pl.col("n", "true").fill_null(0).cum_sum())
        .filter(pl.col("n") > 0)
        .select(
            "budget",
            precision=pl.col("true") / pl.col("n"),
            recall=pl.col("true") / max(sample.n_positives, 1),
        )
    )
