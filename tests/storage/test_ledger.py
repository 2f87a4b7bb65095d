"""The ledger knows what counts, from where, and by its content."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo

import pytest

from alertmill.snapshots.folders.loaded import LoadedSnapshots
from alertmill.storage import Client, fetch, ledger
from alertmill.storage.ledger import (
    Delivery,
    LedgerEntry,
    State,
    fetch_current_digests,
    fetch_delivered,
    fetch_ledger_digest,
    fetch_sources,
    fetch_unfinished,
    record,
)
from alertmill.vocabulary import Network

SNAPSHOT = Delivery(
    Network.ETHEREUM,
    "derived",
    source_sha256="ff",
    window_days=7,
    processing_date=date(2024, 1, 8),
)
ENTRY = LedgerEntry(
    batch_id="b1",
    delivery=SNAPSHOT,
    table="raw_alerts",
    rows=3,
    content_hash="aa",
    started_at=datetime(2024, 1, 8, tzinfo=UTC),
)


class ClockOfYesterday(datetime):
    """A clock that was set back by a day."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> ClockOfYesterday:
        """Tell the time of a day ago."""
        return super().now(tz) - timedelta(days=1)


def is_loaded(client: Client, delivery: Delivery) -> bool:
    """What the ingestion of folders reads from the ledger."""
    return LoadedSnapshots(client, delivery.network).holds(delivery)


def test_a_batch_counts_only_after_it_was_recorded_complete(client: Client) -> None:
    record(client, [ENTRY], State.STARTED)
    before = fetch_current_digests(client, SNAPSHOT)

    record(client, [ENTRY], State.COMPLETE)

    assert {} == before
    assert {"raw_alerts": "aa"} == fetch_current_digests(client, SNAPSHOT)


def test_an_entry_is_stored_as_it_was_given(client: Client) -> None:
    record(client, [ENTRY], State.STARTED)

    row = fetch(
        client,
        """
        SELECT batch_id, network::String, window_days, toString(processing_date), table::String,
            source_uri, source_sha256, rows, content_hash, state::String,
            toUnixTimestamp(started_at), finished_at >= started_at, sequence
        FROM ingestion_ledger
        """,
    ).row(0)

    started = 1_704_672_000
    expected = ("b1", "ethereum", 7, "2024-01-08", "raw_alerts", "derived", "ff", 3, "aa")
    assert (*expected, "started", started, 1, 0) == row


@pytest.mark.parametrize(
    ("first", "second", "counting"),
    [
        (SNAPSHOT, SNAPSHOT, ["b2"]),
        (SNAPSHOT, replace(SNAPSHOT, source_uri="folder"), ["b2"]),
        (SNAPSHOT, replace(SNAPSHOT, window_days=30), ["b1", "b2"]),
        (SNAPSHOT, replace(SNAPSHOT, processing_date=date(2024, 1, 9)), ["b1", "b2"]),
        (Delivery(Network.ETHEREUM, "a"), Delivery(Network.ETHEREUM, "a"), ["b2"]),
        (Delivery(Network.ETHEREUM, "a"), Delivery(Network.ETHEREUM, "b"), ["b1", "b2"]),
        (Delivery(Network.ETHEREUM, "a"), SNAPSHOT, ["b1", "b2"]),
    ],
)
def test_a_later_batch_replaces_one_of_the_same_slot(
    client: Client, first: Delivery, second: Delivery, counting: list[str]
) -> None:
    record(client, [replace(ENTRY, delivery=first)], State.COMPLETE)
    record(client, [replace(ENTRY, delivery=second, batch_id="b2")], State.COMPLETE)

    found = fetch(client, "SELECT batch_id FROM current_batches ORDER BY batch_id")

    assert counting == found["batch_id"].to_list()


@pytest.mark.parametrize("is_void_first", [False, True])
@pytest.mark.parametrize("end", [State.COMPLETE, State.UNCHANGED])
def test_a_void_batch_never_counts_whatever_was_entered_first(
    client: Client, end: State, *, is_void_first: bool
) -> None:
    record(client, [ENTRY], State.COMPLETE)
    before = fetch_ledger_digest(client)
    other = replace(SNAPSHOT, source_sha256="00")
    entry = replace(ENTRY, delivery=other, batch_id="b2", content_hash="bb")

    for state in (State.VOID, end) if is_void_first else (end, State.VOID):
        record(client, [entry], state)

    assert {"raw_alerts": "aa"} == fetch_current_digests(client, SNAPSHOT)
    assert ["ff"] == fetch_delivered(client, "raw_alerts", Network.ETHEREUM, "derived")
    assert (True, False) == (is_loaded(client, SNAPSHOT), is_loaded(client, other))
    assert before == fetch_ledger_digest(client)


def test_unfinished_is_what_others_began_in_the_slot_and_did_not_end(client: Client) -> None:
    ends = {"done": State.COMPLETE, "same": State.UNCHANGED, "gone": State.VOID}
    for batch_id in ("own", "open", *ends):
        record(client, [replace(ENTRY, batch_id=batch_id)], State.STARTED)
    for batch_id, state in ends.items():
        record(client, [replace(ENTRY, batch_id=batch_id)], state)
    elsewhere = replace(SNAPSHOT, window_days=30)
    record(client, [replace(ENTRY, batch_id="other", delivery=elsewhere)], State.STARTED)

    found = fetch_unfinished(client, ["raw_alerts"], SNAPSHOT, besides="own")

    assert [replace(ENTRY, batch_id="open", rows=0, content_hash="")] == found
    assert [] == fetch_unfinished(client, ["raw_features"], SNAPSHOT, besides="own")


def test_what_counts_does_not_depend_on_the_clock(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(client, [ENTRY], State.COMPLETE)
    monkeypatch.setattr(ledger, "datetime", ClockOfYesterday)

    record(client, [replace(ENTRY, batch_id="a2", content_hash="bb")], State.COMPLETE)

    assert {"raw_alerts": "bb"} == fetch_current_digests(client, SNAPSHOT)


def test_a_delivery_is_known_by_its_source_and_checksum(client: Client) -> None:
    record(client, [ENTRY], State.COMPLETE)

    assert is_loaded(client, SNAPSHOT)
    assert not is_loaded(client, replace(SNAPSHOT, source_sha256="00"))
    assert not is_loaded(client, replace(SNAPSHOT, source_uri="other"))
    assert not is_loaded(client, replace(SNAPSHOT, window_days=30))


def test_rows_without_a_checksum_are_never_called_delivered(client: Client) -> None:
    made_here = replace(SNAPSHOT, source_sha256="")
    record(client, [replace(ENTRY, delivery=made_here)], State.COMPLETE)

    assert not is_loaded(client, made_here)


def test_sources_are_those_of_one_table_that_count(client: Client) -> None:
    begun, done = Delivery(Network.ETHEREUM, "begun"), Delivery(Network.ETHEREUM, "b.parquet")
    record(client, [replace(ENTRY, delivery=begun)], State.STARTED)
    record(client, [replace(ENTRY, delivery=done)], State.COMPLETE)
    record(client, [replace(ENTRY, table="raw_features", batch_id="b3")], State.COMPLETE)

    sources = fetch_sources(client, "raw_alerts")

    assert ["b.parquet"] == sources
    assert [] == fetch_sources(client, "transfers")


def test_the_digest_does_not_change_with_time(client: Client) -> None:
    record(client, [ENTRY], State.COMPLETE)
    before = fetch_ledger_digest(client)

    later = replace(ENTRY, started_at=datetime(2025, 5, 5, tzinfo=UTC), batch_id="b2")
    record(client, [later], State.STARTED)
    begun = fetch_ledger_digest(client)
    record(client, [later], State.COMPLETE)

    assert before == begun == fetch_ledger_digest(client)


@pytest.mark.parametrize(
    "changed",
    [
        replace(ENTRY, content_hash="bb"),
        replace(ENTRY, delivery=replace(SNAPSHOT, processing_date=date(2024, 1, 9))),
        replace(ENTRY, delivery=replace(SNAPSHOT, processing_date=None)),
        replace(ENTRY, delivery=replace(SNAPSHOT, window_days=30)),
        replace(ENTRY, delivery=replace(SNAPSHOT, source_uri="other")),
        replace(ENTRY, table="raw_features"),
    ],
    ids=["content", "day", "no day", "window", "source", "table"],
)
def test_the_digest_changes_with_what_is_loaded(client: Client, changed: LedgerEntry) -> None:
    empty = fetch_ledger_digest(client)
    record(client, [ENTRY], State.COMPLETE)
    before = fetch_ledger_digest(client)

    record(client, [replace(changed, batch_id="b2")], State.COMPLETE)

    assert 3 == len({empty, before, fetch_ledger_digest(client)})


def test_content_derived_back_has_its_old_digest(client: Client) -> None:
    digests = []
    for number, content in enumerate(("aa", "bb", "aa")):
        entry = replace(ENTRY, content_hash=content, batch_id=f"b{number}")
        record(client, [entry], State.COMPLETE)
        digests.append(fetch_ledger_digest(client))

    assert digests[0] == digests[2] != digests[1]
