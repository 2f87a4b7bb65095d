"""Rows of several tables count in one step, once, and only if all of them arrived."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import cast

import polars as pl
import pyarrow as pa
import pytest

from alertmill.errors import ConfigurationError, IncompleteBatchError
from alertmill.snapshots.folders.loaded import LoadedSnapshots
from alertmill.storage import Client, ConnectionParams, execute, fetch
from alertmill.storage.batches import Batch, open_batch
from alertmill.storage.ledger import (
    Delivery,
    LedgerEntry,
    State,
    fetch_unfinished,
    record,
)
from alertmill.storage.migrations import migrate
from alertmill.vocabulary import Network

DAY = date(2024, 1, 8)
SNAPSHOT = Delivery(Network.ETHEREUM, "a folder", window_days=7, processing_date=DAY)
TABLES = ["raw_alerts", "raw_clusters"]


def alerts(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"alert_id": ids}).with_columns(_KEYS)


def clusters(*ids: str) -> pl.DataFrame:
    return pl.DataFrame({"cluster_id": ids}).with_columns(_KEYS)


_KEYS = (pl.lit(7, pl.UInt16).alias("window_days"), pl.lit(DAY).alias("processing_date"))


def deliver(client: Client, *ids: str) -> dict[str, int]:
    with open_batch(client, SNAPSHOT, TABLES) as batch:
        batch.insert("raw_alerts", alerts(*ids))
        batch.insert("raw_clusters", clusters(*ids))
        return batch.commit()


def seen(client: Client) -> tuple[list[str], list[str]]:
    found = fetch(client, "SELECT alert_id FROM raw_alerts ORDER BY alert_id")
    other = fetch(client, "SELECT cluster_id FROM raw_clusters ORDER BY cluster_id")
    return found["alert_id"].to_list(), other["cluster_id"].to_list()


def n_stored(client: Client) -> int:
    return int(fetch(client, "SELECT count() AS n FROM raw_alerts_batches")["n"][0])


def test_rows_count_after_the_commit_and_in_all_tables(client: Client) -> None:
    deliver(client, "old")
    with open_batch(client, SNAPSHOT, TABLES) as batch:
        batch.insert("raw_alerts", alerts("new", "newer"))
        batch.insert("raw_clusters", clusters("new"))
        before = seen(client)

        counts = batch.commit()

    assert (["old"], ["old"]) == before
    assert (["new", "newer"], ["new"]) == seen(client)
    assert {"raw_alerts": 2, "raw_clusters": 1} == counts


def test_replaced_rows_are_removed(client: Client) -> None:
    for name in ("first", "second", "third"):
        deliver(client, name)

    assert 1 == n_stored(client)


def test_the_same_rows_again_change_nothing(client: Client) -> None:
    deliver(client, "a", "b")
    before = fetch(client, "SELECT batch_id FROM current_batches ORDER BY table")

    deliver(client, "b", "a")

    assert before.equals(fetch(client, "SELECT batch_id FROM current_batches ORDER BY table"))
    assert 2 == n_stored(client)


def test_a_batch_that_was_left_never_counts_and_is_removed_by_the_next(client: Client) -> None:
    deliver(client, "old")
    with open_batch(client, SNAPSHOT, TABLES) as abandoned:
        abandoned.insert("raw_alerts", alerts("half"))
    before = seen(client), n_stored(client)

    deliver(client, "new")

    assert ((["old"], ["old"]), 2) == before
    assert (["new"], ["new"]) == seen(client)
    assert 1 == n_stored(client)


def test_an_empty_batch_empties_its_slot(client: Client) -> None:
    deliver(client, "old")

    counts = deliver(client)

    assert {"raw_alerts": 0, "raw_clusters": 0} == counts
    assert ([], []) == seen(client)
    assert 0 == n_stored(client)


def test_a_batch_that_lost_rows_does_not_count(client: Client) -> None:
    deliver(client, "old")
    with open_batch(client, SNAPSHOT, TABLES) as batch:
        batch.insert("raw_alerts", alerts("new", "lost"))
        where = {"batch": batch.batch_id}
        execute(
            client,
            "DELETE FROM raw_alerts_batches WHERE alert_id = 'lost' AND batch_id = {batch:String}",
            where,
        )

        with pytest.raises(IncompleteBatchError, match="2 rows were sent to raw_alerts and 1"):
            batch.commit()

    assert (["old"], ["old"]) == seen(client)


def test_rows_selected_twice_inside_the_database_do_not_count(client: Client) -> None:
    sql = """
        INSERT INTO raw_alerts_batches (batch_id, window_days, processing_date, alert_id)
        SELECT {batch:String}, 7, '2024-01-08', toString(number) FROM numbers(3)
        SETTINGS insert_deduplicate = 0
    """
    with open_batch(client, SNAPSHOT, TABLES) as batch:
        batch.insert_selected("raw_alerts", sql, {}, expected=3)
        execute(client, sql, {"batch": batch.batch_id})

        with pytest.raises(IncompleteBatchError, match="3 rows were sent to raw_alerts and 6"):
            batch.commit()


class MeetingClient:
    """A client of the driver that meets another process before or after it enters a state."""

    def __init__(
        self,
        client: Client,
        state: State,
        *,
        before: Callable[[], object] | None = None,
        after: Callable[[], object] | None = None,
    ) -> None:
        self._client = client
        self._state = state
        self._before = before
        self._after = after

    def __getattr__(self, name: str) -> object:
        """Everything else happens undisturbed."""
        return getattr(self._client, name)

    def insert_arrow(self, table: str, rows: pa.Table, **kwargs: object) -> object:
        """Insert, and meet the other one."""
        is_meeting = table == "ingestion_ledger" and rows["state"][0].as_py() == self._state
        if is_meeting and self._before:
            self._before()
        inserted = self._client.insert_arrow(table, rows, **kwargs)
        if is_meeting and self._after:
            self._after()
        return inserted


def write(client: object, name: str) -> Batch:
    """Begin a batch in the slot of the others, and send its rows."""
    batch = Batch(cast(Client, client), replace(SNAPSHOT, source_sha256=name), TABLES)
    batch.begin()
    batch.insert("raw_alerts", alerts(name))
    batch.insert("raw_clusters", clusters(name))
    return batch


def is_known(client: Client, name: str) -> bool:
    return LoadedSnapshots(client, Network.ETHEREUM).holds(replace(SNAPSHOT, source_sha256=name))


def test_a_batch_that_is_overtaken_between_its_count_and_its_last_entry_does_not_count(
    client: Client,
) -> None:
    deliver(client, "old")
    others: list[Batch] = []
    meeting = MeetingClient(
        client, State.COMPLETE, before=lambda: others.append(write(client, "second"))
    )
    first = write(meeting, "first")

    with pytest.raises(IncompleteBatchError, match=r"another process began .* load or"):
        first.commit()

    between = seen(client)
    others[0].commit()
    assert (["old"], ["old"]) == between
    assert (["second"], ["second"]) == seen(client)
    assert (False, True) == (is_known(client, "first"), is_known(client, "second"))
    assert 1 == n_stored(client)


def test_a_batch_that_is_called_void_after_its_last_entry_does_not_count(client: Client) -> None:
    deliver(client, "old")
    found: list[LedgerEntry] = []
    meeting = MeetingClient(client, State.COMPLETE, after=lambda: record(client, found, State.VOID))
    first = write(meeting, "first")
    found += fetch_unfinished(client, TABLES, SNAPSHOT, besides="second")

    with pytest.raises(IncompleteBatchError, match="another process began"):
        first.commit()

    assert (["old"], ["old"]) == seen(client)
    assert not is_known(client, "first")


def test_a_batch_that_sends_its_rows_after_it_was_overtaken_does_not_count(client: Client) -> None:
    deliver(client, "old")
    with open_batch(client, SNAPSHOT, TABLES) as first, open_batch(client, SNAPSHOT, TABLES):
        first.insert("raw_alerts", alerts("first"))

        with pytest.raises(IncompleteBatchError, match="another process began"):
            first.commit()

    assert (["old"], ["old"]) == seen(client)


def test_one_that_commits_while_it_is_called_void_leaves_what_counted_before(
    client: Client,
) -> None:
    deliver(client, "old")
    first = write(client, "first")
    # it is looked for before its last entry, and called void after that
    write(MeetingClient(client, State.VOID, before=first.commit), "second")

    between = seen(client), is_known(client, "first")
    deliver(client, "third")

    assert ((["old"], ["old"]), False) == between
    assert (["third"], ["third"]) == seen(client)
    assert 1 == n_stored(client)


def test_one_that_commits_before_another_has_looked_is_replaced_by_it(client: Client) -> None:
    first = write(client, "first")
    second = write(MeetingClient(client, State.STARTED, after=first.commit), "second")

    between = seen(client)
    second.commit()

    assert (["first"], ["first"]) == between
    assert (["second"], ["second"]) == seen(client)
    assert 1 == n_stored(client)


def test_of_two_that_write_the_same_slot_the_overtaken_one_fails(client: Client) -> None:
    with open_batch(client, SNAPSHOT, TABLES) as first:
        first.insert("raw_alerts", alerts("first"))
        deliver(client, "second")

        with pytest.raises(IncompleteBatchError, match="no other process"):
            first.commit()

    assert (["second"], ["second"]) == seen(client)


def test_nothing_is_loaded_beside_a_table_of_another_program(
    client: Client, connection_params: ConnectionParams
) -> None:
    execute(client, "DROP VIEW raw_alerts")
    execute(client, "CREATE TABLE raw_alerts (address String) ENGINE = MergeTree ORDER BY address")
    migrate(client, connection_params.database)

    with pytest.raises(ConfigurationError, match=r"holds its own raw_alerts, of another program"):
        deliver(client, "a")


def test_nothing_is_loaded_beside_rows_of_another_network(client: Client) -> None:
    deliver(client, "a")

    with (
        pytest.raises(ConfigurationError, match="holds rows of ethereum, and rows of torus"),
        open_batch(client, replace(SNAPSHOT, network=Network.TORUS), TABLES),
    ):
        pass

    assert (["a"], ["a"]) == seen(client)
