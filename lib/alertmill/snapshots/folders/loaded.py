"""What the database holds of the snapshots of a network, by one query for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from alertmill.snapshots.sources import DERIVED
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Network

_Slot = tuple[int, date]
"""Window and processing date."""


@dataclass
class LoadedSnapshots:
    """The last batches of every snapshot; read again after `forget`.

    A question to the ledger for each of a year's folders would take longer than all else that a
    run without news does.
    """

    client: Client
    network: Network
    _state: _LedgerState | None = None

    def forget(self) -> None:
        """Read the ledger again before the next question: rows were loaded or derived."""
        self._state = None

    def holds(self, delivery: Delivery) -> bool:
        """Return True if a table was filled last from the same source with the same checksum.

        Rows may have been equal to those that counted already: other bytes can hold the same rows.
        """
        slot = _slot_of(delivery)
        content = (delivery.source_uri, delivery.source_sha256)
        return bool(delivery.source_sha256) and content in self._read().contents.get(slot, set())

    def holds_snapshot(self, delivery: Delivery) -> bool:
        """Return True if the database has a snapshot of the window and date, from any source."""
        return _slot_of(delivery) in self._read().snapshots

    def holds_transfers(self, delivery: Delivery) -> bool:
        """Return True if the database has transfers that were delivered for the snapshot."""
        return _slot_of(delivery) in self._read().transfers

    def is_derived_since(self, delivery: Delivery) -> bool:
        """Return True if a snapshot was derived after all transfers that it may see came to count.

        They may have come later because a process died in between, or because a folder of an
        earlier date was delivered late or was changed. Transfers of files without a date may be of
        any time.
        """
        state, (_, day) = self._read(), _slot_of(delivery)
        seen = (number for at, number in state.transfer_sequences if at is None or at <= day)
        return state.derived.get(_slot_of(delivery), 0) > max(seen, default=0)

    def dates(self) -> dict[int, frozenset[date]]:
        """Return the processing dates of all snapshots by window, the shortest window first."""
        slots = self._read().snapshots
        windows = sorted({window for window, _ in slots})
        return {window: frozenset(day for w, day in slots if w == window) for window in windows}

    def _read(self) -> _LedgerState:
        if self._state is None:
            self._state = _fetch_state(self.client, self.network)
        return self._state


@dataclass(frozen=True)
class _LedgerState:
    contents: dict[_Slot, set[tuple[str, str]]] = field(default_factory=dict)
    """Sources and checksums of the last batch of each table, by slot."""
    snapshots: set[_Slot] = field(default_factory=set)
    transfers: set[_Slot] = field(default_factory=set)
    derived: dict[_Slot, int] = field(default_factory=dict)
    """Number in the ledger's sequence of the last derivation."""
    transfer_sequences: list[tuple[date | None, int]] = field(default_factory=list)
    """Number of the last transfers of each date."""


def _fetch_state(client: Client, network: Network) -> _LedgerState:
    state = _LedgerState()
    for window, day, table, uri, sha256 in _fetch_last_batches(client, network).rows():
        state.contents.setdefault((window, day), set()).add((uri, sha256))
        if table == "raw_features":
            state.snapshots.add((window, day))
        if table == "transfers":
            state.transfers.add((window, day))
    for window, day, number in _fetch_derivations(client, network).rows():
        state.derived[window, day] = number
    state.transfer_sequences.extend(_fetch_transfer_sequences(client, network).rows())
    return state


def _fetch_last_batches(client: Client, network: Network) -> pl.DataFrame:
    return fetch(
        client,
        """
        SELECT window_days, toDate32(processing_date) AS day, table::String AS table, source_uri,
            source_sha256
        FROM finished_batches
        WHERE network = {network:String} AND processing_date IS NOT NULL
        ORDER BY sequence DESC, batch_id DESC
        LIMIT 1 BY table, window_days, processing_date
        """,
        {"network": network},
    )


def _fetch_derivations(client: Client, network: Network) -> pl.DataFrame:
    return fetch(
        client,
        """
        SELECT window_days, toDate32(processing_date) AS day, max(sequence) AS number
        FROM finished_batches
        WHERE network = {network:String} AND processing_date IS NOT NULL
            AND table = 'raw_features' AND source_uri = {derived:String}
        GROUP BY window_days, processing_date
        """,
        {"network": network, "derived": DERIVED},
    )


def _fetch_transfer_sequences(client: Client, network: Network) -> pl.DataFrame:
    return fetch(
        client,
        """
        SELECT toDate32(processing_date) AS day, max(sequence) AS number
        FROM finished_batches
        WHERE network = {network:String} AND table = 'transfers' AND state = 'complete'
        GROUP BY processing_date
        """,
        {"network": network},
    )


def _slot_of(delivery: Delivery) -> _Slot:
    if delivery.processing_date is None:
        raise ValueError("a delivery without a processing date fills no snapshot")
    return delivery.window_days, delivery.processing_date
