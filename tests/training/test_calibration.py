"""Calibrators keep the order, mean what they say, and survive as JSON."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from alertmill.training.calibration import (
    IsotonicCalibrator,
    SigmoidCalibrator,
    fit_calibrator,
    parse_calibrator,
    sigmoid,
)


def distorted(n: int, *, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of a model that is twice as sure as it may be, and the outcomes."""
    rng = np.random.default_rng(seed)
    true_log_odds = rng.normal(-1.5, 1.2, n)
    y = (rng.random(n) < sigmoid(true_log_odds)).astype(np.int8)
    return 2.0 * true_log_odds + 1.0, y


def slope_of(probabilities: np.ndarray, y: np.ndarray) -> float:
    log_odds = np.log(probabilities / (1 - probabilities)).reshape(-1, 1)
    return float(LogisticRegression(C=np.inf).fit(log_odds, y).coef_[0, 0])


def test_few_positives_get_a_sigmoid() -> None:
    log_odds, y = distorted(2_000)

    assert isinstance(fit_calibrator(log_odds, y), SigmoidCalibrator)


def test_many_positives_get_an_isotonic_curve() -> None:
    log_odds, y = distorted(8_000)

    assert isinstance(fit_calibrator(log_odds, y), IsotonicCalibrator)


def test_a_sigmoid_undoes_a_known_distortion() -> None:
    calibrator = fit_calibrator(*distorted(3_000))

    assert isinstance(calibrator, SigmoidCalibrator)
    assert calibrator.slope == pytest.approx(0.5, abs=0.06)
    assert calibrator.intercept == pytest.approx(-0.5, abs=0.12)


@pytest.mark.parametrize("n", [3_800, 20_000])
def test_calibration_improves_later_probabilities(n: int) -> None:
    calibrator = fit_calibrator(*distorted(n))
    log_odds, y = distorted(20_000, seed=4)

    before, after = sigmoid(log_odds), calibrator.apply(log_odds)

    least = log_loss(y, sigmoid((log_odds - 1.0) / 2.0))  # of the true probabilities
    assert log_loss(y, after) - least < 0.1 * (log_loss(y, before) - least)
    assert brier_score_loss(y, after) < brier_score_loss(y, before)
    assert 0.9 < slope_of(after, y) < 1.1


@pytest.mark.parametrize("n", [2_000, 20_000])
def test_a_higher_score_never_gets_a_lower_probability(n: int) -> None:
    calibrator = fit_calibrator(*distorted(n))

    probabilities = calibrator.apply(np.linspace(-50, 50, 1_001))

    assert (np.diff(probabilities) >= 0).all()
    assert 0 <= probabilities[0] <= probabilities[-1] <= 1


def test_no_isotonic_probability_is_certain() -> None:
    y = np.repeat([0, 1], 1_500).astype(np.int8)

    probabilities = fit_calibrator(y * 10.0 - 5.0, y).apply(np.array([-100.0, 100.0]))

    assert 0 < probabilities[0] < 0.01
    assert 0.99 < probabilities[1] < 1


def test_perfect_separation_keeps_finite_numbers() -> None:
    calibrator = fit_calibrator(np.array([-3.0, -2.0, 2.0, 3.0]), np.array([0, 0, 1, 1]))

    assert isinstance(calibrator, SigmoidCalibrator)
    assert calibrator.slope < 10


def test_a_model_that_ranks_backwards_is_not_turned_round() -> None:
    log_odds, y = distorted(2_000)

    probabilities = fit_calibrator(-log_odds, y).apply(np.array([-2.0, 0.0, 2.0]))

    assert (np.diff(probabilities) > 0).all()
    assert probabilities == pytest.approx(np.full(3, y.mean()), abs=0.01)


@pytest.mark.parametrize("n", [2_000, 20_000])
def test_json_gives_the_same_numbers_back(n: int) -> None:
    calibrator = fit_calibrator(*distorted(n))

    assert calibrator == parse_calibrator(calibrator.model_dump_json())


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "sigmoid", "slope": -1.0, "intercept": 0.0}',
        '{"kind": "sigmoid", "slope": 1.0, "intercept": NaN}',
        '{"kind": "isotonic", "log_odds": [0.0, 1.0], "probabilities": [0.9, 0.1]}',
        '{"kind": "isotonic", "log_odds": [1.0, 0.0], "probabilities": [0.1, 0.9]}',
        '{"kind": "isotonic", "log_odds": [0.0], "probabilities": [1.5]}',
        '{"kind": "pickle"}',
    ],
)
def test_a_curve_that_falls_or_is_no_curve_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_calibrator(text)
