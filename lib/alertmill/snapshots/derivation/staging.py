"""Replace one snapshot of a table in one step: fill a staging table, then swap the partition."""

from __future__ import annotations

import uuid

import polars as pl

from alertmill.snapshots.derivation.window import Window
from alertmill.storage import Client, execute, fetch, insert

_STAGED = "staging_"


def open_staging(client: Client, table: str) -> str:
    """Create or empty the staging table of ``table``; returns its name."""
    staging = f"{_STAGED}{table}"
    # CREATE … AS takes no bound identifier; the names come from code, never from input.
    execute(client, f"CREATE TABLE IF NOT EXISTS {staging} AS {table}")
    execute(client, "TRUNCATE TABLE {staging:Identifier}", {"staging": staging})
    return staging


def fill_staging(client: Client, table: str, frame: pl.DataFrame, window: Window) -> None:
    """Insert the rows of a snapshot into the emptied staging table."""
    staging = open_staging(client, table)
    if frame.is_empty():
        return
    snapshot = frame.with_columns(
        window_days=pl.lit(window.window_days, pl.UInt16),
        processing_date=pl.lit(window.processing_date),
    )
    # The staging table was emptied, so equal rows of an earlier attempt must go in again.
    insert(client, staging, snapshot, token=uuid.uuid4().hex)


def swap(client: Client, table: str, window: Window) -> tuple[int, str]:
    """Make the staged rows the snapshot; returns their number and the digest of their content."""
    bound = {"staging": f"{_STAGED}{table}"}
    digest = fetch(
        client,
        """
        SELECT count() AS n,
            lower(hex(sum(cityHash64(toString(tuple(* EXCEPT created_at)))))) AS digest
        FROM {staging:Identifier}
        """,
        bound,
    )
    partition = "PARTITION ({w:UInt16}, {d:Date})"
    if digest["n"][0]:
        swapped = f"ALTER TABLE {table} REPLACE {partition} FROM {_STAGED}{table}"
    else:
        # An empty source cannot replace anything; what the snapshot held is dropped.
        swapped = f"ALTER TABLE {table} DROP {partition}"
    execute(client, swapped, window.bound)
    return digest["n"][0], digest["digest"][0]
