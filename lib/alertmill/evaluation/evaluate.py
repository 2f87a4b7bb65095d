"""Every metric of every model on every population and segment, with intervals by address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from alertmill.errors import NoAlertsToMeasureError
from alertmill.evaluation.intervals import (
    NOTHING_FLAGGED,
    Interval,
    address_interval,
    rarer_addresses,
    undefined_reason,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME, METRICS, Metric
from alertmill.evaluation.repeats import FIRST_OR_CHANGED
from alertmill.evaluation.reports import (
    ALL_SEGMENTS,
    POPULATIONS,
    Evaluation,
    MetricValue,
    ModelThreshold,
    Population,
    PopulationSize,
)
from alertmill.evaluation.resampling import Resampled, measure
from alertmill.evaluation.samples import Sample
from alertmill.evaluation.scores import (
    MAY_HAVE_SEEN,
    ScoredModel,
    by_population,
    check_budget,
    check_predictions,
    scored_models,
    with_ensembles,
)
from alertmill.evaluation.segments import segment_of
from alertmill.evaluation.thresholds import choose_threshold
from alertmill.training.data.rows import KEYS
from alertmill.wording import counted

SEGMENT_METRICS = (
    "average_precision",
    "roc_auc",
    "precision_at_budget",
    "recall_at_budget",
    "lift_at_top_10_percent",
    "alerts_saved_at_recall_80_percent",
    "precision",
    "recall",
    "f1_score",
    "alerts_per_day",
)
_WHOLE = (ALL_SEGMENTS, FIRST_OR_CHANGED)
_OF_THE_THRESHOLD = ("precision", "recall", "f1_score", "alerts_per_day")
MIN_SEGMENT_POSITIVES = 20
"""With fewer confirmed alerts a segment's numbers would invite star-hunting."""


@dataclass(frozen=True)
class Subject:
    """A model on a population or segment of one range of days."""

    model: ScoredModel
    population: Population
    segment: str
    sample: Sample


def evaluate(
    predictions: pl.DataFrame,
    *,
    review_budget: int,
    n_bootstrap: int,
    seed: int,
    metrics: Sequence[Metric] = METRICS,
) -> Evaluation:
    """Measure every model of the frame.

    The threshold of each model is chosen on validation so that ``review_budget`` alerts a day lie
    at or above it. All models are resampled with the same draws of addresses.

    Parameters
    ----------
    predictions : DataFrame
        All validation and test alerts, labelled or not: processing_date, address, alert_id, split
        (validation or test), is_new_address, y (null: unlabelled), score, and any of
        score_champion, score_logistic, score_rule. Where typology_type, severity,
        suspected_address_type or volume_usd are there, the test is measured by segment too; where
        is_repeat is there, also without repeats, in queues that hold none.
    review_budget : int
        Alerts reviewed a day; of a day with fewer alerts all are.
    n_bootstrap : int
        Resamples of addresses behind every interval.
    seed : int
        Seed of the resamples.
    metrics : sequence of Metric
        What is measured on whole populations; the rest is left out.

    Raises
    ------
    MissingColumnsError
        If the frame lacks needed columns.
    WrongTypeError
        If a label, split or score is not what it can be.
    ConfigurationError
        If the review budget is no whole number from 1.
    NoAlertsToMeasureError
        If the frame holds no validation or no test alerts.
    """
    check_predictions(predictions)
    review_budget = check_budget(review_budget)
    complete = with_ensembles(predictions.sort(KEYS))
    models = scored_models(complete)
    thresholds = tuple(_threshold_of(complete, m, review_budget=review_budget) for m in models)
    found: list[MetricValue] = []
    for split in ("validation", "test"):
        subjects = _subjects(complete, split, thresholds, budget=review_budget)
        pairs = [(subject, m) for subject in subjects for m in _metrics_of(subject, metrics)]
        found += _measure_all(pairs, n_bootstrap=n_bootstrap, seed=seed)
    return Evaluation(
        threshold=thresholds[0].threshold,
        review_budget=review_budget,
        thresholds=thresholds,
        populations=tuple(_size_of(complete, population) for population in POPULATIONS),
        metrics=tuple(found),
    )


def at_threshold(
    evaluation: Evaluation,
    predictions: pl.DataFrame,
    *,
    threshold: float,
    n_bootstrap: int,
    seed: int,
) -> Evaluation:
    """Return what the model would give at another threshold.

    What no threshold moves stays, and so do the other models. A threshold that was chosen on the
    test is flattered by these numbers.

    Parameters
    ----------
    evaluation : Evaluation
        Of `evaluate`.
    predictions : DataFrame
        What it was made from.
    threshold : float
        Alerts at or above it are flagged.
    n_bootstrap, seed : int
        As for `evaluate`.
    """
    columns = [model.column for model in scored_models(predictions) if model.name != "model"]
    own = predictions.drop(columns).sort(KEYS)
    (model,) = scored_models(own)
    chosen = _with_threshold(model, by_population(own, "validation"), threshold)
    metrics = [METRIC_BY_NAME[name] for name in _OF_THE_THRESHOLD]
    moved: dict[tuple[str, str, str, str], MetricValue] = {}
    for split in ("validation", "test"):
        subjects = _subjects(own, split, (chosen,), budget=evaluation.review_budget)
        pairs = [(subject, metric) for subject in subjects for metric in metrics]
        for value in _measure_all(pairs, n_bootstrap=n_bootstrap, seed=seed):
            moved[value.model, value.split, value.segment, value.metric] = value
    return evaluation.model_copy(
        update={
            "threshold": threshold,
            "thresholds": (chosen, *evaluation.thresholds[1:]),
            "metrics": tuple(
                moved.get((value.model, value.split, value.segment, value.metric), value)
                for value in evaluation.metrics
            ),
        }
    )


def _measure_all(
    pairs: Sequence[tuple[Subject, Metric]], *, n_bootstrap: int, seed: int
) -> list[MetricValue]:
    """Measure subjects that share one range of days, with one set of address draws."""
    defined = [pair for pair in pairs if not _reason(*pair)]
    resampled = measure(
        [(subject.sample, metric) for subject, metric in defined],
        n_bootstrap=n_bootstrap,
        seed=seed,
    )
    found = dict(zip([(id(s), m.name) for s, m in defined], resampled, strict=True))
    return [_value_of(s, m, found.get((id(s), m.name))) for s, m in pairs]


def _metrics_of(subject: Subject, metrics: Sequence[Metric]) -> Sequence[Metric]:
    if subject.segment == ALL_SEGMENTS:
        return metrics
    return tuple(METRIC_BY_NAME[name] for name in SEGMENT_METRICS)


def _reason(subject: Subject, metric: Metric) -> str:
    if subject.population == "validation" and subject.model.is_of_earlier_run:
        return MAY_HAVE_SEEN
    reason = undefined_reason(metric, subject.sample, is_probability=subject.model.is_probability)
    if reason or subject.segment in _WHOLE or metric.name == "alerts_per_day":
        return reason
    return segment_reason(subject.sample)


def segment_reason(sample: Sample) -> str:
    """Why a segment is not shown; empty when it is."""
    if sample.n_positives < MIN_SEGMENT_POSITIVES:
        return (
            f"{counted(sample.n_positives, 'confirmed alert')}, fewer than "
            f"{MIN_SEGMENT_POSITIVES}: not shown"
        )
    return ""


def _value_of(subject: Subject, metric: Metric, found: Resampled | None) -> MetricValue:
    sample = subject.sample
    value, interval, note = None, Interval(None, None), _reason(subject, metric)
    if found is not None and np.isfinite(found.value):
        value = found.value
        interval = address_interval(
            value, found.draws, scale=metric.scale, n_addresses=_effective_addresses(metric, sample)
        )
        note = interval.note
    return MetricValue(
        model=subject.model.name,
        split=subject.population,
        segment=subject.segment,
        metric=metric.name,
        value=value,
        ci_low=interval.low,
        ci_high=interval.high,
        n_rows=len(sample.labelled),
        n_addresses=sample.count_addresses(),
        n_positives=sample.n_positives,
        note=note or ("" if value is not None else NOTHING_FLAGGED),
    )


def _effective_addresses(metric: Metric, sample: Sample) -> int:
    if metric.name == "alerts_per_day":
        return len(np.unique(sample.address[sample.inside]))
    return rarer_addresses(sample)


def _subjects(
    predictions: pl.DataFrame, split: str, thresholds: Sequence[ModelThreshold], *, budget: int
) -> Iterator[Subject]:
    frame = predictions.filter(pl.col("split").cast(pl.String) == split)
    if not frame.height:
        raise NoAlertsToMeasureError.of(split)
    models = scored_models(predictions)
    base = Sample.of(frame, models[0].column, budget=budget, threshold=0.0)
    is_first = ~frame["is_repeat"].to_numpy() if "is_repeat" in frame.columns else None
    for model, threshold in zip(models, thresholds, strict=True):
        score = frame[model.column].cast(pl.Float64).to_numpy()
        sample = replace(base, score=score, threshold=threshold.threshold)
        for population, inside in populations_of(frame, split):
            yield Subject(model, population, ALL_SEGMENTS, sample.within(inside))
            if is_first is not None:
                first = sample.within(inside).queueing(is_first)
                yield Subject(model, population, FIRST_OR_CHANGED, first)
        if model.name == "model" and split == "test":
            for segment, inside in segment_of(frame):
                yield Subject(model, "test_all", segment, sample.within(inside))


def populations_of(frame: pl.DataFrame, split: str) -> list[tuple[Population, np.ndarray]]:
    """Return the populations of a split by name, with the mask of their alerts."""
    everything = np.ones(frame.height, dtype=bool)
    if split == "validation":
        return [("validation", everything)]
    is_new = frame["is_new_address"].cast(pl.Boolean).to_numpy()
    return [("test_all", everything), ("test_known", ~is_new), ("test_new", is_new)]


def _threshold_of(
    predictions: pl.DataFrame, model: ScoredModel, *, review_budget: int
) -> ModelThreshold:
    validation = by_population(predictions, "validation")
    n_days = validation["processing_date"].n_unique()
    score = validation[model.column].cast(pl.Float64).to_numpy()
    threshold = choose_threshold(score, n_days=n_days, review_budget=review_budget)
    return _with_threshold(model, validation, threshold)


def _with_threshold(
    model: ScoredModel, validation: pl.DataFrame, threshold: float
) -> ModelThreshold:
    n_flagged = int((validation[model.column].cast(pl.Float64) >= threshold).sum())
    return ModelThreshold(
        model=model.name,
        threshold=threshold,
        validation_alerts_per_day=n_flagged / validation["processing_date"].n_unique(),
    )


def _size_of(predictions: pl.DataFrame, population: Population) -> PopulationSize:
    frame = by_population(predictions, population)
    labelled = frame.filter(pl.col("y").is_not_null())
    positive = labelled.filter(pl.col("y") == 1)
    return PopulationSize(
        split=population,
        n_days=frame["processing_date"].n_unique(),
        n_alerts=frame.height,
        n_labelled=labelled.height,
        n_positives=positive.height,
        n_addresses=frame["address"].n_unique(),
        n_positive_addresses=positive["address"].n_unique(),
        n_negative_addresses=labelled.filter(pl.col("y") == 0)["address"].n_unique(),
    )
