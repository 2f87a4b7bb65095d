"""Labelled alerts of one split, in the shape that tuning and training take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from alertmill.errors import ConfigurationError, OneClassError, UnknownNameError, WrongTypeError
from alertmill.training.data.inputs import kind_of, read_labels

KEYS = ("processing_date", "address", "alert_id")
DEVELOPMENT = "development"
"""Everything up to the last validation day: training, the embargo after it, and validation."""
SPLIT_NAMES = ("train", "validation", DEVELOPMENT, "test")


@dataclass(frozen=True)
class LabelledRows:
    """Alerts with a known label; row i of every member is the same alert."""

    X: pl.DataFrame
    """One Float64 column per feature, no keys; missing is null."""
    y: np.ndarray
    """Shape (n_alerts,), 1 for a confirmed alert, else 0."""
    weight: np.ndarray
    """Shape (n_alerts,), positive."""
    keys: pl.DataFrame
    """processing_date, address, alert_id."""

    @classmethod
    def of(cls, features: pl.DataFrame, targets: pl.DataFrame, *, split: str) -> Self:
        """Take the labelled rows of one split.

        Parameters
        ----------
        features : DataFrame
            Keys, then one column per feature.
        targets : DataFrame
            The same rows in the same order, with y (null: unlabelled), weight and split.
        split : str
            ``train``, ``validation``, ``test``, or ``development`` for all up to the last
            validation day.

        Raises
        ------
        OneClassError
            If the labelled rows of the split do not hold both classes.
        UnknownNameError
            If there is no such split.
        """
        if split not in SPLIT_NAMES:
            raise UnknownNameError.of("split", split, SPLIT_NAMES)
        chosen = _in_split(targets, split) & targets["y"].is_not_null()
        rows, marks = features.filter(chosen), targets.filter(chosen)
        y = marks["y"].to_numpy().astype(np.int8)
        positives = int(y.sum())
        if positives in (0, len(y)):
            raise OneClassError.of(split, positives=positives, negatives=len(y) - positives)
        return cls(
            X=rows.drop(KEYS), y=y, weight=marks["weight"].to_numpy(), keys=rows.select(KEYS)
        )

    def take(self, index: np.ndarray) -> Self:
        """Rows at the given positions, in that order."""
        return type(self)(
            X=self.X[index], y=self.y[index], weight=self.weight[index], keys=self.keys[index]
        )


def _in_split(targets: pl.DataFrame, split: str) -> pl.Series:
    if split != DEVELOPMENT:
        return targets["split"] == split
    dates = targets["processing_date"]
    return dates <= dates.filter(targets["split"] == "validation").max()


def check_rows(rows: object, name: str) -> None:
    """Refuse what are no labelled rows, or labelled rows whose members differ.

    Parameters
    ----------
    rows : LabelledRows
        Rows to fit on.
    name : str
        What the caller's argument is called.

    Raises
    ------
    WrongTypeError
        If it is something else, or a label is neither 0 nor 1.
    ConfigurationError
        If the members have different numbers of rows, or a weight is not positive.
    """
    if not isinstance(rows, LabelledRows):
        raise WrongTypeError(
            f"{name} is {kind_of(rows)}; expected LabelledRows. Call train(X, y) with frames."
        )
    counts = {
        "X": len(rows.X), "y": len(rows.y), "weight": len(rows.weight), "keys": len(rows.keys)
    }  # fmt: skip
    if len(set(counts.values())) > 1:
        found = ", ".join(f"{member} {n}" for member, n in counts.items())
        raise ConfigurationError(
            f"the members of {name} have different numbers of rows ({found}); expected one number."
        )
    read_labels(rows.y, n_rows=len(rows.X))
    if not (np.isfinite(rows.weight) & (rows.weight > 0)).all():
        raise ConfigurationError(
            f"a weight of {name} is missing, infinite or not above 0; expected positive weights."
        )
