"""What the hyperparameter searches found: their trials, folds and choice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from alertmill.files import write_model, write_parquet
from alertmill.training.hyperparameters import SEARCH_SPACE, Dimension, Hyperparameters

TRIALS_FILE, IMPORTANCES_FILE, FOLDS_FILE = "trials.parquet", "importances.parquet", "folds.parquet"
CHOICE_FILE = "choice.json"


class Method(StrEnum):
    """How the points of a search are proposed."""

    GRID = "grid"
    RANDOM = "random"
    BAYESIAN = "bayesian"


class TuningChoice(BaseModel):
    """What the searches chose, and from where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    best: Hyperparameters
    best_method: Method
    best_value: float = Field(description="Mean of the metric over the folds.")
    metric: str = Field("average_precision", description="By which the trials were compared.")
    space: tuple[Dimension, ...] = SEARCH_SPACE


@dataclass(frozen=True)
class Tuning:
    """Three searches over the same folds, and what they chose."""

    trials: pl.DataFrame
    """One row per trial: method, number (from 0 within the method), value (mean of the metric
    over the folds), fold_values, fold_average_precision, fold_roc_auc (one value per fold),
    best_iteration, seconds, state, then one column per searched hyperparameter."""
    importances: pl.DataFrame
    """Columns hyperparameter, importance; falling, sums to 1. No rows with fewer than 4 trials."""
    folds: pl.DataFrame
    """One row per fold: fold, train_first, train_last, validation_first, validation_last, and of
    both sides n_alerts, n_positives, n_addresses (prefixed train_ or validation_)."""
    choice: TuningChoice

    @property
    def best(self) -> Hyperparameters:
        """Hyperparameters of the best trial."""
        return self.choice.best

    @property
    def best_method(self) -> Method:
        """Search that found them."""
        return self.choice.best_method

    @property
    def space(self) -> tuple[Dimension, ...]:
        """Range and scale of each searched hyperparameter."""
        return self.choice.space

    def save(self, folder: Path) -> list[Path]:
        """Write the three tables and the choice; returns their paths."""
        paths = [folder / n for n in (TRIALS_FILE, IMPORTANCES_FILE, FOLDS_FILE, CHOICE_FILE)]
        for path, table in zip(paths, (self.trials, self.importances, self.folds), strict=False):
            write_parquet(path, table)
        write_model(paths[-1], self.choice)
        return paths

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        return cls(
            trials=pl.read_parquet(folder / TRIALS_FILE),
            importances=pl.read_parquet(folder / IMPORTANCES_FILE),
            folds=pl.read_parquet(folder / FOLDS_FILE),
            choice=TuningChoice.model_validate_json((folder / CHOICE_FILE).read_text()),
        )
