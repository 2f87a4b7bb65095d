"""The files of a model are placed as a whole, over no other registered model."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.errors import ModelFolderTakenError, QueryError
from alertmill.storage import Client, execute
from alertmill.training.models.model import AlertModel
from alertmill.training.registry.model_folder import place_model
from alertmill.training.registry.model_storage import ModelStorage
from tests.training.registry.test_model_storage import PARAMETERS, make_model


def save(client: Client, model: AlertModel, folder: Path) -> None:
    ModelStorage(client).save(
        model, {}, directory=folder, run_id=model.metadata.model_id, parameters=PARAMETERS
    )


def test_what_a_crash_left_is_replaced_and_other_files_stay(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    make_model(seed=1).save(folder)
    (folder / "metadata.json").unlink()
    (folder / "training_curve.parquet").touch()

    place_model(make_model(seed=2), folder)

    assert make_model(seed=2) == AlertModel.load(folder)
    assert (folder / "training_curve.parquet").exists()
    assert [folder] == list(tmp_path.iterdir())


def test_files_that_stand_there_already_are_not_written_again(tmp_path: Path) -> None:
    make_model().save(tmp_path / "model")
    before = {file: file.stat().st_ino for file in (tmp_path / "model").iterdir()}

    place_model(make_model(), tmp_path / "model")

    assert before == {file: file.stat().st_ino for file in (tmp_path / "model").iterdir()}


def test_a_row_that_cannot_be_entered_removes_no_file_of_another_model(
    client: Client, tmp_path: Path
) -> None:
    save(client, make_model(seed=1), tmp_path / "1")
    # As a table that someone has changed: the listing works, the insert does not.
    execute(client, "ALTER TABLE trained_models ADD CONSTRAINT full CHECK version = '1.0.0'")

    with pytest.raises(QueryError):
        save(client, make_model(seed=2), tmp_path / "2")

    assert make_model(seed=1) == ModelStorage(client).latest("ethereum")
    assert make_model(seed=2) == AlertModel.load(tmp_path / "2")


def test_a_folder_of_another_registered_model_is_refused(client: Client, tmp_path: Path) -> None:
    save(client, make_model(seed=1), tmp_path / "model")

    with pytest.raises(ModelFolderTakenError, match=make_model(seed=1).metadata.model_id):
        save(client, make_model(seed=2), tmp_path / "model")

    assert make_model(seed=1) == AlertModel.load(tmp_path / "model")
