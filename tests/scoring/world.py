"""A small simulated world with a model that was trained on it, ready to score."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from alertmill import pipeline
from alertmill.parameters import ScoringParameters, SplitParameters, TrainingParameters
from alertmill.runs import Run
from alertmill.simulator import WorldParameters
from alertmill.storage import Client
from alertmill.storage.promotions import PromotionRow, insert_promotion
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.vocabulary import ModelType
from tests.training.leaks.worlds import derive_world

WORLD = WorldParameters(n_retail=120, n_schemes=20, n_snapshots=30)
DAY = WORLD.last_snapshot
BUDGET = 4


def load_world(client: Client) -> None:
    """Fill a database with the world and its snapshots."""
    derive_world(client, WORLD)


def train_champion(
    client: Client, runs_dir: Path, model_type: ModelType = ModelType.ALERT_SCORER
) -> Run:
    """Train a small model on the world, register and promote it; there is no evaluation."""
    parameters = TrainingParameters(
        network=WORLD.network,
        start_date=WORLD.first_snapshot,
        end_date=WORLD.last_snapshot,
        model_type=model_type,
        split=SplitParameters(validation_days=4, test_days=4),
        review_budget=BUDGET,
    )
    now = datetime(2026, 1, 5, tzinfo=UTC)
    run = Run.create(runs_dir, parameters, key=model_type, now=now)
    pipeline.extract(run, client)
    pipeline.build_features(run)
    trainer = ModelTrainer(
        model_type, hyperparameters=Hyperparameters(n_estimators=30), n_threads=1
    )
    split_rows = [
        LabelledRows.of(run.features, run.targets, split=s) for s in ("train", "validation")
    ]
    fitted = trainer.fit(*split_rows, categorical=run.catalogue.categorical)
    registered = ModelStorage(client).save(
        fitted.model.with_meanings(run.catalogue),
        {},
        directory=run.path / "model",
        run_id=run.run_id,
        parameters=parameters,
    )
    row = PromotionRow(
        decided_at=now,
        network=WORLD.network,
        model_type=model_type,
        window_days=WORLD.window_days,
        model_id=registered.model_id,
        run_id=registered.run_id,
        replaced_model_id="",
        decision="promoted",
        actor="test",
        reason="for the tests",
        evidence_json="",
    )
    insert_promotion(client, row, token=registered.model_id)
    return run


def asked(**changed: object) -> ScoringParameters:
    """Return the parameters of a scoring of the last day alone, with changes."""
    return ScoringParameters.model_validate(
        {"network": WORLD.network, "look_back_days": 0, "sample_share": 0.2, **changed}
    )
