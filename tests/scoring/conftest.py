"""A database with a world in it and a champion, for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from alertmill.runs import Run
from alertmill.storage import Client, ConnectionParams
from tests.scoring.world import load_world, train_champion
from tests.support.databases import empty_database, unused_database


@pytest.fixture(scope="module")
def world_params(embedded_dir: Path) -> ConnectionParams:
    """Where the database of the module is."""
    return unused_database(embedded_dir)


@pytest.fixture(scope="module")
def world_client(world_params: ConnectionParams) -> Iterator[Client]:
    """A database with a derived world, in which nothing is scored."""
    with empty_database(world_params) as client:
        load_world(client)
        yield client


@pytest.fixture(scope="module")
def champion(world_client: Client, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The run that made the champion."""
    return train_champion(world_client, tmp_path_factory.mktemp("runs"))
