"""AM016 finds features or scores that daily scoring would not make again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from alertmill.checks.scoring_path import ScoringPath
from alertmill.evaluation.check_results import CheckState
from alertmill.files import write_parquet
from alertmill.runs import Run
from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.features.build import FeatureBuilder
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.trainer import ModelTrainer
from tests.checks.written_runs import RunWriter
from tests.training.training_data import make_data


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose matrix and scores are what its extract and model give."""
    writer = RunWriter(tmp_path)
    data = make_data()
    data.save(writer.run.path / "data")
    features = FeatureBuilder().build(data).features
    n = features.height
    y = np.random.default_rng(1).integers(0, 2, n).astype(np.int8)
    rows = LabelledRows(features.drop(KEYS), y, np.ones(n), features.select(KEYS))
    trainer = ModelTrainer(hyperparameters=Hyperparameters(n_estimators=5), n_threads=1)
    model = trainer.fit(rows.take(np.arange(n // 2)), rows.take(np.arange(n // 2, n))).model
    model.save(writer.run.path / "model")
    scores = features.select(KEYS).with_columns(score=pl.Series(model.predict(features)))
    writer.frame("features/features.parquet", features)
    return writer.frame("evaluation/predictions.parquet", scores).run


def test_what_a_day_alone_gives_again_passes(run: Run) -> None:
    verdict = ScoringPath().look(run)

    assert verdict.state is CheckState.PASSED, verdict.told


def test_a_feature_that_knew_of_other_days_is_named(run: Run) -> None:
    name = run.features.columns[-1]
    over_all_days = run.features.with_columns(pl.col(name).mean())
    write_parquet(run.path / "features/features.parquet", over_all_days)

    verdict = ScoringPath().look(Run.open(run.path))

    assert verdict.state is CheckState.ISSUE
    assert name in verdict.told


def test_scores_of_another_model_are_an_issue(run: Run) -> None:
    other = run.predictions.with_columns(pl.col("score") * 0.9)
    write_parquet(run.path / "evaluation/predictions.parquet", other)

    verdict = ScoringPath().look(Run.open(run.path))

    assert verdict.state is CheckState.ISSUE
    assert "scores differ" in verdict.told
