"""What every test shares: one embedded engine in the process, a fresh database for each test."""

from __future__ import annotations

import os

# Before any native library is loaded: they read the environment once.
os.environ |= {
    "OMP_WAIT_POLICY": "passive",
    "OPENBLAS_NUM_THREADS": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from alertmill.storage import Client, ConnectionParams
from tests.support.clickhouse_server import ClickHouseServer, clickhouse_server
from tests.support.databases import empty_database, unused_database

# How long an example takes says nothing about the code, and much about what else runs here.
settings.register_profile("of_this_project", deadline=None)
settings.load_profile("of_this_project")

_SHARED = (
    "tests/e2e/demo/",
    "tests/orchestration/",
    "tests/e2e/unattended/",
    "tests/reproduction/",
)


class _Scheduler(LoadFileScheduling):
    """Keeps a file in one process, and all files that share a run or a Prefect server."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (f for f in _SHARED if nodeid.startswith(f))
        return next(shared, super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Scheduler:
    """Distribute the tests over processes."""
    return _Scheduler(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that open the engine, so that `make quick` can leave them out."""
    for item in items:
        if "embedded_dir" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")


@pytest.fixture(scope="session")
def embedded_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the embedded engine: a process can open only one."""
    return tmp_path_factory.mktemp("clickhouse")


@pytest.fixture
def connection_params(embedded_dir: Path) -> ConnectionParams:
    """Where a database is that no other test uses."""
    return unused_database(embedded_dir)


@pytest.fixture
def server(embedded_dir: Path) -> Iterator[ClickHouseServer]:
    """A server on the loopback, on the engine of the tests."""
    with clickhouse_server(embedded_dir) as running:
        yield running


@pytest.fixture
def client(connection_params: ConnectionParams) -> Iterator[Client]:
    """Client of an empty, migrated database, which is dropped after the test."""
    with empty_database(connection_params) as opened:
        yield opened
