"""One derived world for the tests of leaks, because deriving takes longer than all they do."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from alertmill.runs import Run
from alertmill.simulator import WorldParameters
from tests.support.databases import empty_database, unused_database
from tests.training.leaks.worlds import derive_world, extracted_run, make_world

N_MANY = 2_000


@pytest.fixture(scope="session")
def run(embedded_dir: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Run:
    """A run up to its features; what it extracted stays when the database is gone."""
    own = tmp_path_factory.getbasetemp()
    # Processes that test side by side have the folder above in common, and nobody else has it.
    folder = (own if worker_id == "master" else own.parent) / "leaks"
    with FileLock(f"{folder}.lock"):
        made = sorted(folder.glob("*/*/stages/features.json"))
        if made:
            return Run.open(made[0].parents[1])
        return _make_run(embedded_dir, folder, make_world(seed=7))


@pytest.fixture
def run_of_many(embedded_dir: Path, tmp_path: Path) -> Run:
    """Of so many addresses that chance moves a metric by little."""
    return _make_run(embedded_dir, tmp_path / "many", make_world(seed=7, n_retail=N_MANY))


def _make_run(embedded_dir: Path, folder: Path, world: WorldParameters) -> Run:
    with empty_database(unused_database(embedded_dir)) as client:
        derive_world(client, world)
        return extracted_run(client, world, folder)
