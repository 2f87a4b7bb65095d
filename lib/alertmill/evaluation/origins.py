"""Metrics at several dates at which a model could have gone live, and their mean.

One test range says how the model did on its days. The same procedure at earlier dates says how
steady that is, and brings addresses that the last range lacks. Base rates differ from date to date,
so the ranges are measured one by one and averaged, not pooled (Bergmeir and Benítez 2012, section
2.2, call this evaluation on a rolling origin).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from alertmill.evaluation.intervals import (
    Interval,
    address_interval,
    sample_interval,
    undefined_reason,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME, Metric
from alertmill.evaluation.resampling import Resampled, measure
from alertmill.evaluation.samples import Sample
from alertmill.evaluation.scores import check_budget
from alertmill.training.data.rows import KEYS

ORIGIN_METRICS = ("average_precision", "roc_auc", "precision_at_budget")
SCORE_SCHEMA = {
    "origin": pl.Date,
    "is_shipped": pl.Boolean,
    "processing_date": pl.Date,
    "address": pl.String,
    "alert_id": pl.String,
    "y": pl.Int8,
    "raw_score": pl.Float64,
}
"""Scores of the test alerts of every origin: the first test day; whether the model that ships gave
them; keys; label (null: unlabelled); score."""
MEASURED_SCHEMA = {
    "origin": pl.Date,
    "last_day": pl.Date,
    "is_shipped": pl.Boolean,
    "metric": pl.String,
    "value": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "n_origins": pl.Int64,
    "n_labelled": pl.Int64,
    "n_positives": pl.Int64,
    "n_positive_addresses": pl.Int64,
    "note": pl.String,
}


@dataclass(frozen=True)
class _Origin:
    """The test alerts of one origin."""

    first_day: date
    last_day: date
    is_shipped: bool
    sample: Sample
    """Its addresses alone: so the intervals of the run's own range are those of its metrics."""
    shared: Sample
    """The same alerts; equal codes at all origins are equal addresses."""


def measure_origins(
    scores: pl.DataFrame, *, review_budget: int, n_bootstrap: int, seed: int
) -> pl.DataFrame:
    """Measure the test range of every origin, and the mean over the origins.

    For the mean, addresses are drawn once for all origins: one that alerts at several of them is
    one address.

    Parameters
    ----------
    scores : DataFrame
        The columns of `SCORE_SCHEMA`, in any order of rows.
    review_budget : int
        Alerts reviewed a day.
    n_bootstrap : int
        Resamples of addresses behind every interval.
    seed : int
        Seed of the resamples.

    Returns
    -------
    DataFrame
        The columns of `MEASURED_SCHEMA`: a row per origin and metric, the earliest first, then a
        row per metric whose origin is null, the mean over those ``n_origins`` that have a value. A
        missing value or interval has a note.

    Raises
    ------
    ConfigurationError
        If the review budget is no whole number from 1.
    """
    budget = check_budget(review_budget)
    origins = _origins_of(scores, budget=budget)
    rows: list[tuple[object, ...]] = []
    found: dict[str, list[tuple[_Origin, Resampled]]] = {name: [] for name in ORIGIN_METRICS}
    for origin in origins:
        for name in ORIGIN_METRICS:
            metric = METRIC_BY_NAME[name]
            reason = undefined_reason(metric, origin.sample, is_probability=False)
            if reason:
                rows.append(_row(origin, metric, None, Interval(None, None, reason)))
                continue
            (alone,) = measure([(origin.sample, metric)], n_bootstrap=n_bootstrap, seed=seed)
            (beside,) = measure([(origin.shared, metric)], n_bootstrap=n_bootstrap, seed=seed)
            found[name].append((origin, beside))
            rows.append(
                _row(origin, metric, alone.value, sample_interval(metric, origin.sample, alone))
            )
    rows += [_mean_row(METRIC_BY_NAME[name], measured) for name, measured in found.items()]
    return pl.DataFrame(rows, schema=MEASURED_SCHEMA, orient="row")


def _origins_of(scores: pl.DataFrame, *, budget: int) -> list[_Origin]:
    """Return the origins in their order."""
    coded = scores.with_columns(code=pl.col("address").rank("dense").cast(pl.Int64) - 1)
    n_addresses = scores["address"].n_unique()
    origins = []
    for part in coded.sort("origin", *KEYS).partition_by("origin", maintain_order=True):
        sample = Sample.of(part, "raw_score", budget=budget, threshold=0.0)
        shared = replace(sample, address=part["code"].to_numpy(), n_addresses=n_addresses)
        first, last = part["origin"][0], part["processing_date"].sort()[-1]
        origins.append(_Origin(first, last, part["is_shipped"][0], sample, shared))
    return origins


def _row(
    origin: _Origin, metric: Metric, value: float | None, interval: Interval
) -> tuple[object, ...]:
    sample = origin.sample
    return (
        origin.first_day,
        origin.last_day,
        origin.is_shipped,
        metric.name,
        value,
        interval.low,
        interval.high,
        1,
        len(sample.labelled),
        sample.n_positives,
        sample.count_addresses(y=1.0),
        interval.note,
    )


def _mean_row(metric: Metric, measured: list[tuple[_Origin, Resampled]]) -> tuple[object, ...]:
    samples = [origin.shared for origin, _ in measured]
    n_positive_addresses = _count_addresses(samples, y=1.0)
    value, interval = None, Interval(None, None, "no origin has a value")
    if measured:
        value = float(np.mean([found.value for _, found in measured]))
        interval = address_interval(
            value,
            np.mean([found.draws for _, found in measured], axis=0),
            scale=metric.scale,
            n_addresses=min(n_positive_addresses, _count_addresses(samples, y=0.0)),
        )
    return (
        None,
        max((origin.last_day for origin, _ in measured), default=None),
        None,
        metric.name,
        value,
        interval.low,
        interval.high,
        len(measured),
        sum(len(sample.labelled) for sample in samples),
        sum(sample.n_positives for sample in samples),
        n_positive_addresses,
        interval.note,
    )


def _count_addresses(samples: list[Sample], *, y: float) -> int:
    """Return how many addresses have a label of this class at any origin."""
    found = [sample.address[sample.labelled][sample.y[sample.labelled] == y] for sample in samples]
    return len(np.unique(np.concatenate(found))) if found else 0
