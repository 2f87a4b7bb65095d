"""The ingestion ledger: what was loaded or derived when, from where, with which content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib.metadata import version

import polars as pl

from alertmill.storage.connection import Client
from alertmill.storage.queries import fetch, insert
from alertmill.vocabulary import Network


class State(StrEnum):
    """How far a batch has come."""

    STARTED = "started"
    COMPLETE = "complete"


@dataclass(frozen=True)
class LedgerEntry:
    """One batch of rows for one table."""

    network: Network
    table: str
    source_uri: str
    """File name, or what made the rows."""
    rows: int
    content_hash: str
    """Of the rows, so that equal content is known again."""
    started_at: datetime
    """With a time zone."""
    window_days: int = 0
    """0 where the content has no window."""
    processing_date: date | None = None
    source_sha256: str = ""


def record_batch(client: Client, entry: LedgerEntry, state: State) -> None:
    """Append an entry: before the first row of the batch, and when every row is in its table."""
    record_batches(client, [entry], state)


def record_batches(client: Client, entries: Sequence[LedgerEntry], state: State) -> None:
    """Append the entries of batches that reached a state together; all or none is written."""
    finished_at = datetime.now(UTC)
    frame = pl.DataFrame(
        [_row(entry, state, finished_at) for entry in entries], schema_overrides=_TYPES
    )
    named = " ".join(batch_id(entry) for entry in entries)
    insert(client, "ingestion_ledger", frame, token=f"{named} {state} {finished_at.isoformat()}")


def _row(entry: LedgerEntry, state: State, finished_at: datetime) -> dict[str, object]:
    return {
        "batch_id": batch_id(entry),
        "network": entry.network.value,
        "window_days": entry.window_days,
        "processing_date": entry.processing_date,
        "table": entry.table,
        "source_uri": entry.source_uri,
        "source_sha256": entry.source_sha256,
        "rows": entry.rows,
        "content_hash": entry.content_hash,
        "started_at": entry.started_at,
        "finished_at": finished_at,
        "state": state.value,
        "code_version": version("alertmill"),
    }


def is_complete(client: Client, table: str, content_hash: str) -> bool:
    """Whether a batch of this content is completely in the table."""
    found = fetch(
        client,
        """
        SELECT count() > 0 AS found FROM ingestion_ledger
        WHERE table = {table:String} AND content_hash = {hash:String} AND state = {state:String}
        """,
        {"table": table, "hash": content_hash, "state": State.COMPLETE.value},
    )
    return bool(found["found"][0])


def fetch_sources(client: Client, table: str) -> list[str]:
    """Where the rows of a table come from, begun batches included."""
    found = fetch(
        client,
        """
        SELECT DISTINCT source_uri FROM ingestion_ledger
        WHERE table = {table:String} ORDER BY source_uri
        """,
        {"table": table},
    )
    return found["source_uri"].to_list()


def fetch_ledger_digest(client: Client) -> str:
    """Digest of what the database holds; it changes when other content is loaded or derived."""
    last = fetch(
        client,
        """
        SELECT table::String AS table, window_days, toString(processing_date) AS day, source_uri,
            argMax(content_hash, finished_at) AS content_hash
        FROM ingestion_ledger
        WHERE state = 'complete'
        GROUP BY table, window_days, day, source_uri
        ORDER BY table, window_days, day, source_uri, content_hash
        """,
    )
    return hashlib.sha256(last.write_csv().encode()).hexdigest()


def batch_id(entry: LedgerEntry) -> str:
    """Name a batch by what it is, not by when it came."""
    parts = (entry.network, entry.table, entry.window_days, entry.processing_date)
    text = "-".join(map(str, parts)) + f"-{entry.source_uri}-{entry.content_hash}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "window_days": pl.UInt16,
    "processing_date": pl.Date,
    "rows": pl.UInt64,
    "started_at": pl.Datetime("ms", "UTC"),
    "finished_at": pl.Datetime("ms", "UTC"),
}
