"""What the hyperparameter searches found: their trials, folds and choice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import polars as pl
from pydantic import Field

from alertmill.files import write_model, write_parquet
from alertmill.frozen_model import FrozenModel
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.search_spaces import SearchSpace
from alertmill.training.tuning.gain import Gain

TRIALS_FILE, IMPORTANCES_FILE, FOLDS_FILE = "trials.parquet", "importances.parquet", "folds.parquet"
SEEDS_FILE, CHOICE_FILE = "seeds.parquet", "choice.json"


class Method(StrEnum):
    """How the points of a search are proposed."""

    GRID = "grid"
    RANDOM = "random"
    BAYESIAN = "bayesian"


class TrialState(StrEnum):
    """How a trial ended."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    """Stopped early, among the worst at equal progress."""
    FAILED = "failed"
    """Given up, because it ended every worker that tried it."""


class Ending(StrEnum):
    """What ended a search."""

    TRIALS = "trials"
    MINUTES = "minutes"


class TuningChoice(FrozenModel):
    """What the searches chose, from where, and whether it ships."""

    best: Hyperparameters = Field(description="Of the best trial: the choice of the searches.")
    best_method: Method
    best_value: float = Field(description="Mean of the metric over the folds.")
    metric: str = Field("average_precision", description="By which the trials were compared.")
    space: SearchSpace
    ended_by: Ending = Ending.TRIALS
    n_planned: int = Field(description="Trials that were asked for.")
    max_minutes: float | None = None
    gain: Gain | None = Field(
        None,
        description="Of the best trial above the defaults. None: the defaults were not measured, "
        "or the run is from before gains had to be proven.",
    )

    @property
    def ships_defaults(self) -> bool:
        """Whether the model is trained with the defaults: the best trial, or not proven worse."""
        unproven = self.gain is not None and not self.gain.is_proven
        return unproven or self.best == self.space.default

    @property
    def shipped(self) -> Hyperparameters:
        """Return what the model is trained with."""
        return self.space.default if self.ships_defaults else self.best


@dataclass(frozen=True)
class Tuning:
    """Three searches over the same folds, and what they chose."""

    trials: pl.DataFrame
    """One row per trial, in the order of the plan: method, number (from 0 within the method),
    value (mean of the metric over the folds; null unless complete), last_value (the same, of a
    pruned trial when it was stopped), fold_values, fold_average_precision, fold_roc_auc (one value
    per fold), best_iteration, seconds, state, then one column per searched hyperparameter."""
    importances: pl.DataFrame
    """Columns hyperparameter, importance; falling, sums to 1. No rows with fewer than 4 trials."""
    folds: pl.DataFrame
    """One row per fold: fold, train_first, train_last, validation_first, validation_last, and of
    both sides n_alerts, n_positives, n_addresses (prefixed ``train_`` or ``validation_``)."""
    choice: TuningChoice
    seeds: pl.DataFrame
    """The best trial and the default hyperparameters with other seeds: candidate (chosen or
    default), seed, is_search_seed, value, fold_values. The seed of the search comes first; no rows
    if no other seed was asked for."""

    @property
    def complete(self) -> pl.DataFrame:
        """The trials that were neither pruned nor given up."""
        return self.trials.filter(state=TrialState.COMPLETE.value)

    @property
    def best_trial(self) -> dict[str, Any]:
        """The row of the chosen trial: the first of those with the highest value."""
        return best_row(self.trials)

    @property
    def shipped_trial(self) -> dict[str, Any]:
        """The row of the trial whose hyperparameters the model is trained with."""
        shipped = [pl.col(n) == getattr(self.shipped, n) for n in self.space.names]
        return best_row(self.complete.filter(*shipped))

    @property
    def best(self) -> Hyperparameters:
        """Hyperparameters of the best trial."""
        return self.choice.best

    @property
    def shipped(self) -> Hyperparameters:
        """What the model is trained with: the best ones, if their gain is proven."""
        return self.choice.shipped

    @property
    def best_method(self) -> Method:
        """Search that found them."""
        return self.choice.best_method

    @property
    def space(self) -> SearchSpace:
        """What was searched, and where."""
        return self.choice.space

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write the four tables and the choice; returns their paths."""
        folder = Path(folder)
        tables = {
            TRIALS_FILE: self.trials,
            IMPORTANCES_FILE: self.importances,
            FOLDS_FILE: self.folds,
            SEEDS_FILE: self.seeds,
        }
        for name, table in tables.items():
            write_parquet(folder / name, table)
        write_model(folder / CHOICE_FILE, self.choice)
        return [folder / name for name in (*tables, CHOICE_FILE)]

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote."""
        folder = Path(folder)
        return cls(
            trials=pl.read_parquet(folder / TRIALS_FILE),
            importances=pl.read_parquet(folder / IMPORTANCES_FILE),
            folds=pl.read_parquet(folder / FOLDS_FILE),
            choice=TuningChoice.model_validate_json(
                (folder / CHOICE_FILE).read_text(encoding="utf-8")
            ),
            seeds=pl.read_parquet(folder / SEEDS_FILE),
        )


def best_row(trials: pl.DataFrame) -> dict[str, Any]:
    """Return the first of the complete trials with the highest value."""
    complete = trials.filter(pl.col("value").is_not_null())
    return complete.sort("value", descending=True, maintain_order=True).row(0, named=True)


def trials_table(records: Sequence[dict[str, Any]], space: SearchSpace) -> pl.DataFrame:
    """Make the table of the trials; what a record lacks is null."""
    folds = pl.List(pl.Float64)
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "method": pl.String,
        "number": pl.Int64,
        "value": pl.Float64,
        "last_value": pl.Float64,
        "fold_values": folds,
        "fold_average_precision": folds,
        "fold_roc_auc": folds,
        "best_iteration": pl.Int64,
        "seconds": pl.Float64,
        "state": pl.String,
        **{d.name: pl.Int64 if d.kind == "int" else pl.Float64 for d in space.dimensions},
    }
    return pl.DataFrame(list(records), schema=schema)
