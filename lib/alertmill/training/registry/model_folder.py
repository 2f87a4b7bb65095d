"""Put a model's files into their folder, whole or not at all, and over no other model's."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl

from alertmill.errors import ModelFolderTakenError
from alertmill.files import sync_folder
from alertmill.processes import ProcessTag
from alertmill.training.models.model import AlertModel


def check_free(directory: Path, model: AlertModel, models: pl.DataFrame) -> None:
    """Refuse a folder whose files another registered model needs.

    Parameters
    ----------
    directory : Path
        Where the model is to be written.
    model : AlertModel
        The model.
    models : DataFrame
        Rows of trained_models.

    Raises
    ------
    ModelFolderTakenError
        If a row of other trees names the folder.
    """
    others = models.filter(
        pl.col("model_path") == str(directory.resolve()),
        pl.col("model_sha256") != model.metadata.booster_sha256,
    )
    if others.height:
        raise ModelFolderTakenError.of(directory, others["model_id"][0])


def place_model(model: AlertModel, directory: Path) -> None:
    """Write the model's files to ``directory``, unless they stand there already.

    They are written to a folder beside it, flushed to disk and then renamed: as a whole where
    ``directory`` does not exist or is empty, else file by file with the metadata last. A crash
    among the latter leaves files whose digests do not fit, which are refused, and which the next
    call replaces. Other files in the folder stay.
    """
    texts = model.texts()
    if all(_holds(directory / name, text) for name, text in texts.items()):
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{directory.name}.{ProcessTag.own()}."
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=prefix, suffix=".part") as parent:
        complete = Path(parent) / directory.name
        model.save(complete)
        if not directory.exists() or not any(directory.iterdir()):
            complete.replace(directory)
        else:
            for name in texts:
                (complete / name).replace(directory / name)
            sync_folder(directory)
        sync_folder(directory.parent)


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_bytes() == text.encode()
