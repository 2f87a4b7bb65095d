"""A database with a world in it and a champion, for the tests of a module."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alertmill.runs import Run
from alertmill.settings import Settings
from alertmill.storage import Client, ClientFactory, execute, get_connection_params
from tests.scoring.world import load_world, train_champion


@pytest.fixture(scope="module")
def database() -> str:
    """The database of the module, by its name."""
    return f"test_scoring_{uuid.uuid4().hex}"


@pytest.fixture(scope="module")
def world_client(embedded_dir: Path, database: str) -> Iterator[Client]:
    """A database with a derived world, in which nothing is scored."""
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=embedded_dir)
    params = replace(get_connection_params("ethereum", settings), database=database)
    with ClientFactory(params).client_context() as client:
        load_world(client)
        yield client
        execute(client, "DROP DATABASE {db:Identifier} SYNC", {"db": database})


@pytest.fixture(scope="module")
def champion(world_client: Client, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that made the champion."""
    return train_champion(world_client, tmp_path_factory.mktemp("runs"))
