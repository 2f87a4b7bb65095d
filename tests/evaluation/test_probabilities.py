"""Metrics of probabilities equal the references, and say nothing where nothing can be said."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from statsmodels.api import GLM, Logit, add_constant, families

from alertmill.evaluation.intervals import undefined_reason
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.probabilities import calibration_slope, smooth_calibration_error
from alertmill.evaluation.samples import Sample, Weights, address_draws, equal_weights
from tests.evaluation.factories import sample_of

SLOPE = METRIC_BY_NAME["calibration_slope"]


def draw(n: int = 400, *, sureness: float = 1.0, seed: int = 1) -> Sample:
    """Probabilities that are ``sureness`` times as far from one half, in log-odds, as they may."""
    rng = np.random.default_rng(seed)
    true_log_odds = rng.normal(-1.5, 1.2, n)
    return sample_of(rng.random(n) < expit(true_log_odds), expit(sureness * true_log_odds))


def log_odds(sample: Sample) -> np.ndarray:
    return np.log(sample.score) - np.log1p(-sample.score)


@pytest.mark.parametrize("decimals", [9, 1], ids=["distinct scores", "many ties"])
@pytest.mark.parametrize("sureness", [0.5, 2.0])
def test_the_calibration_slope_equals_the_logit_of_statsmodels(
    decimals: int, sureness: float
) -> None:
    drawn = draw(sureness=sureness)
    sample = sample_of(drawn.y, np.clip(drawn.score.round(decimals), 0.02, 0.98))

    found = calibration_slope(sample, equal_weights(sample))[0]

    fitted = Logit(sample.y, add_constant(log_odds(sample))).fit(disp=0, tol=1e-14, maxiter=100)
    assert found == pytest.approx(fitted.params[1], abs=1e-9)


def test_the_slopes_of_resamples_equal_weighted_regressions() -> None:
    sample = draw(sureness=1.5)
    weights = address_draws(sample.n_addresses, 20, seed=2).astype(float)

    found = calibration_slope(sample, Weights(weights))

    expected = [
        GLM(sample.y, add_constant(log_odds(sample)), family=families.Binomial(), freq_weights=row)
        .fit(tol=1e-14, maxiter=100)
        .params[1]
        for row in weights
    ]
    assert found == pytest.approx(np.array(expected), abs=1e-9)


def test_probabilities_that_are_twice_as_sure_have_a_slope_of_a_half() -> None:
    sample = draw(20_000, sureness=2.0)

    assert calibration_slope(sample, equal_weights(sample))[0] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    ("y", "score", "words"),
    [
        ([0, 0, 0, 0], [0.1, 0.2, 0.3, 0.4], "no confirmed alerts"),
        ([1, 1, 1, 1], [0.1, 0.2, 0.3, 0.4], "no alerts that were cleared"),
        ([0, 1, 0, 1], [0.3, 0.3, 0.3, 0.3], "no slope: all scores are the same"),
        ([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4], "no slope: a threshold separates the classes"),
        ([0, 0, 1, 1], [0.1, 0.2, 0.2, 0.4], "no slope: a threshold separates the classes"),
        ([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4], ""),
    ],
)
def test_a_slope_that_is_no_number_is_words(y: list[int], score: list[float], words: str) -> None:
    sample = sample_of(np.array(y), np.array(score))

    found = calibration_slope(sample, equal_weights(sample))[0]

    assert words == undefined_reason(SLOPE, sample, is_probability=True)
    assert bool(words) == bool(np.isnan(found))


@pytest.mark.parametrize("sureness", [1.0, 3.0])
def test_the_smooth_calibration_error_equals_its_definition(sureness: float) -> None:
    sample = draw(300, sureness=sureness, seed=4)

    found = smooth_calibration_error(sample, equal_weights(sample))[0]

    assert found == pytest.approx(direct_error(sample), abs=1e-4)


def test_the_smooth_calibration_error_of_one_score_is_its_gap() -> None:
    # mass at a point, spread over all of 0 to 1 by a kernel as wide as the gap, stays one gap
    sample = sample_of(np.array([1] * 3 + [0] * 7), np.full(10, 0.9))

    assert smooth_calibration_error(sample, equal_weights(sample))[0] == pytest.approx(0.6)


def direct_error(sample: Sample, *, n_points: int = 2001) -> float:
    """Smooth the residuals by sums over all alerts, and search the width that equals the error."""
    points = np.linspace(0, 1, n_points)
    score, residual = sample.score[:, None], (sample.y - sample.score)[:, None]
    low, high = 0.0, 1.0
    for _ in range(16):
        width = (low + high) / 2
        mirrored = [score + 2 * k for k in (-1, 0, 1)] + [-score + 2 * k for k in (-1, 0, 1)]
        kernel = sum(np.exp(-(((points - place) / width) ** 2) / 2) for place in mirrored)
        smooth = (residual * kernel).mean(axis=0) / (width * np.sqrt(2 * np.pi))
        if np.trapezoid(np.abs(smooth), points) > width:
            low = width
        else:
            high = width
    return (low + high) / 2
