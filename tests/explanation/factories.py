"""A small model of planted features, for tests of the explanation and its figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.explanation.reasons import FeatureWords
from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.model import AlertModel
from alertmill.training.models.trainer import ModelTrainer
from tests.evaluation.factories import make_predictions

CATEGORIES = ("wallet", "merchant", "institutional")


@dataclass(frozen=True)
class Example:
    """A model, and the alerts it is measured on."""

    model: AlertModel
    features: pl.DataFrame
    predictions: pl.DataFrame


WORDS = (
    FeatureWords("volume_usd", "Value of the alert.", "USD"),
    FeatureWords("n_counterparties", "Addresses it traded with.", "addresses"),
    FeatureWords("suspected_address_type", "What the rule takes it for.", "", CATEGORIES),
    FeatureWords("age_days", "Days since its first transfer.", "days"),
    FeatureWords("noise", "Nothing.", ""),
)


def make_example(*, n_addresses: int = 250, seed: int = 3) -> Example:
    """Fit a model: volume and type together raise the score, age lowers it, noise does nothing."""
    predictions = make_predictions(
        n_addresses=n_addresses, n_days=10, labelled_share=1.0, seed=seed
    )
    features = _features(predictions, np.random.default_rng(seed))
    rows = {split: _rows(features, predictions, split) for split in ("validation", "test")}
    trainer = ModelTrainer(
        hyperparameters=Hyperparameters(num_leaves=7, min_data_in_leaf=10, n_estimators=60),
        n_threads=1,
    )
    fitted = trainer.fit(rows["validation"], rows["test"], categorical=("suspected_address_type",))
    scored = predictions.with_columns(
        score=pl.Series(fitted.model.predict(features)),
        raw_score=pl.Series(fitted.model.raw_score(features)),
    )
    return Example(fitted.model, features, scored)


def _features(predictions: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    n = predictions.height
    y = predictions["y"].to_numpy().astype(float)
    kind = rng.integers(0, 3, n).astype(float)
    volume = np.exp(rng.normal(8, 1.5, n) + np.where(kind == 1, 2.5 * y, 0.3 * y))
    age = np.maximum(rng.normal(200, 60, n) - 50 * y, 1)
    return predictions.select(KEYS).with_columns(
        volume_usd=pl.Series(volume),
        n_counterparties=pl.Series(rng.poisson(4 + 2 * y).astype(float)),
        suspected_address_type=pl.Series(kind),
        age_days=pl.Series(np.where(rng.random(n) < 0.2, np.nan, age)).fill_nan(None),
        noise=pl.Series(rng.normal(size=n)),
    )


def _rows(features: pl.DataFrame, predictions: pl.DataFrame, split: str) -> LabelledRows:
    marks = predictions.select(*KEYS, "split", "y", weight=pl.lit(1.0))
    return LabelledRows.of(features, marks, split=split)
