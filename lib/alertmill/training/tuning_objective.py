"""What a trial of a hyperparameter search is measured on: folds of the training rows."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from alertmill.training.boosting import BoosterSettings, FoldDatasets, grow_in_step
from alertmill.training.datasets import datasets_of
from alertmill.training.hyperparameters import Hyperparameters
from alertmill.training.rows import LabelledRows

Fold = tuple[np.ndarray, np.ndarray]


def split_folds(rows: LabelledRows, n_splits: int, embargo_days: int) -> list[Fold]:
    """Divide training rows by time and address; see `TimeAddressFolds`."""
    from alertmill.training.splits import TimeAddressFolds

    folds = TimeAddressFolds(n_splits=n_splits, embargo_days=embargo_days)
    return list(folds.split(rows.X, rows.y, rows.keys))


class FoldObjective:
    """Measures hyperparameters on folds whose rows are binned once."""

    def __init__(
        self,
        rows: LabelledRows,
        folds: Sequence[Fold],
        *,
        settings: BoosterSettings,
        categorical: Sequence[str],
    ) -> None:
        self._settings = replace(settings, n_threads=1)
        self._n_threads = settings.n_threads
        self._datasets: list[FoldDatasets] = [
            datasets_of(
                rows.take(fit),
                rows.take(held_out),
                categorical,
                max_bin=Hyperparameters().max_bin,
                is_grouped=settings.objective.is_grouped,
            )
            for fit, held_out in folds
        ]

    def measure(self, hyperparameters: Hyperparameters) -> dict[str, Any]:
        """Fit all folds, and give what a trial records."""
        started = time.perf_counter()
        boosters = [d.start(hyperparameters, self._settings) for d in self._datasets]
        growth = grow_in_step(boosters, hyperparameters, n_threads=self._n_threads)
        at_best = growth.at_best()
        selected = self._settings.objective.selection_metric
        return {
            "fold_values": [metrics[selected] for metrics in at_best],
            "fold_average_precision": [metrics["average_precision"] for metrics in at_best],
            "fold_roc_auc": [metrics["auc"] for metrics in at_best],
            "best_iteration": growth.best_iteration,
            "seconds": time.perf_counter() - started,
        }


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


def identify(rows: LabelledRows, folds: Sequence[Fold], settings: BoosterSettings) -> str:
    """Name what the finished trials of a journal were measured on."""
    learned = (settings.objective.name, settings.objective.selection_metric, settings.monotone)
    hasher = hashlib.sha256(f"{settings.seed} {learned} {rows.X.columns}".encode())
    for array in (rows.X.to_numpy(), rows.y, rows.weight, *(i for fold in folds for i in fold)):
        hasher.update(np.ascontiguousarray(array).tobytes())
    return hasher.hexdigest()[:12]
