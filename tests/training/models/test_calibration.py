"""Calibrators keep the order, mean what they say, and survive as JSON."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.samples import equal_weights
from alertmill.training.models.calibration import (
    IsotonicCalibrator,
    SigmoidCalibrator,
    fit_calibrator,
    parse_calibrator,
    sigmoid,
)
from tests.evaluation.factories import sample_of


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


def distorted_by_a_beta_map(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds 2 ln p - 1.2 ln(1 - p) + 0.5 of true probabilities p, and the outcomes."""
    probability = sigmoid(rng.normal(-1.5, 1.2, n))
    y = (rng.random(n) < probability).astype(np.int8)
    return 2.0 * np.log(probability) - 1.2 * np.log1p(-probability) + 0.5, y


def measured(y: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    sample = sample_of(y, probability)
    names = ("calibration_slope", "smooth_calibration_error", "calibration_error")
    return {n: float(METRIC_BY_NAME[n].compute(sample, equal_weights(sample))[0]) for n in names}


def recalibrate(n: int, *, seed: int) -> tuple[dict[str, float], dict[str, float]]:
    """Measure 20,000 later alerts before and after a calibration on n."""
    rng = np.random.default_rng(seed)
    calibrator = fit_calibrator(*distorted_by_a_beta_map(n, rng))
    log_odds, y = distorted_by_a_beta_map(20_000, rng)
    return measured(y, sigmoid(log_odds)), measured(y, calibrator.apply(log_odds))


@pytest.mark.slow
@pytest.mark.parametrize("n", [4_000, 12_000], ids=["sigmoid", "isotonic"])
def test_calibration_undoes_a_beta_map(n: int) -> None:
    before, after = recalibrate(n, seed=5)

    assert 0.85 < after["calibration_slope"] < 1.15
    assert after["smooth_calibration_error"] < 0.5 * before["smooth_calibration_error"]


@pytest.mark.heavy
@pytest.mark.parametrize("n", [4_000, 12_000], ids=["sigmoid", "isotonic"])
def test_calibration_undoes_a_beta_map_nearly_always(
    n: int, record_property: Callable[[str, object], None]
) -> None:
    pairs = [recalibrate(n, seed=seed) for seed in range(200)]

    slopes = np.array([after["calibration_slope"] for _, after in pairs])
    is_right = (slopes >= 0.9) & (slopes <= 1.1)
    kind = "sigmoid" if n == 4_000 else "isotonic"
    low, high = np.quantile(slopes, [0.025, 0.975])
    record_property(
        f"V10 slope after {kind} calibration on {n:,} alerts",
        f"mean {slopes.mean():.3f}, 95 % of 200 from {low:.3f} to {high:.3f}; "
        f"{is_right.mean():.1%} within 0.9 to 1.1",
    )
    for name in ("smooth_calibration_error", "calibration_error"):
        falls = np.array([1 - after[name] / before[name] for before, after in pairs])
        record_property(
            f"V10 fall of {name} by {kind} calibration",
            f"{falls.mean():.0%} in the mean, {falls.min():.0%} at the least",
        )
        assert falls.min() >= 0.5
    assert 0.9 <= slopes.mean() <= 1.1
    assert is_right.mean() >= 0.9
