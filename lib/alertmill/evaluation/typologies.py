"""How many of the true alerts of each typology a team finds that reviews more or fewer alerts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from alertmill.errors import NoAlertsToMeasureError
from alertmill.evaluation.intervals import (
    Interval,
    sample_interval,
    undefined_reason,
    value_text,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.resampling import measure
from alertmill.evaluation.samples import Sample
from alertmill.evaluation.scores import check_budget
from alertmill.training.data.rows import KEYS

BUDGET_MULTIPLES = (0.5, 1.0, 2.0, 5.0)
_ALL = "all typologies"
_SCHEMA = {
    "typology": pl.String,
    "budget": pl.Int64,
    "n_positives": pl.Int64,
    "n_positive_addresses": pl.Int64,
    "recall": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "note": pl.String,
}


def recall_by_typology(
    predictions: pl.DataFrame, *, review_budget: int, n_bootstrap: int, seed: int
) -> pl.DataFrame:
    """Measure recall on the test at half, once, twice and five times the review budget.

    All alerts of a day share one queue, as they do in use: a typology competes with the others.

    Parameters
    ----------
    predictions : DataFrame
        Keys, split, y, score and typology_type.
    review_budget : int
        Alerts reviewed a day.
    n_bootstrap : int
        Resamples of addresses behind every interval.
    seed : int
        Seed of the resamples.

    Returns
    -------
    DataFrame
        Columns typology, budget (alerts a day), n_positives, n_positive_addresses, recall, ci_low,
        ci_high (95 %, by address) and note (why recall or its interval is missing). All first, then
        those with a confirmed alert in alphabetical order.

    Raises
    ------
    NoAlertsToMeasureError
        If the test holds no alerts.
    ConfigurationError
        If the review budget is no whole number from 1.
    """
    review_budget = check_budget(review_budget)
    frame = predictions.filter(pl.col("split").cast(pl.String) == "test").sort(KEYS)
    if frame.is_empty():
        raise NoAlertsToMeasureError.of("test")
    typology = frame["typology_type"].cast(pl.String)
    budgets = sorted({max(1, round(m * review_budget)) for m in BUDGET_MULTIPLES})
    whole = Sample.of(frame, "score", budget=review_budget, threshold=0.0)
    populations = {_ALL: np.ones(frame.height, dtype=bool)} | {
        name: (typology == name).to_numpy()
        for name in typology.filter((frame["y"] == 1).fill_null(value=False)).unique().sort()
    }
    cases = [
        (name, replace(whole, budget=budget).within(inside))
        for name, inside in populations.items()
        for budget in budgets
    ]
    metric = METRIC_BY_NAME["recall_at_budget"]
    measured = measure(
        [(sample, metric) for _, sample in cases], n_bootstrap=n_bootstrap, seed=seed
    )
    rows = []
    for (name, sample), found in zip(cases, measured, strict=True):
        reason = undefined_reason(metric, sample, is_probability=True)
        interval = sample_interval(metric, sample, found)
        value = None if reason else found.value
        rows.append(_row(name, sample, value, Interval(None, None, reason) if reason else interval))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def typology_table(recall: pl.DataFrame) -> pl.DataFrame:
    """One row per typology, one column per budget: recall (95 % interval)."""
    columns = ("recall", "ci_low", "ci_high", "note")
    texts = [value_text(*row) for row in recall.select(columns).rows()]
    told = recall.with_columns(text=pl.Series(texts), reviewed=pl.format("{} a day", "budget"))
    return told.pivot(
        "reviewed", index=["typology", "n_positives", "n_positive_addresses"], values="text"
    )


def _row(
    name: str, sample: Sample, value: float | None, interval: Interval
) -> tuple[str, int, int, int, float | None, float | None, float | None, str]:
    return (
        name,
        sample.budget,
        sample.n_positives,
        sample.count_addresses(y=1.0),
        value,
        interval.low,
        interval.high,
        interval.note,
    )
