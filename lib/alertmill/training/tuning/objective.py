"""What a trial of a hyperparameter search is measured on: folds of the training rows."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from alertmill.frozen_model import FrozenModel
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.boosting import BoosterSettings, FoldDatasets, grow_in_step
from alertmill.training.models.datasets import datasets_of
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.search_spaces import SearchSpace

Fold = tuple[np.ndarray, np.ndarray]

_STEP, _ROUNDING = 2, 1e-9


def split_folds(rows: LabelledRows, n_splits: int, embargo_days: int) -> list[Fold]:
    """Divide training rows by time and address; see `TimeAddressFolds`."""
    from alertmill.training.data.splits import TimeAddressFolds

    folds = TimeAddressFolds(n_splits=n_splits, embargo_days=embargo_days)
    return list(folds.split(rows.X, rows.y, rows.keys))


class Measured(FrozenModel):
    """What a trial found; of a pruned one, at the best number of trees until it was stopped."""

    fold_values: tuple[float, ...]
    """Of the metric that the search compares."""
    fold_average_precision: tuple[float, ...]
    fold_roc_auc: tuple[float, ...]
    best_iteration: int
    seconds: float

    @property
    def value(self) -> float:
        """Mean over the folds."""
        return float(np.mean(self.fold_values))


IsHopeless = Callable[[int, float], bool]
"""Told the progress of a trial and its value so far; whether to stop it. See `progress_of`."""


def progress_of(n_trees: int, learning_rate: float) -> int:
    """How far a fit has come: the sum of the learning rates of its trees, in whole steps of 2.

    Boosting with small steps follows one path, along which n trees at rate r lead as far as 2 n
    trees at r / 2 (Friedman 2001, on shrinkage). So trials with different rates are comparable at
    equal progress, and are not at equal numbers of trees.

    Examples
    --------
    >>> progress_of(20, 0.1), progress_of(40, 0.05), progress_of(39, 0.1), progress_of(40, 0.1)
    (1, 1, 1, 2)
    """
    return int(n_trees * learning_rate / _STEP + _ROUNDING)


class FoldObjective:
    """Measures hyperparameters on folds whose rows are binned once.

    One trial at a time: a fit sets the weights of the shared rows, so trials at the same time need
    an objective each.
    """

    def __init__(
        self,
        rows: LabelledRows,
        folds: Sequence[Fold],
        *,
        settings: BoosterSettings,
        categorical: Sequence[str],
        max_bin: int,
    ) -> None:
        self._settings = replace(settings, n_threads=1)
        self._n_threads = settings.n_threads
        self._datasets: list[FoldDatasets] = [
            datasets_of(
                rows.take(fit),
                rows.take(held_out),
                categorical,
                max_bin=max_bin,
                is_grouped=settings.objective.is_grouped,
            )
            for fit, held_out in folds
        ]

    def measure(
        self,
        hyperparameters: Hyperparameters,
        *,
        seed: int | None = None,
        is_hopeless: IsHopeless | None = None,
    ) -> Measured:
        """Fit all folds.

        Parameters
        ----------
        hyperparameters : Hyperparameters
            What to fit with.
        seed : int, optional
            Another seed than that of the settings.
        is_hopeless : callable, optional
            Asked when the progress of the fits is 1, 2, 4, 8 and so on; see `progress_of`.
        """
        started = time.perf_counter()
        settings = self._settings if seed is None else replace(self._settings, seed=seed)
        boosters = [d.start(hyperparameters, settings) for d in self._datasets]
        selected = settings.objective.selection_metric
        rate = hyperparameters.learning_rate

        def watch(n_trees: int, at_best: tuple[dict[str, float], ...]) -> bool:
            progress = progress_of(n_trees, rate)
            is_new = progress > progress_of(n_trees - 1, rate) and progress.bit_count() == 1
            if is_hopeless is None or not is_new:
                return False
            return is_hopeless(progress, float(np.mean([m[selected] for m in at_best])))

        growth = grow_in_step(
            boosters, hyperparameters, n_threads=self._n_threads, is_hopeless=watch
        )
        at_best = growth.at_best()
        return Measured(
            fold_values=tuple(metrics[selected] for metrics in at_best),
            fold_average_precision=tuple(metrics["average_precision"] for metrics in at_best),
            fold_roc_auc=tuple(metrics["auc"] for metrics in at_best),
            best_iteration=growth.best_iteration,
            seconds=time.perf_counter() - started,
        )


def describe_folds(rows: LabelledRows, folds: Sequence[Fold]) -> pl.DataFrame:
    """Dates, alerts, positives and addresses on both sides of each fold."""
    return pl.DataFrame(
        [
            {"fold": number}
            | _describe_side(rows.take(fit), "train")
            | _describe_side(rows.take(held_out), "validation")
            for number, (fit, held_out) in enumerate(folds, start=1)
        ]
    )


def _describe_side(rows: LabelledRows, side: str) -> dict[str, object]:
    dates = rows.keys["processing_date"]
    return {
        f"{side}_first": dates.min(),
        f"{side}_last": dates.max(),
        f"{side}_n_alerts": len(rows.y),
        f"{side}_n_positives": int(rows.y.sum()),
        f"{side}_n_addresses": rows.keys["address"].n_unique(),
    }


def identify(
    rows: LabelledRows,
    folds: Sequence[Fold],
    settings: BoosterSettings,
    space: SearchSpace,
    *,
    prune: bool,
) -> str:
    """Return what the trials of a study were measured on, and what they could choose."""
    learned = (settings.objective.name, settings.objective.selection_metric, settings.monotone)
    said = f"{settings.seed} {learned} {space.model_dump_json()} {prune} {rows.X.columns}"
    hasher = hashlib.sha256(said.encode())
    for array in (rows.X.to_numpy(), rows.y, rows.weight, *(i for fold in folds for i in fold)):
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()[:12]
