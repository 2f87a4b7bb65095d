"""The ledger knows what is completely loaded, from where, and by its content."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from alertmill.storage import Client, fetch
from alertmill.storage.ledger import (
    LedgerEntry,
    State,
    batch_id,
    fetch_ledger_digest,
    fetch_sources,
    is_complete,
    record_batch,
    record_batches,
)
from alertmill.vocabulary import Network

ENTRY = LedgerEntry(
    network=Network.ETHEREUM,
    table="raw_alerts",
    source_uri="derived",
    rows=3,
    content_hash="aa",
    started_at=datetime(2024, 1, 8, tzinfo=UTC),
    window_days=7,
    processing_date=date(2024, 1, 8),
)


def test_a_batch_is_complete_only_after_it_was_recorded_so(client: Client) -> None:
    record_batch(client, ENTRY, State.STARTED)
    before = is_complete(client, "raw_alerts", "aa")

    record_batch(client, ENTRY, State.COMPLETE)

    assert not before
    assert is_complete(client, "raw_alerts", "aa")
    assert not is_complete(client, "raw_features", "aa")
    assert not is_complete(client, "raw_alerts", "bb")


def test_an_entry_is_stored_as_it_was_given(client: Client) -> None:
    record_batch(client, replace(ENTRY, source_sha256="ff"), State.STARTED)

    row = fetch(
        client,
        """
        SELECT network::String, window_days, toString(processing_date), table::String, source_uri,
            source_sha256, rows, content_hash, state::String, toUnixTimestamp(started_at),
            finished_at >= started_at
        FROM ingestion_ledger
        """,
    ).row(0)

    started = 1_704_672_000
    expected = ("ethereum", 7, "2024-01-08", "raw_alerts", "derived", "ff", 3, "aa", "started")
    assert (*expected, started, 1) == row


def test_entries_of_several_tables_are_written_together(client: Client) -> None:
    tables = ("raw_alerts", "raw_features")

    record_batches(client, [replace(ENTRY, table=name) for name in tables], State.COMPLETE)

    assert all(is_complete(client, name, "aa") for name in tables)


def test_sources_are_those_of_one_table_begun_ones_included(client: Client) -> None:
    record_batch(client, ENTRY, State.STARTED)
    record_batch(client, replace(ENTRY, source_uri="b.parquet"), State.COMPLETE)
    record_batch(client, replace(ENTRY, table="raw_features", source_uri="c"), State.COMPLETE)

    sources = fetch_sources(client, "raw_alerts")

    assert ["b.parquet", "derived"] == sources
    assert [] == fetch_sources(client, "transfers")


def test_the_digest_does_not_change_with_time(client: Client) -> None:
    record_batch(client, ENTRY, State.COMPLETE)
    before = fetch_ledger_digest(client)

    later = replace(ENTRY, started_at=datetime(2025, 5, 5, tzinfo=UTC))
    record_batch(client, later, State.STARTED)
    begun = fetch_ledger_digest(client)
    record_batch(client, later, State.COMPLETE)

    assert before == begun == fetch_ledger_digest(client)


@pytest.mark.parametrize(
    "changed",
    [
        {"content_hash": "bb"},
        {"processing_date": date(2024, 1, 9)},
        {"processing_date": None},
        {"window_days": 30},
        {"table": "raw_features"},
        {"source_uri": "other"},
    ],
)
def test_the_digest_changes_with_what_is_loaded(client: Client, changed: dict[str, object]) -> None:
    empty = fetch_ledger_digest(client)
    record_batch(client, ENTRY, State.COMPLETE)
    before = fetch_ledger_digest(client)

    record_batch(client, replace(ENTRY, **changed), State.COMPLETE)  # type: ignore[arg-type]

    assert 3 == len({empty, before, fetch_ledger_digest(client)})


def test_content_derived_back_has_its_old_digest(client: Client) -> None:
    digests = []
    for content in ("aa", "bb", "aa"):
        record_batch(client, replace(ENTRY, content_hash=content), State.COMPLETE)
        digests.append(fetch_ledger_digest(client))

    assert digests[0] == digests[2] != digests[1]


def test_a_batch_is_named_by_what_it_is_and_not_by_when_it_came() -> None:
    later = replace(ENTRY, started_at=datetime(2025, 5, 5, tzinfo=UTC))

    assert batch_id(ENTRY) == batch_id(later)
    assert batch_id(ENTRY) != batch_id(replace(ENTRY, content_hash="bb"))
