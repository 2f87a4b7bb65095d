"""Rows of ledger_entries: the signed ledger as the database of a network remembers it."""

from __future__ import annotations

import polars as pl

from alertmill.storage.connection import Client
from alertmill.storage.queries import fetch, insert

ENTRY_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "number": pl.UInt64,
    "kind": pl.String,
    "path": pl.String,
    "sha256": pl.String,
    "entry_sha256": pl.String,
    "key_id": pl.String,
    "signed_at": pl.Datetime("us", "UTC"),
    "envelope": pl.String,
}


def insert_ledger_entries(client: Client, rows: pl.DataFrame) -> None:
    """Enter entries that the table lacks, in one block; no rows enter nothing.

    Parameters
    ----------
    client : Client
        Connected to the database of a network.
    rows : DataFrame
        Columns of `ENTRY_COLUMNS`.
    """
    if rows.is_empty():
        return
    token = f"ledger {rows['entry_sha256'][0]} {rows['entry_sha256'][-1]}"
    insert(client, "ledger_entries", rows.select(ENTRY_COLUMNS.keys()), token=token)


def fetch_ledger_entries(client: Client) -> pl.DataFrame:
    """Return number and entry_sha256 of every entry that is remembered, by number."""
    return fetch(
        client,
        """
        SELECT number, entry_sha256::String AS entry_sha256
        FROM ledger_entries ORDER BY number, entry_sha256
        """,
    )
