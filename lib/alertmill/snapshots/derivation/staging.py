"""Replace one snapshot of a table in one step: fill a staging table, then swap the partition."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Staged:
    """What waits in the staging table of ``table``."""

    table: str
    rows: int
    digest: str
    """Of the content, whatever the order of the rows; the clock is left out."""


def measure_staging(client: Client, tables: Sequence[str]) -> list[Staged]:
    """Count and digest what waits in the staging tables."""
    # The names come from code, never from input.
    counted = " UNION ALL ".join(
        f"""
        SELECT '{table}' AS table, count() AS rows,
            lower(hex(sum(cityHash64(toString(tuple(* EXCEPT created_at)))))) AS digest
        FROM {_STAGED}{table}
        """  # noqa: S608
        for table in tables
    )
    measured = {row["table"]: Staged(**row) for row in fetch(client, counted).to_dicts()}
    return [measured[table] for table in tables]


def swap(client: Client, staged: Staged, window: Window) -> None:
    """Make the staged rows the snapshot, in place of what its table held of it."""
    partition = "PARTITION ({w:UInt16}, {d:Date})"
    if staged.rows:
        how = f"REPLACE {partition} FROM {_STAGED}{staged.table}"
    else:
        # An empty table cannot replace anything.
        how = f"DROP {partition}"
    execute(client, f"ALTER TABLE {staged.table} {how}", window.bound)
