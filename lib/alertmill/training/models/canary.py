"""A few rows with the scores that a model gave them, to tell whether it still gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, model_validator

from alertmill.errors import CanaryScoresError

if TYPE_CHECKING:
    from alertmill.training.models.meanings import FeatureMeanings

_N_ROWS = 8
_TOLERANCE = 1e-12
"""Another processor may round the exponential function differently, and nothing else."""


class Canary(BaseModel):
    """Feature rows without keys, and the calibrated probability that the model gave each."""

    # Infinity is no JSON number; as a string it comes back.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    rows: tuple[tuple[float | None, ...], ...]
    """In the order of the model's features; None where missing, and where a category has a name."""
    scores: tuple[float, ...]
    categories: dict[str, tuple[str | None, ...]] = {}
    """Of each categorical feature the name in each row, where the model knows names."""

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

    def with_names(self, meanings: FeatureMeanings) -> Self:
        """Return the same rows with the names of categories in place of their codes.

        Raises
        ------
        WrongTypeError
            If a code has no name.
        """
        names = [feature.name for feature in meanings.features]
        frame = pl.DataFrame(self.rows, schema=dict.fromkeys(names, pl.Float64), orient="row")
        named = meanings.name_codes(frame).select(list(meanings.categories))
        emptied = frame.with_columns(pl.lit(None).alias(name) for name in named.columns)
        texts = {column.name: tuple(column) for column in named}
        return self.model_copy(update={"rows": tuple(emptied.iter_rows()), "categories": texts})

    def matrix(self, names: Sequence[str], meanings: FeatureMeanings | None = None) -> np.ndarray:
        """Return the rows as float64, missing is nan, shape (n_rows, n_features).

        Parameters
        ----------
        names : sequence of str
            Features of the model, in their order.
        meanings : FeatureMeanings, optional
            Of the model, by which names of categories are coded.
        """
        if meanings is None:
            return np.array(self.rows, dtype=np.float64)
        frame = pl.DataFrame(self.rows, schema=dict.fromkeys(names, pl.Float64), orient="row")
        texts = [pl.Series(name, held, pl.String) for name, held in self.categories.items()]
        return meanings.code_names(frame.with_columns(texts)).to_numpy()

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
