"""What the budget opens and what the threshold flags is counted, and told with its denominator."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.queue import (
    ReviewedQueue,
    Workload,
    queue_sentence,
    reviewed_queue,
    workload,
    workload_sentence,
)
from tests.evaluation.factories import make_predictions

PREDICTIONS = make_predictions()


@pytest.mark.parametrize("digits", [6, 1], ids=["distinct scores", "tied scores"])
def test_the_queue_is_the_one_that_the_precision_is_of(digits: int) -> None:
    shown = PREDICTIONS.with_columns(pl.col("score").round(digits))
    measured = evaluate(shown, review_budget=5, n_bootstrap=20, seed=1)

    queue = reviewed_queue(shown, review_budget=5)

    assert queue is not None
    precision = measured.get("model", "precision_at_budget").value
    assert precision == pytest.approx(queue.n_true / queue.n_labelled)
    assert 8 == queue.n_days
    assert 40 == queue.n_opened


def test_a_day_with_fewer_alerts_than_the_budget_is_opened_whole() -> None:
    n_alerts = PREDICTIONS.filter(split="test").height

    queue = reviewed_queue(PREDICTIONS, review_budget=n_alerts)

    assert queue is not None
    assert n_alerts == queue.n_opened


@given(n_true=st.integers(0, 50), n_false=st.integers(0, 50), n_open=st.integers(0, 50))
def test_the_bounds_enclose_whatever_the_missing_labels_are(
    n_true: int, n_false: int, n_open: int
) -> None:
    n_opened = n_true + n_false + n_open
    if not n_opened:
        return
    queue = ReviewedQueue(1, n_opened, n_true + n_false, n_true)

    for found in range(n_open + 1):
        share = (n_true + found) / n_opened
        assert queue.least_share <= share <= queue.most_share


@pytest.mark.parametrize(
    ("queue", "told"),
    [
        (None, "No alert could be opened: the test has none."),
        (
            ReviewedQueue(14, 280, 227.0, 182.0),
            (
                "Of the 280 alerts opened in 14 test days, 227 carry a label and 182 of these are "
                "true: 80 % of the labelled, and between 65 and 84 % of all that were opened."
            ),
        ),
        (
            ReviewedQueue(2, 10, 10.0, 10.0),
            "Of the 10 alerts opened in 2 test days, 10 are true (100 %).",
        ),
        (
            ReviewedQueue(1, 1, 1.0, 0.0),
            "Of the 1 alert opened in 1 test day, 0 are true (0 %).",
        ),
        (
            ReviewedQueue(3, 15, 0.0, 0.0),
            (
                "None of the 15 alerts opened in 3 test days carries a label, so nothing is known "
                "of the queue."
            ),
        ),
    ],
    ids=["nothing", "some labelled", "all true", "one", "nothing labelled"],
)
def test_the_sentence_says_of_which_alerts_a_share_is(
    queue: ReviewedQueue | None, told: str
) -> None:
    assert told == queue_sentence(queue)


def test_the_workload_counts_flagged_alerts_of_each_day() -> None:
    load = workload(PREDICTIONS, threshold=0.0)

    n_alerts = PREDICTIONS.filter(split="test").height
    assert load is not None
    assert load.mean * load.n_days == pytest.approx(n_alerts)
    assert load.least <= load.mean <= load.most


def test_without_a_test_alert_there_is_no_queue_and_no_workload() -> None:
    nothing = PREDICTIONS.filter(split="validation")

    assert reviewed_queue(nothing, review_budget=5) is None
    assert workload(nothing, threshold=0.5) is None


@pytest.mark.parametrize(
    ("load", "ending"),
    [
        (None, "is not known: the test has none."),
        (Workload(20.0, 15, 27, 14), "20 alerts a test day (15 to 27), where the budget is 20."),
        (Workload(18.0, 18, 18, 1), "18 alerts a test day, where the budget is 20."),
        (Workload(45.0, 30, 61, 14), "work the queue by rank, not by the threshold."),
        (Workload(0.0, 0, 0, 14), "work the queue by rank, not by the threshold."),
    ],
    ids=["nothing", "as planned", "one day", "too many", "none"],
)
def test_a_threshold_that_misses_the_budget_is_told(load: Workload | None, ending: str) -> None:
    assert workload_sentence(load, threshold=0.694, review_budget=20).endswith(ending)
