"""The tests of the storage run on the embedded engine and against a server."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from alertmill.settings import Settings
from alertmill.storage import ConnectionParams, get_connection_params
from tests.support.clickhouse_server import ClickHouseServer


@pytest.fixture(params=["embedded", "server"])
def connection_params(
    request: pytest.FixtureRequest, embedded_dir: Path, server: ClickHouseServer
) -> ConnectionParams:
    """Where a database is that no other test uses."""
    settings = Settings(
        _env_file=None,
        clickhouse_host=server.host if request.param == "server" else None,
        clickhouse_port=server.port,
        alertmill_database_dir=embedded_dir,
    )
    params = get_connection_params("ethereum", settings)
    return replace(params, database=f"test_{uuid.uuid4().hex}")
