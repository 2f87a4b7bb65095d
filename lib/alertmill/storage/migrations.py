"""Apply the schema files of this package, each once, in the order of their names."""

from __future__ import annotations

import re
from importlib.resources import files

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from alertmill.storage.failures import endpoint_of, failure_of

_REPLACED_VIEW = re.compile(r"^CREATE OR REPLACE VIEW (?P<name>\w+)", re.MULTILINE)
_LEDGER = """
CREATE TABLE IF NOT EXISTS {db:Identifier}.schema_migrations (
    name String,
    applied_at DateTime DEFAULT now()
) ENGINE = MergeTree ORDER BY name
"""


def migrate(client: Client, database: str) -> list[str]:
    """Create the database and bring its tables to the current schema.

    Returns the names of the files applied now; an empty list means that nothing was pending.
    Each file holds one statement that is safe to run again, because a process may die between
    the statements and their record. A table or view that another system keeps under the name of
    one of our views stays as it is.

    Raises
    ------
    DatabaseConnectionError
        If the user lacks a right.
    DatabaseUnreachableError
        If the connection was lost.
    """
    try:
        return _migrate(client, database)
    except ClickHouseError as error:
        raise failure_of(error, endpoint_of(client)) from None


def _migrate(client: Client, database: str) -> list[str]:
    bound = {"db": database}
    if not client.command("EXISTS DATABASE {db:Identifier}", parameters=bound):
        client.command("CREATE DATABASE IF NOT EXISTS {db:Identifier}", parameters=bound)
    client.database = database
    if not client.command("EXISTS TABLE {db:Identifier}.schema_migrations", parameters=bound):
        client.command(_LEDGER, parameters=bound)
    applied = set(_applied(client, bound))
    pending = [file for file in _schema_files() if file[0] not in applied]
    kept = _kept_by_others(client, bound)
    for _, statement in pending:
        replaced = _REPLACED_VIEW.search(statement)
        if replaced is None or replaced["name"] not in kept:
            client.command(statement)
    names = [name for name, _ in pending]
    if names:
        client.insert("schema_migrations", [[name] for name in names], column_names=["name"])
    return names


def _kept_by_others(client: Client, bound: dict[str, str]) -> set[str]:
    """Return the tables and views that are not ours: to replace one by a view would drop it."""
    result = client.query(
        """
        SELECT name FROM system.tables WHERE database = {db:String}
            AND NOT (engine = 'View' AND match(as_select, '_batches|ingestion_ledger'))
        """,
        parameters=bound,
    )
    return {row[0] for row in result.result_rows}


def _applied(client: Client, bound: dict[str, str]) -> list[str]:
    result = client.query("SELECT name FROM {db:Identifier}.schema_migrations", parameters=bound)
    return [row[0] for row in result.result_rows]


def _schema_files() -> list[tuple[str, str]]:
    folder = files("alertmill.storage") / "schema"
    return sorted(
        (f.name, f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".sql")
    )
