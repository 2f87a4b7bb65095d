"""One derived world for the tests of leaks, because deriving takes longer than all they do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alertmill.runs import Run
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, execute, get_connection_params
from tests.training.leaks.worlds import derive_world, extracted_run, make_world


@pytest.fixture(scope="session")
def run(embedded_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run up to its features; what it extracted stays when the database is gone."""
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=embedded_dir)
    params = replace(get_connection_params("ethereum", settings), database="test_leaks")
    world = make_world(seed=7)
    with ClientFactory(params).client_context() as client:
        derive_world(client, world)
        extracted = extracted_run(client, world, tmp_path_factory.mktemp("runs"))
        execute(client, "DROP DATABASE {db:Identifier} SYNC", {"db": params.database})
    return extracted
