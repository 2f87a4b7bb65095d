"""Simulate the large world, derive its snapshots, and extract them as a training run does.

The days are taken in an order that spreads over the range, so that a run that is ended early has
seen all of it. With ``--folder`` the database is kept, and a later run goes on where one ended.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from measuring import Spent, database, peak_gigabytes, temporary_database

from alertmill.simulator import WorldParameters, simulate
from alertmill.snapshots.derivation import derive_snapshot
from alertmill.snapshots.loading import SIMULATED, load_ground_truth, load_labels, load_transfers
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery
from alertmill.training.data.extraction import FeatureExtractor

STRIDE = 37
"""Has no divisor in common with 60, the number of days."""


@dataclass(frozen=True)
class Options:
    """What to do."""

    size: str
    snapshots: int
    folder: Path | None


def main() -> None:
    """Load, derive and extract, and print what each step took."""
    options = _options()
    parameters = WorldParameters.preset(options.size)
    with ExitStack() as stack:
        opened = database(options.folder) if options.folder else temporary_database()
        client = stack.enter_context(opened)
        if fetch(client, "SELECT count() AS n FROM transfers")["n"][0] == 0:
            _load(client, parameters)
        for day in _days(client, parameters, options.snapshots):
            _derive(client, parameters, day)
        _extract(client, parameters)


def _options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="large", help="small, demo, medium or large")
    parser.add_argument("--snapshots", type=int, default=60, help="how many to derive now")
    parser.add_argument("--folder", type=Path, help="of a database to keep")
    return Options(**vars(parser.parse_args()))


def _load(client: Client, parameters: WorldParameters) -> None:
    started = Spent.now()
    world = simulate(parameters)
    _say("simulated", started)
    delivery = Delivery(parameters.network, f"{SIMULATED}large:{parameters.seed}")
    started = Spent.now()
    n_transfers = load_transfers(client, world.transfer_batches(), delivery)
    load_labels(client, world.labels, delivery)
    load_ground_truth(client, world.ground_truth, delivery)
    _say(f"loaded {n_transfers:,} transfers", started)


def _days(client: Client, parameters: WorldParameters, most: int) -> list[date]:
    """Give the days that are not derived yet."""
    done = set(fetch(client, "SELECT DISTINCT processing_date FROM raw_alerts").to_series())
    n_days = parameters.n_snapshots
    spread = [
        parameters.first_snapshot + timedelta(days=number * STRIDE % n_days)
        for number in range(n_days)
    ]
    return [day for day in spread if day not in done][:most]


def _derive(client: Client, parameters: WorldParameters, day: date) -> None:
    started = Spent.now()
    snapshot = derive_snapshot(
        client,
        network=parameters.network,
        processing_date=day,
        window_days=parameters.window_days,
    )
    _say(
        f"{day}: {snapshot.n_addresses:,} addresses, {snapshot.n_flows:,} flows, "
        f"{snapshot.n_alerts:,} alerts, {snapshot.n_clusters:,} clusters",
        started,
    )


def _extract(client: Client, parameters: WorldParameters) -> None:
    started = Spent.now()
    data = FeatureExtractor(client).extract_training_data(
        parameters.first_snapshot,
        parameters.last_snapshot,
        parameters.window_days,
        network=parameters.network,
    )
    _say(f"extracted and checked {data.alerts.height:,} alerts", started)


def _say(what: str, started: Spent) -> None:
    spent = Spent.now() - started
    print(
        f"{spent.wall:7.1f} s ({spent.cpu:6.1f} s of processor), "
        f"peak so far {peak_gigabytes():.2f} GB: {what}",
        flush=True,
    )


if __name__ == "__main__":
    main()
