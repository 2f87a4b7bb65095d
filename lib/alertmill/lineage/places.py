"""Which files of a run stand for the steps of a lineage."""

from __future__ import annotations

MODEL_FILES = (
    "model/model.txt",
    "model/calibrator.json",
    "model/features.json",
    "model/metadata.json",
)
"""Of the model that ships, which scored the test."""
DEVELOPMENT_FILES = tuple(name.replace("model/", "model/development/") for name in MODEL_FILES)
"""Of the first fit, which scored validation."""
PREDICTIONS_FILE = "evaluation/predictions.parquet"
FEATURES_FILE = "features/features.parquet"
EXTRACT_FILES = ("data/alerts.parquet", "data/address_features.parquet")
BATCHES_FILE = "data/batches.parquet"
