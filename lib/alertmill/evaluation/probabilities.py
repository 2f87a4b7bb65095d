"""The metrics of probabilities: whether a score of 10 % means one in ten.

They take and return what the others in `alertmill.evaluation.metrics` do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from alertmill.evaluation.samples import Sample, Weights, ratio, starts_of_ties, weighted_mean

if TYPE_CHECKING:
    from scipy.sparse import coo_array

N_CALIBRATION_BINS = 10
_GRID = 512
_HALVINGS = 20
_MOST_STEPS = 50
_SMALL_STEP = 1e-5
"""Newton steps square the error: after one this small, what is left is about 1e-10."""


def brier_score(sample: Sample, weights: Weights) -> np.ndarray:
    """Mean squared distance between probability and outcome."""
    rows = sample.labelled
    return weighted_mean((sample.score[rows] - sample.y[rows]) ** 2, weights.of(rows))


def log_loss(sample: Sample, weights: Weights) -> np.ndarray:
    """Mean negative log-likelihood of the outcomes; probabilities kept one epsilon off 0 and 1."""
    rows = sample.labelled
    epsilon = np.finfo(np.float64).eps
    probability = np.clip(sample.score[rows], epsilon, 1 - epsilon)
    y = sample.y[rows]
    loss = -(y * np.log(probability) + (1 - y) * np.log1p(-probability))
    return weighted_mean(loss, weights.of(rows))


def calibration_error(sample: Sample, weights: Weights) -> np.ndarray:
    """Mean distance between probability and true share over ten bins of as many alerts each.

    The adaptive calibration error of Nixon et al. 2019 for two classes: bins follow the scores, so
    that none is empty; alerts of one score share the places that they take in several bins. By
    chance alone it lies above 0, the further the fewer alerts there are.
    """
    rows = sample.labelled
    member = bin_shares(sample.score[rows], N_CALIBRATION_BINS)
    gaps = weights.of(rows) @ (member * (sample.score[rows] - sample.y[rows])[:, None])
    return ratio(np.abs(gaps).sum(axis=1), weights.of(rows).sum(axis=1))


def bin_shares(score: np.ndarray, n_bins: int) -> np.ndarray:
    """Share of each score in bins of as many scores each, from the lowest up.

    Returns
    -------
    ndarray of shape (n_scores, n_bins)
        0 or 1, but between them for equal scores that lie on an edge: they share both sides.
    """
    order = np.argsort(score, kind="stable")
    starts = starts_of_ties(score[order])
    ends = np.r_[starts[1:], len(order)]
    edges = -(-np.arange(n_bins + 1) * len(order) // n_bins)
    inside = np.minimum(ends[:, None], edges[1:]) - np.maximum(starts[:, None], edges[:-1])
    of_tie = np.clip(inside, 0, None) / (ends - starts)[:, None]
    shares = np.empty((len(order), n_bins))
    shares[order] = np.repeat(of_tie, ends - starts, axis=0)
    return shares


def calibration_bias(sample: Sample, weights: Weights) -> np.ndarray:
    """Mean probability minus the share of true alerts; above 0 the model warns too much."""
    rows = sample.labelled
    return weighted_mean(sample.score[rows] - sample.y[rows], weights.of(rows))


def calibration_slope(sample: Sample, weights: Weights) -> np.ndarray:
    """Slope of a logistic regression of the outcome on the log-odds of the probability (Cox 1958).

    1 where probabilities are neither too sure nor too shy; below 1 they are too extreme. The
    regression has an intercept. No value where one class is missing, or where some score has all
    of one class at or above it and all of the other at or below it: the slope is infinite then.
    """
    rows = sample.labelled
    row_weights = weights.of(rows)
    slope = np.full(len(row_weights), np.nan)
    log_odds = _log_odds(sample.score[rows])
    is_mixed = _overlaps(log_odds, sample.y[rows], row_weights)
    if is_mixed.any():
        slope[is_mixed] = _fit_slope(log_odds, sample.y[rows], row_weights[is_mixed])
    return slope


def smooth_calibration_error(sample: Sample, weights: Weights) -> np.ndarray:
    """Mean distance between probability and true share, smoothed instead of binned.

    smECE of Błasiok and Nakkiran (2024): the integral of the absolute residual, smoothed by a
    Gaussian kernel that is reflected at 0 and 1, at the width that equals the error itself. Like
    the binned error it lies above 0 by chance.
    """
    from scipy.fft import dct, idct

    rows = sample.labelled
    if not len(rows):
        return np.full(len(weights.matrix), np.nan)
    row_weights = weights.of(rows)
    residual = row_weights * (sample.y[rows] - sample.score[rows])
    mass = (_onto_grid(sample.score[rows]) @ residual.T).T
    # The reflected kernel only damps the cosines that the residual is made of.
    waves = dct(ratio(mass, row_weights.sum(axis=1, keepdims=True)), axis=1)
    frequency = np.pi * np.arange(_GRID)
    low, high = np.zeros(len(mass)), np.ones(len(mass))
    for _ in range(_HALVINGS):
        width = (low + high) / 2
        damped = waves * np.exp(-((width[:, None] * frequency) ** 2) / 2)
        is_above = np.abs(idct(damped, axis=1)).sum(axis=1) > width
        low, high = np.where(is_above, width, low), np.where(is_above, high, width)
    return np.where(np.isnan(waves).any(axis=1), np.nan, (low + high) / 2)


def _onto_grid(score: np.ndarray) -> coo_array:
    """Share each score between the two grid points beside it, shape (n_points, n_scores)."""
    from scipy.sparse import coo_array

    place = np.clip(score * _GRID - 0.5, 0, _GRID - 1)
    below = np.minimum(place.astype(np.int64), _GRID - 2)
    upper = place - below
    column = np.arange(len(score))
    return coo_array(
        (np.r_[1 - upper, upper], (np.r_[below, below + 1], np.r_[column, column])),
        shape=(_GRID, len(score)),
    )


def slope_obstacle(sample: Sample) -> str:
    """Why the calibration slope of labelled alerts of both classes is not finite; else empty."""
    rows = sample.labelled
    log_odds = _log_odds(sample.score[rows])
    if _overlaps(log_odds, sample.y[rows], np.ones((1, len(rows)))).all():
        return ""
    if np.ptp(log_odds) == 0:
        return "no slope: all scores are the same"
    return "no slope: a threshold separates the classes"


def _log_odds(score: np.ndarray) -> np.ndarray:
    epsilon = np.finfo(np.float64).eps
    probability = np.clip(score, epsilon, 1 - epsilon)
    return np.asarray(np.log(probability) - np.log1p(-probability))


def _overlaps(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return True if each class has a value above some of the other: the likelihood has a maximum.

    The condition of Albert and Anderson (1984) for one variable and an intercept.
    """
    if not len(x):
        return np.zeros(len(weights), dtype=bool)
    ends = []
    for of_class in (y == 1, y == 0):
        counted = (weights > 0) & of_class
        ends.append(
            (np.where(counted, x, np.inf).min(axis=1), np.where(counted, x, -np.inf).max(axis=1))
        )
    (low_true, high_true), (low_false, high_false) = ends
    return np.asarray((high_true > low_false) & (high_false > low_true))


def _fit_slope(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fit by Newton steps, all weightings at once; nan where they do not settle."""
    centre, spread = x.mean(), x.std()
    z = (x - centre) / spread
    # Resamples lie near what they have in common: from there few steps are left.
    start = _newton(z, y, weights.sum(axis=0, keepdims=True), np.zeros((1, 2)))
    return np.asarray(_newton(z, y, weights, start)[:, 1] / spread)


def _newton(z: np.ndarray, y: np.ndarray, weights: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Intercept and slope of every weighting, from one start for all."""
    beta, step = start, np.full_like(start, np.inf)
    for _ in range(_MOST_STEPS):
        step = _newton_step(z, y, weights, beta)
        beta = beta + step
        if np.abs(step).max() < _SMALL_STEP:
            break
    is_settled = np.abs(step).max(axis=1, keepdims=True) < _SMALL_STEP
    return np.where(is_settled, beta, np.nan)


def _newton_step(z: np.ndarray, y: np.ndarray, weights: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Step of intercept and slope, each at most 1 wide; shape (n_weightings, 2)."""
    from scipy.special import expit

    probability = expit(beta[:, :1] + beta[:, 1:] * z)
    powers = np.stack([np.ones_like(z), z, z**2], axis=1)
    p, q = (weights * (y - probability) @ powers[:, :2]).T
    a, b, c = (weights * (probability * (1 - probability)) @ powers).T
    step = np.stack([c * p - b * q, a * q - b * p], axis=1) / (a * c - b**2)[:, None]
    return np.asarray(np.clip(step, -1.0, 1.0))
