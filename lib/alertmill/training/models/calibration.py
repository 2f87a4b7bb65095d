"""From the model's log-odds to probabilities that mean what they say.

A calibrator is fitted on rows that the trees never saw, is strictly or weakly increasing, and is
stored as plain numbers.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import polars as pl
from pydantic import ConfigDict, Field, TypeAdapter, model_validator

from alertmill.frozen_model import FrozenModel

MIN_ADDRESSES_FOR_ISOTONIC = 1000
"""Of the rarer class. Isotonic regression follows the noise of smaller samples, and alerts of one
address are hardly more than one; a sigmoid has two numbers to fit."""

_LEAST_SLOPE = 1e-3


class _Calibrator(FrozenModel):
    model_config = ConfigDict(allow_inf_nan=False)


class SigmoidCalibrator(_Calibrator):
    """Probability 1 / (1 + exp(-(slope * log_odds + intercept))), after Platt."""

    kind: Literal["sigmoid"] = "sigmoid"
    slope: float = Field(gt=0, description="Below 1 the model was too sure of itself.")
    intercept: float

    def apply(self, log_odds: np.ndarray) -> np.ndarray:
        """Probabilities, in the order of the input."""
        return sigmoid(self.slope * log_odds + self.intercept)


class IsotonicCalibrator(_Calibrator):
    """Piecewise linear and never falling; constant beyond the first and the last knot."""

    kind: Literal["isotonic"] = "isotonic"
    log_odds: tuple[float, ...] = Field(min_length=1, description="Knots, rising.")
    probabilities: tuple[float, ...] = Field(min_length=1, description="Value at each knot.")

    @model_validator(mode="after")
    def _check_knots(self) -> IsotonicCalibrator:
        if len(self.log_odds) != len(self.probabilities):
            raise ValueError("log_odds and probabilities differ in length")
        if np.any(np.diff(self.log_odds) <= 0) or np.any(np.diff(self.probabilities) < 0):
            raise ValueError("knots must rise and probabilities must not fall")
        if not 0 < self.probabilities[0] <= self.probabilities[-1] < 1:
            raise ValueError("probabilities must lie between 0 and 1")
        return self

    def apply(self, log_odds: np.ndarray) -> np.ndarray:
        """Probabilities, in the order of the input; equal ones where the curve is flat."""
        return np.asarray(np.interp(log_odds, self.log_odds, self.probabilities))


Calibrator = Annotated[SigmoidCalibrator | IsotonicCalibrator, Field(discriminator="kind")]

_ADAPTER: TypeAdapter[SigmoidCalibrator | IsotonicCalibrator] = TypeAdapter(Calibrator)


def parse_calibrator(text: str) -> SigmoidCalibrator | IsotonicCalibrator:
    """Read a calibrator from its JSON; refuses curves that fall."""
    return _ADAPTER.validate_json(text)


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    """Turn log-odds into probabilities without overflow.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    decay = np.exp(-np.abs(log_odds))
    return np.asarray(np.where(log_odds >= 0, 1.0, decay) / (1.0 + decay))


def fit_calibrator(
    log_odds: np.ndarray, y: np.ndarray, addresses: pl.Series | None = None
) -> SigmoidCalibrator | IsotonicCalibrator:
    """Fit the calibrator that the number of addresses of the rarer class allows.

    Rows count equally, whatever the confidence of their labels, because the probabilities are
    read and measured per alert.

    Parameters
    ----------
    log_odds : ndarray of shape (n_alerts,)
        Uncalibrated output of the model on rows it was not fitted on.
    y : ndarray of shape (n_alerts,)
        1 for a confirmed alert, else 0; both must occur.
    addresses : Series, optional
        Address of each row; without it every row counts as one of its own.
    """
    if _rarer_addresses(y, addresses) >= MIN_ADDRESSES_FOR_ISOTONIC:
        return _fit_isotonic(log_odds, y)
    return _fit_sigmoid(log_odds, y)


def _rarer_addresses(y: np.ndarray, addresses: pl.Series | None) -> int:
    if addresses is None:
        return int(min(y.sum(), len(y) - y.sum()))
    return min(addresses.filter(pl.Series(y == label)).n_unique() for label in (0, 1))


def _fit_sigmoid(log_odds: np.ndarray, y: np.ndarray) -> SigmoidCalibrator:
    from sklearn.linear_model import LogisticRegression

    n_positives = int(y.sum())
    n_negatives = len(y) - n_positives
    # Platt's targets stay off 0 and 1, so that a perfect separation keeps a finite slope. Each
    # row enters once per class, weighted with its target.
    target = np.where(y == 1, (n_positives + 1) / (n_positives + 2), 1 / (n_negatives + 2))
    fitted = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(
        np.concatenate([log_odds, log_odds]).reshape(-1, 1),
        np.repeat([1, 0], len(y)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if slope < _LEAST_SLOPE:
        # The model ranks no better than chance on these rows: give everyone about the base rate,
        # but never turn the model's order round.
        slope, intercept = _LEAST_SLOPE, float(np.log(target.mean() / (1 - target.mean())))
    return SigmoidCalibrator(slope=slope, intercept=intercept)


def _fit_isotonic(log_odds: np.ndarray, y: np.ndarray) -> IsotonicCalibrator:
    from sklearn.isotonic import IsotonicRegression

    # A probability of exactly 0 or 1 would be a certainty that n rows cannot give.
    margin = 1.0 / (len(y) + 2)
    fitted = IsotonicRegression(y_min=margin, y_max=1 - margin).fit(log_odds, y)
    return IsotonicCalibrator(
        log_odds=tuple(fitted.X_thresholds_.tolist()),
        probabilities=tuple(fitted.y_thresholds_.tolist()),
    )
