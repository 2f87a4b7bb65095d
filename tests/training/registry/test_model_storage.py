"""Registered models are found by version, and opened only when they are what was registered."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from alertmill.errors import ArtifactChangedError, ModelNotFoundError
from alertmill.parameters import TrainingParameters
from alertmill.storage import Client
from alertmill.training.models.model import AlertModel
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.registry.model_storage import ModelStorage
from alertmill.training.registry.registered import latest_registered, next_version
from alertmill.vocabulary import Network
from tests.training.labelled_rows import make_rows, rows_between

PARAMETERS = TrainingParameters(
    network=Network.ETHEREUM, start_date=date(2024, 1, 1), end_date=date(2024, 1, 30)
)
METRICS = {"test_auc": 0.83, "cv_auc_mean": 0.8, "cv_auc_std": None, "brier_score": 0.1}


@cache
def make_model(*, seed: int = 7, version: str = "1.0.0") -> AlertModel:
    rows = make_rows(n_addresses=120)
    trainer = ModelTrainer(seed=seed, version=version)
    return trainer.fit(rows_between(rows, 0, 15), rows_between(rows, 20, 29)).model


@pytest.fixture
def storage(client: Client) -> ModelStorage:
    return ModelStorage(client)


def test_a_saved_model_is_loaded_by_its_id(storage: ModelStorage, tmp_path: Path) -> None:
    model = make_model()
    storage.save(model, METRICS, directory=str(tmp_path), run_id="run", parameters=PARAMETERS)

    loaded = storage.load(model.metadata.model_id)

    X = make_rows().X
    assert np.array_equal(model.predict(X), loaded.predict(X))


def test_the_row_says_what_was_trained_and_leaves_undefined_metrics_empty(
    storage: ModelStorage, tmp_path: Path
) -> None:
    model = make_model()

    storage.save(model, METRICS, directory=tmp_path, run_id="run", parameters=PARAMETERS)

    row = storage.list().row(0, named=True)
    assert ("ethereum", "alert_scorer", 7) == (
        row["network"],
        row["model_type"],
        row["window_days"],
    )
    assert (0.83, None, None) == (
        row["test_auc"],
        row["test_average_precision"],
        row["cv_auc_std"],
    )
    assert json.loads(row["metrics_json"]) == METRICS
    assert list(model.feature_names) == row["feature_names"]
    assert date(2024, 1, 16) == row["training_end_date"]
    assert model.metadata.booster_sha256 == row["model_sha256"]


def test_saving_again_enters_nothing(storage: ModelStorage, tmp_path: Path) -> None:
    model = make_model()

    saved = [
        storage.save(model, METRICS, directory=tmp_path, run_id="run", parameters=PARAMETERS)
        for _ in range(2)
    ]

    assert saved[0] == saved[1]
    assert 1 == storage.list().height


def test_a_taken_version_gives_way_to_the_next(storage: ModelStorage, tmp_path: Path) -> None:
    versions = [
        storage.save(
            make_model(seed=seed),
            METRICS,
            directory=tmp_path / str(seed),
            run_id=f"run-{seed}",
            parameters=PARAMETERS,
        ).version
        for seed in (1, 2, 3)
    ]

    assert ["1.0.0", "1.1.0", "1.2.0"] == versions


def test_version_ten_is_later_than_version_nine(storage: ModelStorage, tmp_path: Path) -> None:
    for seed, version in enumerate(["1.10.0", "1.9.0", "1.2.7"]):
        storage.save(
            make_model(seed=seed, version=version),
            METRICS,
            directory=tmp_path / version,
            run_id=f"run-{seed}",
            parameters=PARAMETERS,
        )

    assert "1.10.0" == storage.latest("ethereum", window_days=7).metadata.version
    assert "1.11.0" == next_version(storage.list(), network="ethereum", window_days=7)


def test_models_of_another_window_or_network_do_not_count(
    storage: ModelStorage, tmp_path: Path
) -> None:
    storage.save(make_model(), METRICS, directory=tmp_path, run_id="run", parameters=PARAMETERS)

    with pytest.raises(ModelNotFoundError, match="ethereum, window 30 days"):
        storage.latest("ethereum", window_days=30)
    with pytest.raises(ModelNotFoundError, match="torus, any window"):
        storage.latest("torus")
    assert "1.0.0" == next_version(storage.list(), network="ethereum", window_days=30)


def test_an_unknown_id_lists_what_is_registered(storage: ModelStorage, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="registered are: none"):
        storage.load("alert_scorer-0")

    model = make_model()
    storage.save(model, METRICS, directory=tmp_path, run_id="run", parameters=PARAMETERS)
    with pytest.raises(ModelNotFoundError, match=model.metadata.model_id):
        storage.load("alert_scorer-0")


def test_files_swapped_for_another_models_are_refused(
    storage: ModelStorage, tmp_path: Path
) -> None:
    model = make_model(seed=1)
    storage.save(model, METRICS, directory=tmp_path, run_id="run", parameters=PARAMETERS)
    make_model(seed=2).save(tmp_path)

    with pytest.raises(ArtifactChangedError, match=model.metadata.booster_sha256):
        storage.load(model.metadata.model_id)


def test_files_that_are_gone_are_named(storage: ModelStorage, tmp_path: Path) -> None:
    model = make_model()
    storage.save(model, METRICS, directory=tmp_path, run_id="run", parameters=PARAMETERS)
    for file in tmp_path.iterdir():
        file.unlink()

    with pytest.raises(ModelNotFoundError, match=str(tmp_path)):
        storage.latest("ethereum")


def test_an_empty_registry_has_no_latest_model(storage: ModelStorage) -> None:
    models = storage.list()

    assert 0 == models.height
    assert latest_registered(models, network="ethereum") is None
    assert pl.List(pl.String) == models.schema["feature_names"]
