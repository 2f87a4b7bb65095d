"""Rows of several tables count in one step, once, and only if all of them arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from alertmill.errors import ConfigurationError, IncompleteBatchError
from alertmill.storage import Client, ConnectionParams, execute, fetch
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery
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
