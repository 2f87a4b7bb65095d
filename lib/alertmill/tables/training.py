"""How the fit went, what was varied, and whether the saved model is the same one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from alertmill.training.models.model import AlertModel, ModelMetadata

THIS_RUN = "this run"
_N_PROBED = 500


def curve_summary(training_curve: pl.DataFrame, *, best_iteration: int) -> pl.DataFrame:
    """Compare every metric at the kept number of trees with its best and its last value.

    Parameters
    ----------
    training_curve : DataFrame
        Columns iteration (from 1), split, metric, value.
    best_iteration : int
        Trees that early stopping kept.

    Returns
    -------
    DataFrame
        Columns metric, split, first, at_kept, best, best_at (iteration), last. Of a loss the least
        value is the best, of any other metric the largest.
    """
    value, is_loss = pl.col("value"), pl.col("metric").str.contains("loss")
    place = pl.when(is_loss.first()).then(value.arg_min()).otherwise(value.arg_max())
    return (
        training_curve.sort("iteration")
        .group_by("metric", "split", maintain_order=True)
        .agg(
            first=value.first(),
            at_kept=value.filter(pl.col("iteration") == best_iteration).first(),
            best=value.get(place),
            best_at=pl.col("iteration").get(place),
            last=value.last(),
        )
        .sort("metric", "split", maintain_order=True)
    )


def check_round_trip(model: AlertModel, features: pl.DataFrame) -> pl.DataFrame:
    """Save a model, load it, and compare: the same scores to the last bit, the same files.

    Parameters
    ----------
    model : AlertModel
        The model.
    features : DataFrame
        Rows with its features; the first 500 are scored.

    Returns
    -------
    DataFrame
        Columns check, expected, found, passed.
    """
    rows = features.head(_N_PROBED)
    with tempfile.TemporaryDirectory() as folder:
        files = model.save(Path(folder))
        loaded = AlertModel.load(Path(folder))
        n_bytes = sum(file.stat().st_size for file in files)
    before, after = model.predict(rows), loaded.predict(rows)
    checks = [
        ("files written", ", ".join(model.texts()), _names(files)),
        ("bytes written", "more than 0", f"{n_bytes:,}"),
        ("sha256 of the trees", model.metadata.booster_sha256, loaded.metadata.booster_sha256),
        ("model id", model.metadata.model_id, loaded.metadata.model_id),
        ("features", str(len(model.feature_names)), str(len(loaded.feature_names))),
        ("largest change of a score", "0.0", str(float(np.max(np.abs(before - after), initial=0)))),
    ]
    return pl.DataFrame(checks, schema=["check", "expected", "found"], orient="row").with_columns(
        passed=(pl.col("expected") == pl.col("found")) | (pl.col("check") == "bytes written")
    )


def list_runs(
    registered_models: pl.DataFrame,
    metadata: ModelMetadata,
    metrics: Mapping[str, float | None],
) -> pl.DataFrame:
    """List the registered models and this run's, by version.

    Every model was measured on the test range of its own run: the table is a record, not a
    comparison on equal alerts.

    Parameters
    ----------
    registered_models : DataFrame
        Rows of trained_models; may hold none.
    metadata : ModelMetadata
        Of this run's model.
    metrics : mapping
        What this run measured, under the names of the tracking table; None where undefined.

    Returns
    -------
    DataFrame
        Columns version, model_id, status ("this run" for this run's), training_start_date,
        training_end_date, num_samples, positives, test_auc, test_average_precision (on all test
        addresses), cv_auc_mean and cv_auc_std (over the folds of the search); the newest first.
    """
    mine = {
        "version": metadata.version,
        "model_id": metadata.model_id,
        "status": THIS_RUN,
        "training_start_date": metadata.training_start,
        "training_end_date": metadata.training_end,
        "num_samples": metadata.n_train,
        "positives": metadata.n_train_positives,
        **{name: metrics[name] for name in _RUN_METRICS},
    }
    this = pl.DataFrame([mine], schema=_RUN_SCHEMA)
    if registered_models.is_empty():
        return this
    others = registered_models.filter(pl.col("model_id") != metadata.model_id)
    earlier = others.sort("created_at", descending=True).select(
        pl.col(name).cast(kind) for name, kind in _RUN_SCHEMA.items()
    )
    return pl.concat([this, earlier])


def hyperparameter_table(metadata: ModelMetadata) -> pl.DataFrame:
    """List the hyperparameters of a model with their meaning; columns name, value, meaning."""
    fields = type(metadata.hyperparameters).model_fields
    values = json.loads(metadata.hyperparameters.model_dump_json())
    rows = [(name, float(values[name]), fields[name].description or "") for name in fields]
    return pl.DataFrame(
        rows,
        schema={"hyperparameter": pl.String, "value": pl.Float64, "meaning": pl.String},
        orient="row",
    )


def _names(files: list[Path]) -> str:
    return ", ".join(file.name for file in files)


_RUN_METRICS = ("test_auc", "test_average_precision", "cv_auc_mean", "cv_auc_std")
_RUN_SCHEMA = {
    "version": pl.String,
    "model_id": pl.String,
    "status": pl.String,
    "training_start_date": pl.Date,
    "training_end_date": pl.Date,
    "num_samples": pl.Int64,
    "positives": pl.Int64,
    **dict.fromkeys(_RUN_METRICS, pl.Float64),
}
