"""An embedded database that is opened for moments, day after day, does not fill with old parts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from alertmill.storage import Client
from alertmill.storage.outdated_parts import TABLE, delete_outdated_parts

N_INSERTS = 30


@pytest.fixture
def merged(client: Client) -> Client:
    """A ledger of many small inserts, whose parts a merge has replaced."""
    now = datetime.now(UTC)
    for number in range(N_INSERTS):
        client.insert(
            TABLE,
            [[str(number), "ethereum", now, now]],
            column_names=["batch_id", "network", "started_at", "finished_at"],
        )
    client.command(f"OPTIMIZE TABLE {TABLE} FINAL")
    waiting = Retrying(
        stop=stop_after_delay(30),
        wait=wait_fixed(0.1),
        retry=retry_if_result(lambda n: n < N_INSERTS),
    )
    waiting(n_parts, client, is_active=False)
    return client


def n_parts(client: Client, *, is_active: bool) -> int:
    return int(
        client.command(
            "SELECT count() FROM system.parts WHERE database = currentDatabase() "
            "AND table = {table:String} AND active = {active:Bool}",
            parameters={"table": TABLE, "active": is_active},
        )
    )


def n_rows(client: Client) -> int:
    return int(client.command("SELECT count() FROM ingestion_ledger"))


def test_parts_that_were_just_replaced_stay(merged: Client) -> None:
    assert 0 == delete_outdated_parts(merged, most=5)
    assert n_parts(merged, is_active=False) >= N_INSERTS


def test_old_parts_are_deleted_and_no_row_with_them(merged: Client) -> None:
    merged.command(f"ALTER TABLE {TABLE} MODIFY SETTING old_parts_lifetime = 0")
    waiting = Retrying(
        stop=stop_after_delay(30), wait=wait_fixed(0.2), retry=retry_if_result(lambda n: not n)
    )

    n_deleted = waiting(delete_outdated_parts, merged, seconds=0, most=5)

    assert n_deleted > 5
    assert 0 == n_parts(merged, is_active=False)
    assert N_INSERTS == n_rows(merged)


def test_a_few_old_parts_are_left_alone(merged: Client) -> None:
    assert 0 == delete_outdated_parts(merged, seconds=0, most=10 * N_INSERTS)
