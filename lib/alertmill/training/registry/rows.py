"""The rows of a registered model as files of its run, from which a lost database is rebuilt."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from alertmill.errors import ModelNotFoundError
from alertmill.files import write_parquet, write_text
from alertmill.storage import Client
from alertmill.storage.model_metrics import METRIC_COLUMNS, fetch_model_metrics
from alertmill.storage.registry import TrainedModelRow, fetch_trained_models

MODEL_ROW_FILE = "registered_model.json"
METRICS_FILE = "registered_metrics.parquet"
_COLUMNS = tuple(METRIC_COLUMNS)


@dataclass(frozen=True)
class RegistryEntry:
    """A row of trained_models and its rows of model_metrics."""

    row: TrainedModelRow
    metrics: pl.DataFrame
    """Columns of `METRIC_COLUMNS`, ordered by split, segment and metric."""


def fetch_registered(client: Client, *, model_id: str, run_id: str) -> RegistryEntry:
    """Read a registered model of a run from the database.

    Raises
    ------
    ModelNotFoundError
        If the run registered no such model.
    """
    found = fetch_trained_models(client).filter(model_id=model_id, run_id=run_id)
    if found.is_empty():
        raise ModelNotFoundError(
            f"the run {run_id} has no registered model {model_id}; expected a row of "
            "trained_models. Register the model first."
        )
    return RegistryEntry(
        as_row(found), fetch_model_metrics(client, model_id).filter(run_id=run_id).select(*_COLUMNS)
    )


def as_row(models: pl.DataFrame) -> TrainedModelRow:
    """Return the first of some rows of trained_models."""
    values = models.row(0, named=True)
    row = {field.name: values[field.name] for field in fields(TrainedModelRow)}
    return TrainedModelRow(**row | {"feature_names": tuple(row["feature_names"])})


def save_registered(registered: RegistryEntry, folder: Path) -> list[Path]:
    """Write both kinds of rows to ``folder`` and return the paths."""
    text = TypeAdapter(TrainedModelRow).dump_json(registered.row, indent=2).decode()
    write_text(folder / MODEL_ROW_FILE, text + "\n")
    write_parquet(folder / METRICS_FILE, registered.metrics)
    return [folder / MODEL_ROW_FILE, folder / METRICS_FILE]


def load_registered(folder: Path) -> RegistryEntry:
    """Read what `save_registered` wrote.

    Raises
    ------
    FileNotFoundError
        If a file is not there.
    pydantic.ValidationError
        If the row cannot be read.
    """
    row = TypeAdapter(TrainedModelRow).validate_json((folder / MODEL_ROW_FILE).read_bytes())
    return RegistryEntry(row, pl.read_parquet(folder / METRICS_FILE).select(*_COLUMNS))
