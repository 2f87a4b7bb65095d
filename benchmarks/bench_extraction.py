"""Extraction as Arrow beside row-wise reading into pandas: same tables, same process.

Fills an embedded database with the simulator's small world in a temporary folder, reads all
snapshots both ways, three times each in turn, and prints the ratio of the medians.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from alertmill.settings import Settings
from alertmill.snapshots.derivation import derive_snapshots
from alertmill.snapshots.loading import load_labels, load_transfers
from alertmill.snapshots.simulator import WorldParameters, simulate
from alertmill.storage import Client, ClientFactory, get_connection_params
from alertmill.storage.ledger import Delivery
from alertmill.training.extraction import FeatureExtractor

REPETITIONS = 3
WORLD = WorldParameters.preset("small")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, alertmill_database_dir=Path(folder))
        params = get_connection_params(WORLD.network, settings)
        with ClientFactory(params).client_context() as client:
            _fill(client)
            ours, rowwise = [], []
            for _ in range(REPETITIONS):
                ours.append(_seconds(lambda: _as_arrow(client)))
                rowwise.append(_seconds(lambda: _row_by_row(client)))
    ratio = statistics.median(rowwise) / statistics.median(ours)
    print(f"all extracts as Arrow, aggregated in the database: {statistics.median(ours):.2f} s")
    print(f"the same tables row by row into pandas: {statistics.median(rowwise):.2f} s")
    print(f"ratio: {ratio:.1f}")


def _fill(client: Client) -> None:
    world = simulate(WORLD)
    load_transfers(client, world.transfers, Delivery(WORLD.network, "benchmark"))
    load_labels(client, world.labels, Delivery(WORLD.network, "benchmark"))
    derive_snapshots(
        client,
        network=WORLD.network,
        start_date=WORLD.first_snapshot,
        end_date=WORLD.last_snapshot,
        window_days=WORLD.window_days,
    )


def _as_arrow(client: Client) -> None:
    FeatureExtractor(client).extract_training_data(
        WORLD.first_snapshot, WORLD.last_snapshot, WORLD.window_days, network=WORLD.network
    )


def _row_by_row(client: Client) -> None:
    """Read as the seed's predecessor did: every row of every table to Python, then to pandas."""
    for table in ("raw_alerts", "raw_features", "raw_clusters", "raw_money_flows"):
        result = client.query("SELECT * FROM {table:Identifier}", parameters={"table": table})
        pd.DataFrame(result.result_rows, columns=result.column_names)


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
