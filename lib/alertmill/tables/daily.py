"""How the models did day after day."""

from __future__ import annotations

import polars as pl

from alertmill.evaluation.scores import ScoredModel, check_budget, scored_models
from alertmill.training.data.rows import KEYS

TRAILING_DAYS = 7


def daily_performance(predictions: pl.DataFrame, *, review_budget: int) -> pl.DataFrame:
    """Precision and recall at the review budget of every model, day by day.

    One day holds few confirmed alerts, so the values pool the last seven days of the same split.

    Returns
    -------
    DataFrame
        Columns processing_date, split, model, n_positives (confirmed alerts of the day),
        precision_at_budget and recall_at_budget (pooled; null where those days hold no labelled
        reviewed, or no confirmed, alert).
    """
    review_budget = check_budget(review_budget)
    alerts = predictions.sort(KEYS)
    days = [_count(alerts, model, review_budget) for model in scored_models(predictions)]
    counted = ("reviewed_true", "reviewed_labelled", "n_positives")
    pooled = [
        pl.col(name)
        .rolling_sum_by("processing_date", window_size=f"{TRAILING_DAYS}d")
        .over("split", "model")
        .alias(f"{name}_pooled")
        for name in counted
    ]
    return (
        pl.concat(days)
        .with_columns(pooled)
        .select(
            "processing_date",
            "split",
            "model",
            "n_positives",
            precision_at_budget=_quotient("reviewed_true_pooled", "reviewed_labelled_pooled"),
            recall_at_budget=_quotient("reviewed_true_pooled", "n_positives_pooled"),
        )
    )


def _count(alerts: pl.DataFrame, model: ScoredModel, review_budget: int) -> pl.DataFrame:
    score = pl.col(model.column)
    before = score.rank("min", descending=True).over("processing_date") - 1
    # Alerts of one score share the places that are left.
    reviewed = (review_budget - before.cast(pl.Float64)) / pl.len().over("processing_date", score)
    return (
        alerts.with_columns(reviewed=reviewed.clip(0.0, 1.0), split=pl.col("split").cast(pl.String))
        .group_by("processing_date", "split", maintain_order=True)
        .agg(
            model=pl.lit(model.name),
            reviewed_true=pl.col("reviewed").filter(pl.col("y") == 1).sum(),
            reviewed_labelled=pl.col("reviewed").filter(pl.col("y").is_not_null()).sum(),
            n_positives=(pl.col("y") == 1).sum().cast(pl.Int64),
        )
    )


def _quotient(numerator: str, denominator: str) -> pl.Expr:
    return pl.when(pl.col(denominator) > 0).then(pl.col(numerator) / pl.col(denominator))
