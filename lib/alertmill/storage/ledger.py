"""The ingestion ledger: what was loaded or derived when, from where, with which content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib.metadata import version

import polars as pl

from alertmill.storage.connection import Client
from alertmill.storage.queries import fetch, insert
from alertmill.storage.scores import SCORE_TABLES
from alertmill.vocabulary import Network


class State(StrEnum):
    """How far a batch has come."""

    STARTED = "started"
    COMPLETE = "complete"
    """Its rows count until a later batch of the same slot is complete."""
    UNCHANGED = "unchanged"
    """Its rows were equal to those that count, and were dropped."""
    VOID = "void"
    """Another process began to write its slot before it was complete, and drops its rows."""


@dataclass(frozen=True)
class Delivery:
    """What a batch fills, and where its rows come from.

    The slot that a batch fills is the snapshot (window and day) where there is one, else the
    source: a later batch of the same slot replaces the earlier one.
    """

    network: Network
    source_uri: str
    """Whole path or URL, or what made the rows."""
    source_sha256: str = ""
    """Of the file or of the checksums of a folder; empty for rows that were made here."""
    window_days: int = 0
    """0 where the content has no window."""
    processing_date: date | None = None

    @property
    def slot(self) -> dict[str, object]:
        """Values for the conditions of `_IN_SLOT`."""
        return {
            "network": self.network,
            "window": self.window_days,
            "day": self.processing_date,
            "source": self.source_uri,
        }


@dataclass(frozen=True)
class LedgerEntry:
    """The rows of a batch in one table."""

    batch_id: str
    delivery: Delivery
    table: str
    rows: int
    content_hash: str
    """Of the rows, so that equal content is known again."""
    started_at: datetime
    """With a time zone."""


_IN_SLOT = """
    network = {network:String} AND window_days = {window:UInt16}
    AND if(isNull({day:Nullable(Date)}),
        isNull(processing_date) AND source_uri = {source:String},
        processing_date = {day:Nullable(Date)})
"""


def record(client: Client, entries: Sequence[LedgerEntry], state: State) -> None:
    """Append entries, all in one step; a complete batch counts from then on, a void one never."""
    finished_at = datetime.now(UTC)
    is_end = state in (State.COMPLETE, State.UNCHANGED)
    sequence = _next_sequence(client) if is_end else 0
    frame = pl.DataFrame(
        [_row(entry, state, finished_at, sequence) for entry in entries], schema_overrides=_TYPES
    )
    named = " ".join(sorted({entry.batch_id for entry in entries}))
    insert(client, "ingestion_ledger", frame, token=f"{named} {state}")


def _row(
    entry: LedgerEntry, state: State, finished_at: datetime, sequence: int
) -> dict[str, object]:
    delivery = entry.delivery
    return {
        "batch_id": entry.batch_id,
        "network": delivery.network,
        "window_days": delivery.window_days,
        "processing_date": delivery.processing_date,
        "table": entry.table,
        "source_uri": delivery.source_uri,
        "source_sha256": delivery.source_sha256,
        "rows": entry.rows,
        "content_hash": entry.content_hash,
        "started_at": entry.started_at,
        "finished_at": finished_at,
        "state": state.value,
        "sequence": sequence,
        "code_version": version("alertmill"),
    }


def _next_sequence(client: Client) -> int:
    # Two that complete at once may take the same number; then the greater batch_id counts.
    found = fetch(client, "SELECT max(sequence) + 1 AS next FROM ingestion_ledger")
    return int(found["next"][0])


def fetch_current_digests(client: Client, delivery: Delivery) -> dict[str, str]:
    """Content hash by table of the batch that counts in the slot of a delivery."""
    found = fetch(
        client,
        f"""
        SELECT table::String AS table, content_hash FROM current_batches WHERE {_IN_SLOT}
        """,  # noqa: S608 - a constant
        delivery.slot,
    )
    return dict(found.rows())


def fetch_delivered(client: Client, table: str, network: Network, source_prefix: str) -> list[str]:
    """Checksums of what was loaded from sources whose name begins so, the last one last."""
    found = fetch(
        client,
        """
        SELECT source_sha256 FROM finished_batches
        WHERE table = {table:String} AND network = {network:String} AND state = 'complete'
            AND startsWith(source_uri, {prefix:String})
        ORDER BY sequence
        """,
        {"table": table, "network": network, "prefix": source_prefix},
    )
    return found["source_sha256"].to_list()


def fetch_replaced(
    client: Client, tables: Sequence[str], delivery: Delivery
) -> list[tuple[str, str]]:
    """Find batches in the slot of a delivery whose rows are there and do not count any more.

    Returns pairs of table and batch_id. Rows of a batch that is being written are not among them:
    it is to be called void first.
    """
    ended = fetch(
        client,
        f"""
        SELECT DISTINCT table::String AS table, batch_id FROM ingestion_ledger
        WHERE table IN {{tables:Array(String)}} AND state != 'started' AND {_IN_SLOT}
            AND (table, batch_id) NOT IN (SELECT table, batch_id FROM current_batches)
        """,  # noqa: S608 - a constant
        {**delivery.slot, "tables": list(tables)},
    )
    # Most slots are filled once: only what was filled again is looked for in the tables.
    return [
        (table, batch_id)
        for (table,), batches in ended.group_by("table", maintain_order=True)
        for batch_id in _fetch_stored(client, str(table), batches["batch_id"].to_list())
    ]


def _fetch_stored(client: Client, table: str, batch_ids: Sequence[str]) -> list[str]:
    """Those of the batches of which a table holds rows."""
    # The name comes from code, never from input.
    found = fetch(
        client,
        f"""
        SELECT DISTINCT batch_id FROM {table}_batches
        WHERE batch_id IN {{batches:Array(String)}} ORDER BY batch_id
        """,  # noqa: S608
        {"batches": batch_ids},
    )
    return found["batch_id"].to_list()


def fetch_unfinished(
    client: Client, tables: Sequence[str], delivery: Delivery, *, besides: str
) -> list[LedgerEntry]:
    """Find what others have begun to write in the slot of a delivery and not brought to an end.

    Their processes may be at work, or have died. ``besides`` is the batch that is left out.
    """
    found = fetch(
        client,
        f"""
        SELECT batch_id, table::String AS table, source_uri, source_sha256, started_at
        FROM ingestion_ledger
        WHERE state = 'started' AND table IN {{tables:Array(String)}} AND {_IN_SLOT}
            AND batch_id != {{besides:String}}
            AND batch_id NOT IN (SELECT batch_id FROM ingestion_ledger WHERE state != 'started')
        ORDER BY batch_id, table
        """,  # noqa: S608 - a constant
        {**delivery.slot, "tables": list(tables), "besides": besides},
    )
    return [
        LedgerEntry(
            batch_id=batch_id,
            delivery=replace(delivery, source_uri=uri, source_sha256=sha256),
            table=table,
            rows=0,
            content_hash="",
            started_at=started_at,
        )
        for batch_id, table, uri, sha256, started_at in found.rows()
    ]


def is_void(client: Client, batch_id: str) -> bool:
    """Return True if another process has called a batch void."""
    found = fetch(
        client,
        """
        SELECT count() > 0 AS found FROM ingestion_ledger
        WHERE state = 'void' AND batch_id = {batch:String}
        """,
        {"batch": batch_id},
    )
    return bool(found["found"][0])


def fetch_sources(client: Client, table: str) -> list[str]:
    """Return the sources of the rows of a table, each once, sorted."""
    found = fetch(
        client,
        """
        SELECT DISTINCT source_uri FROM current_batches
        WHERE table = {table:String} ORDER BY source_uri
        """,
        {"table": table},
    )
    return found["source_uri"].to_list()


def fetch_networks(client: Client) -> set[str]:
    """Networks of which the database holds rows."""
    found = fetch(client, "SELECT DISTINCT network::String AS network FROM current_batches")
    return {*found["network"]}


def fetch_ledger_digest(client: Client) -> str:
    """Digest of what the database holds; it changes when other content is loaded or derived.

    Scores do not enter: no feature is made of them.
    """
    current = fetch(
        client,
        """
        SELECT table::String AS table, window_days, toString(processing_date) AS day, source_uri,
            content_hash
        FROM current_batches WHERE table NOT IN {scores:Array(String)}
        ORDER BY table, window_days, day, source_uri, content_hash
        """,
        {"scores": list(SCORE_TABLES.values())},
    )
    return hashlib.sha256(current.write_csv().encode()).hexdigest()


_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "window_days": pl.UInt16,
    "processing_date": pl.Date,
    "rows": pl.UInt64,
    "sequence": pl.UInt64,
    "started_at": pl.Datetime("ms", "UTC"),
    "finished_at": pl.Datetime("ms", "UTC"),
}
