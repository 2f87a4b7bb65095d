"""The model that ships: the chosen fit, made again on everything that is known before the test.

How many trees, which hyperparameters and which threshold are chosen on validation rows that the
trees have not seen. Then nothing keeps these rows, and those of the embargo before them, from
growing trees. What calibrates the new fit are scores of rows by fits that did not see them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.errors import OneClassError, TooFewSnapshotsError
from alertmill.training.data.inputs import to_matrix
from alertmill.training.data.rows import LabelledRows
from alertmill.training.data.splits import time_folds
from alertmill.training.models.bagging import average_texts
from alertmill.training.models.boosting import BoosterSettings, FittedBooster, grow_to
from alertmill.training.models.calibration import (
    IsotonicCalibrator,
    SigmoidCalibrator,
    fit_calibrator,
)
from alertmill.training.models.datasets import datasets_of
from alertmill.training.models.hyperparameters import Hyperparameters

if TYPE_CHECKING:
    from alertmill.training.models.model import AlertModel

MOST_PERIODS = 2
"""Of the rows that calibrate. Earlier ones would be scored by fits on much fewer rows."""
_RANDOM_FOLDS = 4

Folds = Sequence[tuple[np.ndarray, np.ndarray]]
"""Pairs of positions: rows to fit on, rows to score."""


@dataclass(frozen=True)
class RefitModel:
    """A model on all development rows, and what calibrated it."""

    model: AlertModel
    cross_fitted: pl.DataFrame
    """Columns of the keys, fold (from 1), y, log_odds and score: rows scored by fits that did not
    see them. Empty where there are too few days or addresses for a fold: then the calibrator is
    that of the fit that was stopped on validation."""


@dataclass(frozen=True)
class FixedFit:
    """Fits of a number of trees that is fixed, one a seed, as one text."""

    hyperparameters: Hyperparameters
    settings: BoosterSettings
    n_trees: int
    n_seeds: int
    categorical: tuple[str, ...]

    def text(self, rows: LabelledRows) -> str:
        """Return the model text of the mean of the fits with this seed and those after it."""
        datasets = datasets_of(
            rows,
            None,
            self.categorical,
            max_bin=self.hyperparameters.max_bin,
            is_grouped=self.settings.objective.is_grouped,
        )
        growing = [
            datasets.start(self.hyperparameters, self.settings.with_seed(self.settings.seed + n))
            for n in range(self.n_seeds)
        ]
        grow_to(growing, self.n_trees, n_threads=self.settings.n_threads)
        return average_texts([booster.text(self.n_trees) for booster in growing])

    def cross_fit(self, rows: LabelledRows, folds: Folds) -> pl.DataFrame:
        """Score the held-out rows of every fold; the columns of `RefitModel` without score."""
        parts = [
            rows.keys[held_out].with_columns(
                pl.lit(number).alias("fold"),
                pl.Series("y", rows.y[held_out]),
                pl.Series("log_odds", self._log_odds(rows.take(fit), rows.take(held_out))),
            )
            for number, (fit, held_out) in enumerate(folds, start=1)
        ]
        schema = {"fold": pl.Int32, "y": pl.Int8, "log_odds": pl.Float64}
        empty = rows.keys.clear().with_columns(
            pl.Series(name, [], kind) for name, kind in schema.items()
        )
        return pl.concat([empty, *parts])

    def _log_odds(self, fit: LabelledRows, held_out: LabelledRows) -> np.ndarray:
        booster = FittedBooster.of(self.text(fit), self.settings.n_threads)
        return booster.log_odds(to_matrix(held_out.X, fit.X.columns))


def calibrate(
    cross_fitted: pl.DataFrame, otherwise: SigmoidCalibrator | IsotonicCalibrator
) -> SigmoidCalibrator | IsotonicCalibrator:
    """Fit a calibrator on cross-fitted rows; without any, return the other one."""
    if cross_fitted.is_empty():
        return otherwise
    addresses = cross_fitted["address"] if "address" in cross_fitted.columns else None
    return fit_calibrator(
        cross_fitted["log_odds"].to_numpy(), cross_fitted["y"].to_numpy(), addresses
    )


def folds_in_time(rows: LabelledRows, *, embargo_days: int) -> Folds:
    """Return two folds in time, or one where the rows do not suffice for two; else none.

    A period is scored whole, with the addresses that its fit knows, because the model that ships
    will know them too: folds at new addresses only are harder, and shrink the scores too much.
    """
    dates = rows.keys["processing_date"]
    for n_splits in range(MOST_PERIODS, 0, -1):
        try:
            return time_folds(dates, rows.y, n_splits=n_splits, embargo_days=embargo_days)
        except (TooFewSnapshotsError, OneClassError):
            continue
    return []


def folds_at_random(rows: LabelledRows, *, seed: int) -> Folds:
    """Return four stratified folds of rows that have neither day nor address."""
    from sklearn.model_selection import StratifiedKFold

    folds = StratifiedKFold(_RANDOM_FOLDS, shuffle=True, random_state=seed)
    return list(folds.split(rows.y, rows.y))
