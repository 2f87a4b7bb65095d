"""A mixture whose weights are learned: a logistic regression on the log-odds of two scores.

It is fitted on validation alone. Its scores of the test come from one fit on all of it. Those of
validation come from fits that saw no alert of the same address, so that choosing among candidates
by their validation value does not favour the one that was fitted there (Wolpert 1992).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.training.models.calibration import sigmoid

N_FOLDS = 5
STACKED = ("score", "score_logistic")
_LEAST_ADDRESSES = 2
_LEAST_PROBABILITY = 1e-6
"""Keeps the log-odds of a certain score finite."""


@dataclass(frozen=True)
class Stacking:
    """Probability 1 / (1 + exp(-(intercept + weights · log-odds))), no weight below 0."""

    intercept: float
    weights: tuple[float, ...]
    """In the order of `STACKED`; a negative one would turn a score's order round."""

    @classmethod
    def fit(cls, log_odds: np.ndarray, y: np.ndarray) -> Stacking:
        """Fit by maximum likelihood, on targets a little off 0 and 1 after Platt (1999).

        The smoothed targets keep the weights finite when the scores divide the classes wholly.

        Parameters
        ----------
        log_odds : ndarray of shape (n_alerts, n_scores)
            Log-odds of each score.
        y : ndarray of shape (n_alerts,)
            1 confirmed, 0 not; both must occur.
        """
        from scipy.optimize import minimize

        n_positives = float(y.sum())
        n_negatives = len(y) - n_positives
        target = np.where(y == 1, (n_positives + 1) / (n_positives + 2), 1 / (n_negatives + 2))
        design = np.column_stack([np.ones(len(y)), log_odds])

        def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
            z = design @ parameters
            value = np.logaddexp(0.0, z) - target * z
            gradient = design.T @ (sigmoid(z) - target)
            return float(value.mean()), gradient / len(y)

        n_scores = log_odds.shape[1]
        start = np.array([0.0, *[1 / n_scores] * n_scores])
        bounds = [(None, None), *[(0.0, None)] * n_scores]
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
        intercept, *weights = (float(value) for value in found.x)
        return cls(intercept, tuple(weights))

    def predict(self, log_odds: np.ndarray) -> np.ndarray:
        """Probabilities, shape (n_alerts,)."""
        return sigmoid(self.intercept + log_odds @ np.array(self.weights))


@dataclass(frozen=True)
class Stacked:
    """What stacking gave, or in words why it gave nothing."""

    scores: np.ndarray | None
    """In the order of the alerts."""
    fitted: Stacking | None
    """The fit on all of validation, which scores the test."""
    n_folds: int
    reason: str = ""


def stack(predictions: pl.DataFrame) -> Stacked:
    """Fit the mixture on validation, and score every alert.

    Parameters
    ----------
    predictions : DataFrame
        Validation and test alerts: address, split, y (null: unlabelled) and the columns of
        `STACKED`.
    """
    folds, n_folds = _folds_of(predictions)
    if n_folds < _LEAST_ADDRESSES:
        return Stacked(None, None, 0, _TOO_FEW)
    log_odds = _log_odds(predictions, STACKED)
    y = predictions["y"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    is_fitted_on = (folds >= 0) & ~np.isnan(y)
    fitted = Stacking.fit(log_odds[is_fitted_on], y[is_fitted_on])
    scores = fitted.predict(log_odds)
    for fold in range(n_folds):
        others, inside = is_fitted_on & (folds != fold), folds == fold
        scores[inside] = Stacking.fit(log_odds[others], y[others]).predict(log_odds[inside])
    return Stacked(scores, fitted, n_folds)


def _folds_of(predictions: pl.DataFrame) -> tuple[np.ndarray, int]:
    """Fold of every validation alert, -1 on the test, and how many folds there are.

    Addresses are dealt out in their order, those with a confirmed alert, those with cleared ones
    only and those without labels each by themselves, so that every fold holds both classes.
    """
    is_validation = pl.col("split").cast(pl.String) == "validation"
    kinds = (
        predictions.filter(is_validation)
        .group_by("address")
        .agg(kind=pl.col("y").max().cast(pl.Int64).fill_null(-1))
        .sort("address")
    )
    n_rarer = min(int((kinds["kind"] == kind).sum()) for kind in (0, 1))
    n_folds = min(N_FOLDS, n_rarer)
    if n_folds < _LEAST_ADDRESSES:
        return np.empty(0), n_folds
    dealt = kinds.select(
        "address", fold=pl.int_range(pl.len()).over("kind").mod(n_folds).cast(pl.Int64)
    )
    found = predictions.select("address", "split").join(
        dealt, on="address", how="left", validate="m:1", maintain_order="left"
    )
    fold = pl.when(is_validation).then("fold").otherwise(-1)
    return found.select(fold).to_series().to_numpy(), n_folds


def _log_odds(predictions: pl.DataFrame, columns: Sequence[str]) -> np.ndarray:
    scores = predictions.select(pl.col(name).cast(pl.Float64) for name in columns).to_numpy()
    p = np.clip(scores, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY)
    return np.asarray(np.log(p) - np.log1p(-p))


_TOO_FEW = (
    "stacking is fitted on validation and needs there at least two addresses with confirmed alerts "
    "and two with cleared ones only"
)
