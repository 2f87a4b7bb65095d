"""A save that is killed leaves no model, or a whole one; saving again completes it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl
import pytest

from alertmill.storage import Client
from alertmill.storage.model_metrics import METRIC_COLUMNS, fetch_model_metrics
from alertmill.training.models.model import AlertModel
from alertmill.training.registry.model_storage import ModelStorage
from tests.faults.dying import Death, run
from tests.faults.test_corrupted_model import sound_model
from tests.training.registry.test_model_storage import PARAMETERS

pytestmark = pytest.mark.engine

MEASURED = pl.DataFrame(
    [("test_all", "all", "roc_auc", 0.8, 0.7, 0.9, 100, 50, 10)],
    schema=METRIC_COLUMNS,
    orient="row",
)
METRICS_INSERT, ROW_INSERT = 1, 2
"""Statements of a save; the first lists what is registered."""


def save(client: Client, *, folder: Path) -> None:
    model = AlertModel.load(folder / "made")
    ModelStorage(client).save(
        model,
        {},
        directory=folder / "kept",
        run_id="run",
        parameters=PARAMETERS,
        measured=MEASURED,
    )


def look(client: Client, *, model_id: str) -> tuple[int, int]:
    """Count the rows of trained_models and of model_metrics."""
    n_metrics = fetch_model_metrics(client, model_id).height
    return ModelStorage(client).list().height, n_metrics


def look_and_save(client: Client, *, folder: Path, model_id: str) -> list[tuple[int, int]]:
    found = [look(client, model_id=model_id)]
    save(client, folder=folder)
    return [*found, look(client, model_id=model_id)]


@pytest.mark.parametrize(
    "death",
    [
        Death(ROW_INSERT),
        pytest.param(Death(0), marks=pytest.mark.heavy),
        pytest.param(Death(METRICS_INSERT), marks=pytest.mark.heavy),
        pytest.param(Death(ROW_INSERT, inside=True), marks=pytest.mark.heavy),
        pytest.param(Death(ROW_INSERT + 1), marks=pytest.mark.heavy),
    ],
)
def test_a_killed_save_leaves_no_row_without_files_and_is_completed(
    tmp_path: Path, death: Death
) -> None:
    model = sound_model()
    model.save(tmp_path / "made")
    saving = partial(save, folder=tmp_path)
    looking = partial(look_and_save, folder=tmp_path, model_id=model.metadata.model_id)

    ended = run(tmp_path / "database", saving, death)
    has_files = (tmp_path / "kept").exists()
    (n_models, n_metrics), again = run(tmp_path / "database", looking).result

    assert ended.killed
    assert n_models <= n_metrics
    # No statement stands between row and files: they are safe only if they are there before it.
    assert has_files == (death.statement >= METRICS_INSERT)
    assert (1, 1) == again
    assert model == AlertModel.load(tmp_path / "kept")
