"""Databases of the embedded engine that one test, or the tests of one module, have alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from alertmill.settings import Settings
from alertmill.storage import Client, ClientFactory, ConnectionParams, get_connection_params


def unused_database(folder: Path) -> ConnectionParams:
    """Return where a database is that nobody uses; ``folder`` is that of the engine."""
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=folder)
    params = get_connection_params("ethereum", settings)
    return replace(params, database=f"test_{uuid.uuid4().hex}")


@contextmanager
def empty_database(params: ConnectionParams) -> Iterator[Client]:
    """Yield a client of an empty, migrated database, which is dropped afterwards."""
    with ClientFactory(params).client_context() as client:
        yield client
        # Without SYNC its tables stay for minutes, and each makes the next database slower.
        client.command("DROP DATABASE {db:Identifier} SYNC", parameters={"db": params.database})
