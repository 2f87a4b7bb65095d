"""The stages of a training run: each reads the run folder, calls the library, and writes back.

Every function here is idempotent: a stage whose files are as its record says is not done again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from pydantic import BaseModel, ConfigDict

from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate as evaluate_predictions
from alertmill.files import write_model, write_parquet
from alertmill.runs import Run, Stage, StageRecord
from alertmill.storage import Client
from alertmill.training.baselines import score_baselines
from alertmill.training.data import TrainingData
from alertmill.training.extraction import FeatureExtractor
from alertmill.training.features import FeatureBuilder
from alertmill.training.model_storage import ModelStorage
from alertmill.training.models import AlertModel
from alertmill.training.rows import KEYS, LabelledRows
from alertmill.training.targets import build_targets
from alertmill.training.trainer import ModelTrainer
from alertmill.training.tuning import tune as tune_hyperparameters
from alertmill.training.variants import train_variants
