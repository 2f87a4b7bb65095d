"""The schema is applied once, is what its files say, and goes on where it was interrupted."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from alertmill.storage import Client, ConnectionParams, execute, fetch
from alertmill.storage.migrations import migrate

FILES = {f.name: f.read_text() for f in (files("alertmill.storage") / "schema").iterdir()}
TABLES = {
    name: sql for sql in FILES.values() for name in re.findall(r"TABLE IF NOT EXISTS (\w+)", sql)
}
VIEWS = {name for sql in FILES.values() for name in re.findall(r"VIEW IF NOT EXISTS (\w+)", sql)}


def declared_columns(sql: str) -> list[tuple[str, str]]:
    """Names and types of a CREATE TABLE, as its author wrote them."""
    body = sql.split(") ENGINE", maxsplit=1)[0]
    found = re.findall(
        r"^    ([a-z_]\w*) ([A-Z].*?)(?: DEFAULT .*?)?,?(?:\s+--.*)?$", body, re.MULTILINE
    )
    return [(name, kind.rstrip(",")) for name, kind in found]


def added_columns(table: str) -> list[tuple[str, str, str]]:
    """Names and types of the columns that later files add to a table, and after which."""
    return [
        column
        for sql in FILES.values()
        if f"ALTER TABLE {table}\n" in sql
        for column in re.findall(r"ADD COLUMN IF NOT EXISTS (\w+) (\S+) AFTER (\w+)", sql)
    ]


def columns_in(client: Client) -> dict[str, list[tuple[str, str]]]:
    found = fetch(
        client,
        """
        SELECT table, groupArray((name, type)) AS columns FROM (
            SELECT table, name, type FROM system.columns
            WHERE database = currentDatabase() ORDER BY table, position)
        WHERE table != 'schema_migrations' GROUP BY table
        """,
    )
    return {table: [tuple(c.values()) for c in listed] for table, listed in found.rows()}


def test_a_second_run_applies_nothing(client: Client, connection_params: ConnectionParams) -> None:
    again = migrate(client, connection_params.database)

    applied = fetch(client, "SELECT name FROM schema_migrations ORDER BY name")
    assert [] == again
    assert sorted(FILES) == applied["name"].to_list()


def test_every_table_has_the_columns_of_its_file(client: Client) -> None:
    found = columns_in(client)

    assert {*TABLES, *VIEWS} == set(found)
    for table, sql in TABLES.items():
        columns = declared_columns(sql)
        for name, kind, before in added_columns(table):
            place = next(place for place, column in enumerate(columns) if column[0] == before)
            columns.insert(place + 1, (name, kind))
        assert columns == found[table]


def test_a_view_has_the_columns_of_its_batches_but_the_batch(client: Client) -> None:
    found = columns_in(client)

    of_tables = VIEWS - {"finished_batches", "current_batches"}
    assert of_tables == {
        table.removesuffix("_batches") for table in TABLES if table.endswith("_batches")
    }
    for view in of_tables:
        stored = [column for column in found[f"{view}_batches"] if column[0] != "batch_id"]
        assert stored == found[view]


def test_an_interrupted_migration_goes_on_and_keeps_the_rows(
    client: Client, connection_params: ConnectionParams
) -> None:
    # the process died after the statement of 0005 and before its record
    execute(client, "DELETE FROM schema_migrations WHERE name >= '0005'")
    for name in (*VIEWS, "raw_alerts_batches", "raw_features_batches"):
        execute(client, "DROP TABLE {table:Identifier}", {"table": name})
    execute(client, "INSERT INTO sim_ground_truth_batches (address) VALUES ('0x1')")

    applied = migrate(client, connection_params.database)

    assert [name for name in sorted(FILES) if name >= "0005"] == applied
    assert 1 == fetch(client, "SELECT address FROM sim_ground_truth_batches").height
    assert 0 == fetch(client, "SELECT address FROM raw_features").height
    assert [] == migrate(client, connection_params.database)


@pytest.mark.parametrize("name", sorted(name for name in VIEWS if name.startswith("raw_")))
@pytest.mark.parametrize("kind", ["TABLE {} (a UInt8) ENGINE = Memory", "VIEW {} AS SELECT 1 AS a"])
def test_what_another_system_keeps_under_one_of_our_names_stays(
    client: Client, connection_params: ConnectionParams, name: str, kind: str
) -> None:
    execute(client, "DROP VIEW {table:Identifier}", {"table": name})
    execute(client, f"CREATE {kind.format(name)}")
    execute(client, "TRUNCATE TABLE schema_migrations")

    migrate(client, connection_params.database)

    assert ["a"] == [column for column, _ in columns_in(client)[name]]
