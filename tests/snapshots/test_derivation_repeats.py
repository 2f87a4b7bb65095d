"""A snapshot is the same whenever it is derived, and knows nothing of what came later."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from alertmill.errors import DateRangeError
from alertmill.snapshots.derivation import derive_snapshots
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client, execute, fetch
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Network
from tests.snapshots.hand_made import (
    DAY,
    TABLES,
    Label,
    Transfer,
    derive,
    everything,
    features_of,
    frame_of,
    milliseconds,
    random_labels,
    random_transfers,
    rows,
    store,
    store_labels,
)


def test_deriving_again_gives_the_same_rows(client: Client) -> None:
    store(client, random_transfers(), random_labels())
    first = derive(client)
    before = everything(client)

    again = derive(client)

    assert first == again
    assert before == everything(client)
    assert first.n_alerts > 0
    assert first.n_clusters > 0


def test_threads_change_no_digit(client: Client) -> None:
    store(client, random_transfers(), random_labels())
    found = []
    for n_threads in (1, 2, 4):
        client.set_client_setting("max_threads", n_threads)
        derive(client)
        found.append(everything(client))

    assert found[0] == found[1] == found[2]


def test_what_happens_from_the_processing_date_on_changes_nothing(client: Client) -> None:
    store(client, random_transfers(), random_labels())
    derive(client)
    before = everything(client)

    cut = {"cut": milliseconds(DAY)}
    execute(client, "DELETE FROM transfers_batches WHERE block_timestamp >= {cut:UInt64}", cut)
    execute(client, "DELETE FROM raw_address_labels_batches WHERE known_at >= {cut:UInt64}", cut)
    derive(client)

    assert before == everything(client)


@pytest.mark.parametrize(
    ("old", "new", "counting"),
    [
        ("2023-12-20", "2024-01-05", 1),
        ("2024-01-05", "2023-12-20", 1),
        ("2023-12-20", "2023-12-28", 1),
        ("2024-01-05", "2024-01-08", 0),
    ],
    ids=["into it", "out of it", "before it", "after it"],
)
def test_of_a_transfer_that_was_moved_the_highest_version_from_before_the_end_of_the_window_counts(
    client: Client, old: str, new: str, counting: int
) -> None:
    store(client, [*random_transfers(300), Transfer("2024-01-06", "0xmoved", "0x001", 50.0)])
    for version, at in enumerate((old, new)):
        moved = frame_of([Transfer(at, "0xmoved", "0x001", 900.0 + version)])
        keyed = moved.with_columns(tx_id=pl.lit("moved"), _version=pl.lit(version, pl.UInt64))
        load_transfers(client, keyed, Delivery(Network.ETHEREUM, f"version {version}"))
    derive(client)
    before = everything(client)

    execute(
        client,
        "DELETE FROM transfers_batches WHERE tx_id = 'moved' AND _version != {counting:UInt64}",
        {"counting": counting},
    )
    derive(client)

    assert before == everything(client)


def test_the_label_of_an_address_does_not_touch_its_own_row(client: Client) -> None:
    store(client, random_transfers())
    derive(client)
    before = features_of(client, "0x005")

    store_labels(client, [Label("0x005", "mixer", "critical", date(2024, 1, 2))])
    derive(client)

    assert before == features_of(client, "0x005")


def test_the_label_of_an_address_raises_no_alert_on_it(client: Client) -> None:
    store(client, random_transfers())
    derive(client)
    own = pl.col("address") == "0x005"
    before = rows(client, "raw_alerts").filter(own).rows()

    store_labels(client, [Label("0x005", "mixer", "critical", date(2024, 1, 2))])
    derive(client)

    alerts = rows(client, "raw_alerts")
    assert before == alerts.filter(own).rows()
    assert "PROXIMITY_RISK" in alerts.filter(~own)["typology_type"].to_list()


@pytest.mark.parametrize(
    "label",
    [
        Label("b", "scam", "high", DAY),
        Label("b", "scam", "high", date(2024, 1, 2), revoked=date(2024, 1, 5)),
        Label("b", "scam", "high", date(1970, 1, 1), known_at_source="assumed"),
        Label("b", "scam", "medium", date(2024, 1, 2)),
    ],
    ids=["known too late", "revoked before", "time only assumed", "not risky"],
)
def test_labels_that_do_not_count_expose_nobody(client: Client, label: Label) -> None:
    store(client, [Transfer("2024-01-03", "a", "b", 900.0)], [label])

    derive(client)

    assert 0.0 == features_of(client, "a")["exposure_out_1hop_share"]


def test_of_two_sources_the_more_trusted_is_believed(client: Client) -> None:
    said = [
        Label("b", "scam", "high", date(2024, 1, 3), trust_level="community", source="forum"),
        Label("b", "exchange", "low", date(2024, 1, 2), trust_level="official", source="licence"),
    ]
    store(client, [Transfer("2024-01-03", "a", "b", 900.0)], said)

    derive(client)

    found = features_of(client, "a")
    assert (0.0, 1.0) == (found["exposure_out_1hop_share"], found["exchange_out_share"])


def test_a_day_whose_transfers_are_gone_loses_its_rows(client: Client) -> None:
    store(client, random_transfers(300))
    derive(client)

    execute(client, "TRUNCATE TABLE transfers_batches")
    derived = derive(client)

    assert (0, 0, 0, 0) == (
        derived.n_addresses,
        derived.n_flows,
        derived.n_alerts,
        derived.n_clusters,
    )
    assert [[], [], [], []] == everything(client)


def test_windows_and_days_are_kept_apart(client: Client) -> None:
    store(client, random_transfers(300))

    derive(client, window_days=7)
    seven = everything(client)
    derive(client, window_days=30)
    derive(client, day=DAY + timedelta(days=1))

    kept = [
        frame.filter(pl.col("window_days") == 7, pl.col("processing_date") == DAY).rows()
        for frame in (rows(client, table) for table in TABLES)
    ]
    assert seven == kept


def test_a_range_derives_every_day_and_tells_how_far_it_is(client: Client) -> None:
    store(client, random_transfers(300))
    seen: list[tuple[int, int]] = []

    derived = derive_snapshots(
        client,
        network=Network.ETHEREUM,
        start_date=DAY,
        end_date=DAY + timedelta(days=2),
        window_days=7,
        progress=lambda done, total: seen.append((done, total)),
    )

    assert [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)] == [
        snapshot.processing_date for snapshot in derived
    ]
    assert [(1, 3), (2, 3), (3, 3)] == seen


def test_a_range_that_ends_before_it_starts_is_refused(client: Client) -> None:
    with pytest.raises(DateRangeError):
        derive_snapshots(
            client,
            network=Network.ETHEREUM,
            start_date=DAY,
            end_date=DAY - timedelta(days=1),
            window_days=7,
        )


def test_the_ledger_holds_each_table_of_a_snapshot(client: Client) -> None:
    store(client, random_transfers(300))
    derived = derive(client)

    ledger = fetch(
        client,
        "SELECT table::String AS table, rows FROM current_batches WHERE window_days = 7",
    )

    assert {
        "raw_features": derived.n_addresses,
        "raw_money_flows": derived.n_flows,
        "raw_alerts": derived.n_alerts,
        "raw_clusters": derived.n_clusters,
    } == dict(ledger.rows())
