"""One derived world for the tests of leaks, because deriving takes longer than all they do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from alertmill.runs import Run
from alertmill.settings import Settings
from alertmill.simulator import WorldParameters
from alertmill.storage import ClientFactory, execute, get_connection_params
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
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=embedded_dir)
    params = replace(get_connection_params("ethereum", settings), database="test_leaks")
    with ClientFactory(params).client_context() as client:
        derive_world(client, world)
        extracted = extracted_run(client, world, folder)
        execute(client, "DROP DATABASE {db:Identifier} SYNC", {"db": params.database})
    return extracted
