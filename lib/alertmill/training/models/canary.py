"""A few rows with the scores that a model gave them, to tell whether it still gives them."""

from __future__ import annotations

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from alertmill.errors import CanaryScoresError

_N_ROWS = 8
_TOLERANCE = 1e-12
"""Another processor may round the exponential function differently, and nothing else."""


class Canary(BaseModel):
    """Feature rows without keys, and the calibrated probability that the model gave each."""

    # Infinity is no JSON number; as a string it comes back.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    rows: tuple[tuple[float | None, ...], ...]
    """In the order of the model's features; None where missing."""
    scores: tuple[float, ...]

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        if not self.rows or len(self.rows) != len(self.scores):
            raise ValueError(f"{len(self.rows)} rows and {len(self.scores)} scores")
        if len({len(row) for row in self.rows}) > 1:
            raise ValueError("the rows differ in length")
        return self

    @classmethod
    def choose(cls, X: np.ndarray, scores: np.ndarray) -> Self:
        """Take rows evenly from the lowest to the highest score; equal input, equal choice.

        Parameters
        ----------
        X : ndarray of shape (n_alerts, n_features)
            Float64, missing is nan.
        scores : ndarray of shape (n_alerts,)
            Calibrated probabilities.
        """
        order = np.argsort(scores, kind="stable")
        ranks = np.linspace(0, len(order) - 1, min(_N_ROWS, len(order))).astype(np.int64)
        chosen = order[ranks]
        rows = [tuple(None if np.isnan(v) else float(v) for v in row) for row in X[chosen]]
        return cls(rows=tuple(rows), scores=tuple(scores[chosen].tolist()))

    @property
    def matrix(self) -> np.ndarray:
        """The rows as float64, missing is nan, shape (n_rows, n_features)."""
        return np.array(self.rows, dtype=np.float64)

    def check(self, scores: np.ndarray, *, model_id: str) -> None:
        """Compare with what the model gives now.

        Raises
        ------
        CanaryScoresError
            If a score differs by more than 1e-12, or is no number.
        """
        distance = np.abs(scores - np.array(self.scores))
        worst = int(np.argmax(distance))  # a nan counts as the largest
        if not distance[worst] <= _TOLERANCE:
            raise CanaryScoresError.of(
                model_id, row=worst, expected=self.scores[worst], found=float(scores[worst])
            )

    @property
    def text(self) -> str:
        """JSON as it is stored."""
        return self.model_dump_json(indent=2) + "\n"
