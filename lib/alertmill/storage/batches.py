"""Write the rows of several tables so that all of them count in one step, or none.

Rows go into the ``<table>_batches`` tables under the id of their batch. The view ``<table>`` shows
only batches that the ledger calls complete and that no later one of the same slot replaced, so a
single insert into the ledger is what makes a batch count: a process may die at any moment before or
after it, and a reader sees the old rows or the new ones. What a dead process left is removed when
its slot is written again.

Nobody can tell a dead process from one at work, so whoever begins to write a slot calls void what
others have begun and not finished there, before it drops their rows. Whether two processes meet is
told by their entries alone: one that begins is in the ledger before it looks for others, and one
that is complete is so before it looks whether others have begun.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from alertmill.errors import ConfigurationError, IncompleteBatchError
from alertmill.storage.connection import Client
from alertmill.storage.ledger import (
    Delivery,
    LedgerEntry,
    State,
    fetch_current_digests,
    fetch_networks,
    fetch_replaced,
    fetch_unfinished,
    is_void,
    record,
)
from alertmill.storage.queries import Parameters, execute, fetch, insert
from alertmill.vocabulary import Network


@dataclass(frozen=True)
class Content:
    """What the server holds of a batch in one table."""

    table: str
    rows: int
    digest: str
    """Of the rows, whatever their order; batch and clock are left out."""


@dataclass
class Batch:
    """Rows on their way into the tables; they count after `commit`."""

    client: Client
    delivery: Delivery
    tables: Sequence[str]
    batch_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _inserts: int = 0
    _sent: dict[str, int] = field(default_factory=dict)

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Send rows to one of the batch's tables; columns as the view ``table`` has them."""
        self._sent[table] = self._sent.get(table, 0) + frame.height
        if frame.is_empty():
            return
        self._inserts += 1
        rows = frame.with_columns(pl.lit(self.batch_id).alias("batch_id"))
        insert(self.client, _stored(table), rows, token=f"{self.batch_id} {self._inserts}")

    def insert_selected(
        self, table: str, sql: str, parameters: Parameters, *, expected: int
    ) -> None:
        """Run an ``INSERT … SELECT`` of ``expected`` rows inside the database.

        The statement takes the batch_id as ``{batch:String}``. It is sent again when its answer is
        lost, and `commit` then finds more rows than expected.
        """
        self._sent[table] = self._sent.get(table, 0) + expected
        execute(self.client, sql, {**parameters, "batch": self.batch_id})

    def commit(self) -> dict[str, int]:
        """Make the rows count, in place of the batch that filled the slot so far.

        If the slot holds the same content already, nothing changes and the ledger says so.

        Returns
        -------
        dict of str to int
            Rows of each table.

        Raises
        ------
        IncompleteBatchError
            If a table holds other than the rows that were sent, or another process has begun to
            write the slot; nothing of the batch counts then.
        """
        contents = self._measure()
        for content in contents:
            sent = self._sent.get(content.table, 0)
            if sent != content.rows:
                raise IncompleteBatchError.of(content.table, sent=sent, found=content.rows)
        current = fetch_current_digests(self.client, self.delivery)
        is_new = any(current.get(c.table) != c.digest for c in contents)
        self._record(contents, State.COMPLETE if is_new else State.UNCHANGED)
        if is_void(self.client, self.batch_id):
            raise IncompleteBatchError.void(self.delivery.source_uri)
        # One that has begun may still call this batch void: then what it replaced counts again.
        if not self._fetch_unfinished():
            self._remove_replaced()
        return {content.table: content.rows for content in contents}

    def begin(self) -> None:
        """Enter the batch in the ledger, and remove what earlier attempts left in its slot."""
        _check_views(self.client, self.tables)
        _check_network(self.client, self.delivery.network)
        self._record([Content(table, 0, "") for table in self.tables], State.STARTED)
        unfinished = self._fetch_unfinished()
        if unfinished:
            record(self.client, unfinished, State.VOID)
        self._remove_replaced()

    def _measure(self) -> list[Content]:
        # The names come from code, never from input.
        counted = " UNION ALL ".join(
            f"""
            SELECT '{table}' AS table, count() AS rows,
                lower(hex(sum(cityHash64(tuple(* EXCEPT (batch_id, created_at)))))) AS digest
            FROM {_stored(table)} WHERE batch_id = {{batch:String}}
            """  # noqa: S608
            for table in self.tables
        )
        found = fetch(self.client, counted, {"batch": self.batch_id}).to_dicts()
        return sorted((Content(**row) for row in found), key=lambda content: content.table)

    def _record(self, contents: Sequence[Content], state: State) -> None:
        entries = [
            LedgerEntry(
                batch_id=self.batch_id,
                delivery=self.delivery,
                table=content.table,
                rows=content.rows,
                content_hash=content.digest,
                started_at=self.started_at,
            )
            for content in contents
        ]
        record(self.client, entries, state)

    def _fetch_unfinished(self) -> list[LedgerEntry]:
        return fetch_unfinished(self.client, self.tables, self.delivery, besides=self.batch_id)

    def _remove_replaced(self) -> None:
        for table, batch_id in fetch_replaced(self.client, self.tables, self.delivery):
            execute(
                self.client,
                f"ALTER TABLE {_stored(table)} DROP PARTITION {{batch:String}}",
                {"batch": batch_id},
            )


@contextmanager
def open_batch(client: Client, delivery: Delivery, tables: Sequence[str]) -> Iterator[Batch]:
    """Begin a batch for one delivery; its rows count once the caller has called `Batch.commit`.

    One process at a time may write a slot: a second one calls void and removes what the first has
    not committed, and the first then fails with `IncompleteBatchError`.

    Raises
    ------
    ConfigurationError
        If another program, or an older version, keeps a table under the name of one of ours, or
        the database is of another network.
    """
    batch = Batch(client, delivery, tables)
    batch.begin()
    yield batch


def _check_views(client: Client, tables: Sequence[str]) -> None:
    foreign = fetch(
        client,
        """
        SELECT name FROM system.tables
        WHERE database = currentDatabase() AND name IN {names:Array(String)} AND engine != 'View'
        ORDER BY name
        """,
        {"names": list(tables)},
    )
    if not foreign.is_empty():
        names = ", ".join(foreign["name"])
        raise ConfigurationError(
            f"the database {client.database} holds its own {names}, of another program or "
            "an older version, and rows loaded beside them would not be read; train on it as it "
            "is, or set CLICKHOUSE_DATABASE or ALERTMILL_DATABASE_DIR to a new one."
        )


def _check_network(client: Client, network: Network) -> None:
    """Keep networks apart: alerts and features do not say of which they are."""
    others = fetch_networks(client) - {network}
    if others:
        raise ConfigurationError(
            f"the database {client.database} holds rows of {', '.join(sorted(others))}, and rows "
            f"of {network} could not be told from them; leave CLICKHOUSE_DATABASE unset, or give "
            "each network a database of its own."
        )


def _stored(table: str) -> str:
    return f"{table}_batches"
