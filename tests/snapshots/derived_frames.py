"""The tables of two derived snapshots as frames, and where transfers and labels behind them are."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from alertmill.storage import Client, ConnectionParams, fetch
from tests.snapshots.hand_made import DAY, TABLES, derive, random_labels, random_transfers, store
from tests.support.databases import empty_database


def derive_frames(params: ConnectionParams) -> dict[str, pl.DataFrame]:
    """Derive two snapshots of random payments in a database of their own; give every table."""
    with empty_database(params) as client:
        store(client, random_transfers(), random_labels())
        for day in (DAY, DAY + timedelta(days=1)):
            derive(client, day=day)
        return {name: stored(client, name) for name in (*TABLES, *INPUTS)}


INPUTS = ("transfers", "raw_address_labels")


def stored(client: Client, table: str) -> pl.DataFrame:
    """Every row of a table as it is stored, without the clock."""
    known = fetch(client, f"SELECT * FROM {table} ORDER BY ALL")  # noqa: S608 - named in tests
    return known.drop("created_at", strict=False)
