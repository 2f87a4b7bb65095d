"""What the leak screen looks at: the rows before the test range, and how they were made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.features.catalogue import FeatureCatalogue

if TYPE_CHECKING:
    from alertmill.training.data.extracted import TrainingData

BEFORE_TEST = ("train", "validation")


@dataclass(frozen=True)
class Votes:
    """Rows as votes of addresses: one that alerts every day counts as much as one that did once."""

    y: np.ndarray
    """Shape (n_rows,), bool: which of two groups a row belongs to."""
    unit: np.ndarray
    """Shape (n_rows,): number of the row's address within its group, from 0."""
    weight: np.ndarray
    """Shape (n_rows,): the weights of a unit's rows add up to 1."""

    @classmethod
    def of(cls, addresses: pl.Series, y: np.ndarray) -> Votes:
        """Return every address one vote in each group it has rows in."""
        pairs = pl.DataFrame({"address": addresses, "y": y})
        unit = pairs.select(pl.struct("y", "address").rank("dense") - 1).to_series().to_numpy()
        unit = unit.astype(np.int64)
        return cls(y=y, unit=unit, weight=1.0 / np.bincount(unit)[unit])


@dataclass(frozen=True)
class Subject:
    """Features and targets of one run, and the means to build the features again.

    Rows of the test range are no part of it: what is measured here may not depend on them.
    """

    features: pl.DataFrame
    """Keys, then one column per feature; rows of training and validation, in any order."""
    targets: pl.DataFrame
    """The same rows in the same order, with y (null: unlabelled), weight and split."""
    catalogue: FeatureCatalogue
    """What the features mean; columns without a definition are foreign, and screened as well."""
    data: TrainingData
    """What the features were built from, the whole range."""
    build: Callable[[TrainingData], pl.DataFrame]
    """Builds the features of any data: what the run did, to be done again with less."""
    limit: float
    """Largest ROC AUC that a single feature may have."""
    n_folds: int
    embargo_days: int
    seed: int

    @classmethod
    def of(  # noqa: PLR0913 - the fields, with the test range taken out
        cls,
        features: pl.DataFrame,
        targets: pl.DataFrame,
        catalogue: FeatureCatalogue,
        *,
        data: TrainingData,
        build: Callable[[TrainingData], pl.DataFrame],
        limit: float,
        n_folds: int,
        embargo_days: int,
        seed: int,
    ) -> Subject:
        """Take the rows before the test range; parameters as the fields."""
        kept = targets["split"].cast(pl.String).is_in(list(BEFORE_TEST))
        return cls(
            features=features.filter(kept),
            targets=targets.filter(kept),
            catalogue=catalogue,
            data=data,
            build=build,
            limit=limit,
            n_folds=n_folds,
            embargo_days=embargo_days,
            seed=seed,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """All feature columns, declared or foreign."""
        return tuple(name for name in self.features.columns if name not in KEYS)

    @property
    def categorical(self) -> frozenset[str]:
        """Features that hold codes, whose order means nothing."""
        return frozenset(self.catalogue.categorical)

    @cached_property
    def train(self) -> pl.DataFrame:
        """All training rows, labelled or not, with y beside the features."""
        y = self.targets["y"]
        rows = self.features.with_columns(y.cast(pl.Float64).alias("y"))
        return rows.filter(self.targets["split"].cast(pl.String) == "train")

    @cached_property
    def labelled(self) -> LabelledRows:
        """Labelled training rows."""
        return LabelledRows.of(self.features, self.targets, split="train")
