"""Stacking learns its weights on validation, and does not flatter itself there."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from alertmill.evaluation.stacking import Stacking, stack
from tests.evaluation.factories import make_predictions

PREDICTIONS = make_predictions()
IS_TEST = (PREDICTIONS["split"] == "test").to_numpy()


def draw(rng: np.random.Generator, n: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of two informative scores, and labels."""
    y = (rng.random(n) < 0.3).astype(float)
    return rng.normal(1.5 * y[:, None] - 1.0, 1.0, (n, 2)), y


def test_the_weights_are_those_of_a_logistic_regression() -> None:
    log_odds, y = draw(np.random.default_rng(1))

    fitted = Stacking.fit(log_odds, y)

    reference = LogisticRegression(C=np.inf, tol=1e-8).fit(log_odds, y)
    assert reference.coef_[0] == pytest.approx(fitted.weights, abs=0.02)
    assert reference.intercept_[0] == pytest.approx(fitted.intercept, abs=0.02)


def test_a_score_that_is_upside_down_gets_no_weight() -> None:
    log_odds, y = draw(np.random.default_rng(2))

    fitted = Stacking.fit(log_odds * [1.0, -1.0], y)

    assert fitted.weights[0] > 0
    assert fitted.weights[1] == 0


def test_scores_that_divide_the_classes_wholly_get_finite_weights() -> None:
    y = np.repeat([0.0, 1.0], 50)

    fitted = Stacking.fit(np.column_stack([20 * y - 10, 20 * y - 10]), y)

    assert np.isfinite(fitted.weights).all()
    assert (np.abs(fitted.predict(np.array([[10.0, 10.0]])) - 51 / 52) < 0.01).all()


def test_labels_of_the_test_change_nothing() -> None:
    turned = pl.when(pl.col("split") == "test").then(1 - pl.col("y")).otherwise("y")

    once, again = stack(PREDICTIONS), stack(PREDICTIONS.with_columns(y=turned))

    assert once.scores is not None
    assert np.array_equal(once.scores, again.scores)


def test_a_label_of_an_address_changes_the_scores_of_other_addresses_alone() -> None:
    labelled = PREDICTIONS.filter(pl.col("split") == "validation", pl.col("y") == 1)
    counted = labelled["address"].value_counts().filter(pl.col("count") > 1).sort("address")
    address = counted["address"][0]
    first = labelled.filter(address=address)["alert_id"][0]
    changed = PREDICTIONS.with_columns(
        y=pl.when(pl.col("alert_id") == first).then(0).otherwise("y").cast(pl.Int8)
    )

    before, after = stack(PREDICTIONS).scores, stack(changed).scores

    own = ~IS_TEST & (PREDICTIONS["address"] == address).to_numpy()
    assert before is not None
    assert after is not None
    assert np.array_equal(before[own], after[own])
    assert not np.array_equal(before[IS_TEST], after[IS_TEST])


def test_the_order_of_the_alerts_does_not_matter() -> None:
    turned = PREDICTIONS.reverse()

    scores, again = stack(PREDICTIONS).scores, stack(turned).scores

    assert scores is not None
    assert again is not None
    assert scores == pytest.approx(again[::-1], abs=1e-6)


@pytest.mark.parametrize("value", [0, 1, None])
def test_one_class_on_validation_is_said_in_words(value: int | None) -> None:
    y = pl.when(pl.col("split") == "validation").then(pl.lit(value, pl.Int8)).otherwise("y")

    found = stack(PREDICTIONS.with_columns(y=y))

    assert found.scores is None
    assert found.fitted is None
    assert "at least two addresses with confirmed alerts" in found.reason
