"""Where a run is made again, and what it takes along."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from alertmill.files import write_parquet
from alertmill.reproduction.places import begin_again, place_for
from alertmill.runs import Run, Stage
from tests.reporting.example_runs import PARAMETERS, make_run

MODELS = "data/trained_models.parquet"


def extracted(folder: Path, models: pl.DataFrame) -> Run:
    """Return a run whose extract holds rows of the registry."""
    run = make_run(folder)
    (run.path / "stages" / "extract.json").unlink()

    def produce() -> list[Path]:
        write_parquet(run.path / MODELS, models)
        return [run.path / MODELS, run.path / "data" / "alerts.parquet"]

    run.complete(Stage.EXTRACT, produce)
    return run


def test_models_are_found_beside_a_run_whose_folder_was_moved(tmp_path: Path) -> None:
    still_there = tmp_path / "elsewhere"
    still_there.mkdir()
    (tmp_path / "runs" / "ethereum" / "r1" / "model").mkdir(parents=True)
    paths = {"r1": "/gone/ethereum/r1/model", "r2": "/gone/ethereum/r2/model"}
    rows = [{"run_id": name, "model_path": path} for name, path in paths.items()]
    rows.append({"run_id": "r1", "model_path": str(still_there)})
    run = extracted(tmp_path, pl.DataFrame(rows).with_columns(network=pl.lit("ethereum")))

    again = begin_again(run, run.record_of(Stage.EXTRACT), PARAMETERS, tmp_path / "place")

    moved = str(tmp_path / "runs" / "ethereum" / "r1" / "model")
    assert [moved, paths["r2"], str(still_there)] == (
        again.registered_models["model_path"].to_list()
    )
    assert run.run_id == again.run_id
    assert run.parameters == again.parameters


def test_a_place_beside_the_run_is_removed_and_one_to_keep_is_not(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    keep = tmp_path / "kept"

    with place_for(run.path, None) as beside:
        (beside / "file").touch()
        assert run.path.parent == beside.parent
    with place_for(run.path, keep) as kept:
        (kept / "file").touch()

    assert not beside.exists()
    assert (keep / "file").is_file()
