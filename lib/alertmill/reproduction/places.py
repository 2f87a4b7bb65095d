"""Where a run is made again: beside it for a while, or in a folder that is kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from alertmill.errors import ConfigurationError, ManifestError
from alertmill.files import copy_file, write_model, write_parquet
from alertmill.parameters import TrainingParameters
from alertmill.processes import ProcessTag
from alertmill.runs import Run, StageRecord

_MODELS = "data/trained_models.parquet"


@contextmanager
def place_for(run_dir: Path, keep: Path | None) -> Iterator[Path]:
    """Yield an empty folder; it is removed afterwards unless it is kept.

    Without ``keep`` it lies beside the run, where there is room for a run, or, where nobody may
    write there, among the temporary files. A process that is killed leaves it under a name by which
    housekeeping knows it.

    Raises
    ------
    ConfigurationError
        If the folder to keep holds something, or lies in the runs folder.
    """
    if keep is not None:
        yield _kept(run_dir, keep.resolve())
        return
    beside = run_dir.parent if os.access(run_dir.parent, os.W_OK) else None
    prefix = f".{run_dir.name}.{ProcessTag.own()}."
    with tempfile.TemporaryDirectory(dir=beside, prefix=prefix, suffix=".part") as folder:
        yield Path(folder)


def _kept(run_dir: Path, keep: Path) -> Path:
    runs_dir = run_dir.parents[1]
    if keep.is_relative_to(runs_dir):
        raise ConfigurationError(
            f"{keep} lies in the folder of the runs, {runs_dir}, which holds nothing but runs; "
            "give --keep another folder."
        )
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise ConfigurationError(f"{keep} holds something; give --keep a new or an empty folder.")
    keep.mkdir(parents=True, exist_ok=True)
    return keep


def begin_again(
    original: Run, extracted: StageRecord, parameters: TrainingParameters, place: Path
) -> Run:
    """Start a run of the same name in another place, with the extract of the original.

    Where the runs folder was moved to another place or machine, earlier models are found beside it.

    Parameters
    ----------
    original : Run
        With an extract.
    extracted : StageRecord
        Files of the extract.
    parameters : TrainingParameters
        What the run is about.
    place : Path
        An empty folder; the run lies in ``<network>/<run_id>`` below it.
    """
    path = place / original.path.parent.name / original.run_id
    write_model(path / "parameters.json", parameters)
    again = Run.open(path)
    take_stage(original, extracted, again)
    _find_moved_models(path / _MODELS, original.path.parents[1])
    return again


def _find_moved_models(file: Path, runs_dir: Path) -> None:
    """Let the registry lead to the models beside the run, where the runs folder was moved."""
    models = pl.read_parquet(file) if file.is_file() else pl.DataFrame()
    if models.is_empty():
        return
    rows = models.select("model_path", "network", "run_id").iter_rows()
    places = [_place_of(Path(path), runs_dir / network / run) for path, network, run in rows]
    if places != models["model_path"].to_list():
        write_parquet(file, models.with_columns(model_path=pl.Series(places)))


def _place_of(known: Path, run_dir: Path) -> str:
    here = run_dir / "model"
    return str(here if here.is_dir() and not known.is_dir() else known)


def check_inside(run: Run, record: StageRecord) -> None:
    """Raise `ManifestError` if a record names a file outside the run, which nobody may copy."""
    folder = run.path.resolve()
    for file in record.files:
        if not (folder / file.path).resolve().is_relative_to(folder):
            raise ManifestError.outside(run.path, file.path)


def take_stage(original: Run, record: StageRecord, again: Run) -> None:
    """Copy what a stage of the original left, so that it counts as done."""

    def copied() -> list[Path]:
        paths = [again.path / file.path for file in record.files]
        for file, path in zip(record.files, paths, strict=True):
            copy_file(original.path / file.path, path)
        return paths

    again.complete(record.stage, copied)
