"""Rows of trained_models: which models exist, what made them, where their files are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

import polars as pl

from alertmill.storage.connection import Client
from alertmill.storage.queries import fetch, insert

VERSION_PARTS = ("version_major", "version_minor", "version_patch")
"""Columns of a version, the weightiest first; text would put 1.10.0 before 1.9.0."""


@dataclass(frozen=True)
class TrainedModelRow:
    """One registered model; the fields are the columns of trained_models."""

    model_id: str
    model_type: str
    version: str
    """major.minor.patch; stored as three numbers too, so that 1.10.0 comes after 1.9.0."""
    network: str
    window_days: int
    training_start_date: date
    training_end_date: date
    run_id: str
    model_path: str
    model_sha256: str
    feature_hash: str
    label_strategy: str
    status: str
    metrics_json: str
    hyperparameters_json: str
    feature_names: tuple[str, ...]
    num_samples: int
    num_features: int
    positives: int
    addresses: int
    test_auc: float | None
    test_average_precision: float | None
    cv_auc_mean: float | None
    cv_auc_std: float | None
    created_at: datetime
    """With a time zone."""
    metadata_sha256: str = ""
    """Digest of metadata.json, which names those of all other files; empty of earlier models."""


_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "version_major": pl.UInt16,
    "version_minor": pl.UInt16,
    "version_patch": pl.UInt16,
    "window_days": pl.UInt16,
    "num_samples": pl.UInt32,
    "num_features": pl.UInt16,
    "positives": pl.UInt32,
    "addresses": pl.UInt32,
    "feature_names": pl.List(pl.String),
    "test_auc": pl.Float64,
    "test_average_precision": pl.Float64,
    "cv_auc_mean": pl.Float64,
    "cv_auc_std": pl.Float64,
    "created_at": pl.Datetime("ms", "UTC"),
}


def insert_trained_model(client: Client, row: TrainedModelRow) -> None:
    """Enter a model; the same model of the same run is entered once."""
    parts = dict(zip(VERSION_PARTS, map(int, row.version.split(".")), strict=True))
    values = asdict(row) | parts | {"feature_names": list(row.feature_names)}
    frame = pl.DataFrame([values], schema_overrides=_TYPES)
    insert(client, "trained_models", frame, token=f"{row.model_id} {row.run_id}")


def fetch_trained_models(client: Client) -> pl.DataFrame:
    """Return every registered model, the newest first, with the time of its last promotion."""
    return fetch(
        client,
        """
        SELECT
            model_id, model_type::String AS model_type, version,
            version_major, version_minor, version_patch,
            network::String AS network, window_days,
            toDate32(training_start_date) AS training_start_date,
            toDate32(training_end_date) AS training_end_date,
            run_id, model_path, model_sha256, metadata_sha256, feature_hash,
            label_strategy::String AS label_strategy, status::String AS status,
            metrics_json, hyperparameters_json, feature_names,
            num_samples, num_features, positives, addresses,
            test_auc, test_average_precision, cv_auc_mean, cv_auc_std, created_at, promoted_at
        FROM trained_models
        LEFT JOIN (
            SELECT model_id, run_id, maxOrNull(decided_at) AS promoted_at
            FROM promotions WHERE decision = 'promoted' GROUP BY model_id, run_id
        ) AS promoted USING (model_id, run_id)
        ORDER BY created_at DESC, model_id, run_id
        """,
    )
