"""The same fit with other seeds: how much of a model is chance."""

from __future__ import annotations

import numpy as np
import polars as pl

from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.measures import measure
from alertmill.training.models.model import AlertModel
from alertmill.training.models.trainer import ModelTrainer

N_REFITS = 3
SCHEMA = {
    "seed": pl.Int64,
    "average_precision": pl.Float64,
    "roc_auc": pl.Float64,
    "best_iteration": pl.Int64,
    "shared_share": pl.Float64,
}


def refit_with_seeds(
    train: LabelledRows,
    validation: LabelledRows,
    model: AlertModel,
    *,
    trainer: ModelTrainer,
    n_reviewed: int,
) -> pl.DataFrame:
    """Fit again with the seeds after the model's, and compare on validation.

    Parameters
    ----------
    train, validation : LabelledRows
        As for `ModelTrainer.fit`; every fit stops and is measured on the same validation rows, so
        the level is a little too good for all alike.
    model : AlertModel
        The model of the first row.
    trainer : ModelTrainer
        The trainer that made it.
    n_reviewed : int
        Validation alerts that a team would review.

    Returns
    -------
    DataFrame
        One row per seed, the model's first: seed, average_precision, roc_auc, best_iteration, and
        shared_share, how much of what the model would have reviewed this fit would review too.
    """
    reviewed = _reviewed(model, validation, n_reviewed)
    models = [model] + [
        trainer.with_seed(model.metadata.seed + step)
        .fit(train, validation, categorical=model.categorical_features)
        .model
        for step in range(1, N_REFITS + 1)
    ]
    return pl.DataFrame(
        [_row(other, validation, reviewed, n_reviewed) for other in models],
        schema=SCHEMA,
        orient="row",
    )


def _row(
    model: AlertModel, validation: LabelledRows, reviewed: np.ndarray, n_reviewed: int
) -> tuple[int, float, float, int, float]:
    measured = measure(validation.y, model.raw_score(validation.X))
    shared = np.isin(reviewed, _reviewed(model, validation, n_reviewed)).mean()
    metadata = model.metadata
    return (
        metadata.seed,
        measured.average_precision,
        measured.roc_auc,
        metadata.best_iteration,
        float(shared),
    )


def _reviewed(model: AlertModel, rows: LabelledRows, n: int) -> np.ndarray:
    """Places of the alerts with the highest scores; ties keep the order of the rows."""
    return np.argsort(-model.raw_score(rows.X), kind="stable")[:n]
