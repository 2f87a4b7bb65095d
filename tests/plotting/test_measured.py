"""What figures say of a measurement."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.plotting.comparison import plot_radar
from alertmill.plotting.measured import queue_title
from tests.evaluation.factories import make_predictions

PREDICTIONS = make_predictions()


def test_the_share_of_the_queue_names_the_labelled_alerts_that_it_is_of() -> None:
    evaluation = evaluate(PREDICTIONS, review_budget=5, n_bootstrap=60, seed=7)

    title = queue_title(evaluation)

    assert title.startswith("Of 5 alerts reviewed a day, ")
    assert title.endswith(" of the labelled are true")


def test_a_queue_without_labels_cannot_be_judged() -> None:
    unlabelled = PREDICTIONS.with_columns(y=pl.lit(None, dtype=pl.Int8))

    title = queue_title(evaluate(unlabelled, review_budget=5, n_bootstrap=60, seed=7))

    assert "The queue of 5 alerts a day cannot be judged" == title


@pytest.mark.parametrize(
    ("rival", "led"),
    [(pl.col("score"), 5), (pl.col("y").cast(pl.Float64).fill_null(0.5).clip(0.001, 0.999), 0)],
    ids=["a copy", "the truth"],
)
def test_the_radar_says_in_how_many_metrics_nothing_is_higher(rival: pl.Expr, led: int) -> None:
    shown = PREDICTIONS.drop("score_logistic").with_columns(score_champion=rival)

    figure = plot_radar(evaluate(shown, review_budget=5, n_bootstrap=60, seed=7))

    assert f"This model has the highest value in {led} of 5 metrics" in figure.get_suptitle()


def test_a_mixture_counts_in_the_title_of_the_radar() -> None:
    """With a logistic regression that knows the truth, their mean is better than the model."""
    truth = pl.col("y").cast(pl.Float64).fill_null(0.5).clip(0.001, 0.999)
    shown = PREDICTIONS.with_columns(score_logistic=truth)

    figure = plot_radar(evaluate(shown, review_budget=5, n_bootstrap=60, seed=7))

    assert "This model has the highest value in 0 of 5 metrics" in figure.get_suptitle()
