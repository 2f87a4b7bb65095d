"""A server does what the embedded engine does, and readers beside a writer see one state."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Event, Thread

import pytest
from polars.testing import assert_frame_equal

from alertmill.errors import SnapshotsChangingError
from alertmill.settings import Settings
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client, ClientFactory, ConnectionParams, get_connection_params
from alertmill.storage.ledger import Delivery
from alertmill.training.data.extracted import ExtractedQuery, TrainingData
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.vocabulary import Network
from tests.snapshots.hand_made import (
    DAY,
    derive,
    everything,
    frame_of,
    random_labels,
    random_transfers,
    store,
)
from tests.support.clickhouse_server import ClickHouseServer

_ROUNDS = 6


def server_params(server: ClickHouseServer) -> ConnectionParams:
    settings = Settings(_env_file=None, clickhouse_host=server.host, clickhouse_port=server.port)
    params = get_connection_params("ethereum", settings)
    return replace(params, database=f"test_{uuid.uuid4().hex}")


@contextmanager
def opened(params: ConnectionParams) -> Iterator[Client]:
    with ClientFactory(params).client_context() as client:
        yield client


def extract(client: Client) -> TrainingData:
    return FeatureExtractor(client).extract_training_data(DAY, DAY, 7, network="ethereum")


def answers(data: TrainingData) -> list[ExtractedQuery]:
    """Return every query and its answer, but that for the batches: each load has ids of its own."""
    return [query for query in data.queries if query.name != "batches"]


def test_a_snapshot_derived_and_extracted_on_a_server_is_the_same(
    client: Client, server: ClickHouseServer
) -> None:
    store(client, random_transfers(), random_labels())
    derive(client)

    with opened(server_params(server)) as other:
        store(other, random_transfers(), random_labels())
        derive(other)
        assert everything(client) == everything(other)
        assert answers(extract(client)) == answers(extract(other))
        assert_frame_equal(extract(client).flows, extract(other).flows)


def ingest(client: Client, seed: int) -> None:
    """Replace the chain by another one, and the snapshot with it."""
    transfers = frame_of(random_transfers(300, n_addresses=60, seed=seed))
    load_transfers(client, transfers, Delivery(Network.ETHEREUM, "chain"))
    derive(client)


def fingerprint(data: TrainingData) -> tuple[str, ...]:
    kept = ("alerts", "address_features", "flows", "alert_clusters", "snapshots")
    return tuple(query.content_hash for query in data.queries if query.name in kept)


@pytest.mark.heavy
def test_a_reader_beside_a_writer_sees_the_old_snapshot_or_the_new_or_says_that_it_cannot(
    server: ClickHouseServer,
) -> None:
    params, states, seen = server_params(server), [], []
    with opened(params) as client:
        for seed in (1, 2):
            ingest(client, seed)
            states.append(fingerprint(extract(client)))
    done = Event()

    def read() -> None:
        with opened(params) as client:
            is_last = False
            while not is_last:
                is_last = done.is_set()  # what is read from now on, nobody disturbs
                with suppress(SnapshotsChangingError):
                    seen.append(fingerprint(extract(client)))

    reader = Thread(target=read)
    reader.start()
    with opened(params) as client:
        for number in range(_ROUNDS):
            ingest(client, 1 + number % 2)
    done.set()
    reader.join()

    assert 2 == len(set(states))
    assert seen
    assert set(seen) <= set(states)


@pytest.mark.heavy
def test_two_writers_of_different_snapshots_do_not_disturb_each_other(
    server: ClickHouseServer,
) -> None:
    params = server_params(server)
    with opened(params) as client:
        store(client, random_transfers(300))
        expected = [derive(client), derive(client, window_days=30)]
    found: dict[int, object] = {}

    def write(window_days: int) -> None:
        with opened(params) as client:
            for _ in range(3):
                found[window_days] = derive(client, window_days=window_days)

    writers = [Thread(target=write, args=(days,)) for days in (7, 30)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with opened(params) as client:
        stored = client.query(
            "SELECT window_days, count() FROM raw_features GROUP BY ALL ORDER BY 1"
        )
    assert expected == [found[7], found[30]]
    assert [(7, expected[0].n_addresses), (30, expected[1].n_addresses)] == stored.result_rows
