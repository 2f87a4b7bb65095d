"""Metrics equal numbers found by hand; equality with references is in tests/validity."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from alertmill.evaluation.metrics import (
    METRICS,
    alerts_per_day,
    lift_at_top,
    ndcg_at_budget,
    precision_at_budget,
    recall_at_budget,
    saved_at_recall,
)
from alertmill.evaluation.probabilities import (
    calibration_bias,
    calibration_error,
)
from alertmill.evaluation.samples import Sample, Weights, equal_weights
from tests.evaluation.factories import make_predictions

EXACT = {"rel": 1e-9, "abs": 1e-12}


def sample_of(column: str = "score", *, threshold: float = 0.4, decimals: int = 9) -> Sample:
    frame = make_predictions().filter(pl.col("split") == "test")
    frame = frame.with_columns(pl.col(column).round(decimals))
    return Sample.of(frame, column, budget=5, threshold=threshold)


def hand_sample(**changes: object) -> Sample:
    """Two days of three alerts; the fifth has no label."""
    values = {
        "y": np.array([1.0, 0.0, 1.0, 0.0, np.nan, 1.0]),
        "score": np.array([0.9, 0.8, 0.1, 0.3, 0.7, 0.6]),
        "day": np.array([0, 0, 0, 1, 1, 1]),
        "address": np.array([0, 1, 2, 3, 4, 5]),
        "n_addresses": 6,
        "inside": np.ones(6, dtype=bool),
        "budget": 2,
        "threshold": 0.5,
        "in_queue": np.ones(6, dtype=bool),
    }
    return Sample(**{**values, **changes})  # type: ignore[arg-type]  # values of known types


def value(metric: object, sample: Sample) -> float:
    return float(metric(sample, equal_weights(sample))[0])  # type: ignore[operator]


@pytest.mark.parametrize(
    # the bins of the calibration error stay those of the alerts themselves
    "metric",
    [metric for metric in METRICS if metric.name != "calibration_error"],
    ids=lambda metric: metric.name,
)
def test_an_address_drawn_twice_counts_as_its_alerts_repeated(metric: object) -> None:
    sample = hand_sample(budget=4)
    twice = np.array([2, 2, 0, 2, 1, 2])
    repeated = np.repeat(np.arange(6), twice)
    longer = hand_sample(
        budget=4,
        **{name: getattr(sample, name)[repeated] for name in ("y", "score", "day", "address")},
        inside=np.ones(len(repeated), dtype=bool),
        in_queue=np.ones(len(repeated), dtype=bool),
    )

    weighted = metric.compute(sample, Weights(twice[None, :].astype(float)))[0]  # type: ignore[attr-defined]

    assert value(metric.compute, longer) == pytest.approx(weighted, **EXACT)  # type: ignore[attr-defined]


def test_the_queue_takes_the_highest_scores_of_each_day() -> None:
    sample = hand_sample()

    queue = equal_weights(sample).queue_of(sample)

    assert queue.tolist() == [[1.0, 1.0, 0.0, 0.0, 1.0, 1.0]]


def test_unlabelled_alerts_use_up_the_budget_but_are_not_judged() -> None:
    sample = hand_sample()

    # reviewed: true, false, unlabelled, true
    assert pytest.approx(2 / 3) == value(precision_at_budget, sample)
    assert pytest.approx(2 / 3) == value(recall_at_budget, sample)


def test_a_population_shares_the_queue_with_the_other_alerts_of_its_day() -> None:
    second_day = hand_sample(inside=np.array([False, False, True, True, True, True]))

    assert value(precision_at_budget, second_day) == 1.0
    assert value(recall_at_budget, second_day) == 0.5


def test_alerts_of_one_score_share_the_places_that_are_left() -> None:
    sample = hand_sample(score=np.full(6, 0.5), budget=1)

    assert np.allclose(equal_weights(sample).queue_of(sample), 1 / 3)


def test_lift_compares_the_top_tenth_with_all_alerts() -> None:
    y = np.zeros(20)
    y[[0, 1, 2, 3]] = 1
    sample = hand_sample(
        y=y,
        score=np.linspace(1, 0, 20),
        day=np.zeros(20, dtype=int),
        address=np.arange(20),
        n_addresses=20,
        inside=np.ones(20, dtype=bool),
    )

    assert pytest.approx(1.0 / 0.2) == value(lift_at_top, sample)


def test_calibration_error_is_the_mean_gap_between_probability_and_outcome() -> None:
    # ten alerts, one a bin: gaps |0.2 - 0| eight times and |0.2 - 1| twice
    y = np.array([1.0, 1.0, *[0.0] * 8])
    sample = hand_sample(
        y=y,
        score=0.2 + 1e-15 * np.arange(10),
        day=np.zeros(10, dtype=int),
        address=np.arange(10),
        n_addresses=10,
        inside=np.ones(10, dtype=bool),
    )

    assert pytest.approx(0.32) == value(calibration_error, sample)
    assert pytest.approx(0.0) == value(calibration_bias, sample)


def test_flagged_alerts_a_day_count_unlabelled_alerts_too() -> None:
    assert value(alerts_per_day, hand_sample()) == 2.0


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_without_labelled_alerts_a_metric_is_undefined_instead_of_zero(metric: object) -> None:
    sample = hand_sample(y=np.full(6, np.nan))

    found = value(metric.compute, sample)  # type: ignore[attr-defined]

    assert np.isnan(found) or metric.name == "alerts_per_day"  # type: ignore[attr-defined]


@pytest.mark.parametrize("decimals", [9, 1], ids=["distinct scores", "many ties"])
def test_saved_alerts_are_those_below_the_score_that_finds_four_fifths(decimals: int) -> None:
    sample = sample_of(decimals=decimals)
    y, score = sample.y[sample.labelled], sample.score[sample.labelled]

    enough = max(t for t in np.unique(score) if y[score >= t].sum() >= 0.8 * y.sum() - 1e-9)

    assert value(saved_at_recall, sample) == pytest.approx(float((score < enough).mean()))


def test_nothing_is_saved_where_there_is_nothing_to_find() -> None:
    assert np.isnan(value(saved_at_recall, hand_sample(y=np.zeros(6))))


def test_alerts_that_are_not_in_the_queue_leave_their_place_to_others() -> None:
    sample = hand_sample()
    # Without the first alert of the first day, the true third one is opened.
    shorter = sample.queueing(np.array([False, True, True, True, True, True]))

    assert value(recall_at_budget, sample) == pytest.approx(2 / 3)
    assert value(recall_at_budget, shorter) == 1.0


def test_an_address_that_is_drawn_twice_takes_two_places_in_the_ndcg() -> None:
    predictions = make_predictions(n_addresses=60, labelled_share=1.0)
    sample = Sample.of(predictions, "score", budget=5, threshold=0.5)
    doubled = pl.concat([predictions, predictions]).with_columns(
        alert_id=pl.col("alert_id") + pl.int_range(pl.len()).cast(pl.String)
    )
    twice = Sample.of(doubled, "score", budget=5, threshold=0.5)

    weighted = ndcg_at_budget(sample, Weights(np.full((1, len(sample.y)), 2.0)))[0]

    assert abs(weighted - ndcg_at_budget(twice, equal_weights(twice))[0]) < 1e-12
