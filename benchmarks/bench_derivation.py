"""Ingest and derivation per million transfers, and their peak memory, as transfers grow.

Each size gets a process of its own, an empty embedded database, and 60 days of synthetic transfers
in which addresses and flows grow with the transfers. All transfers are loaded, and the snapshots of
the last days derived, each over 7 days of transfers.

Ingest is over by the clock on the wall when the rows count; its processor time is taken when the
engine rests, which merges what it was given in the background.

Linear means: with a time of a + b · N, where a is the fixed cost of inserts and queries, b is the
same between the smaller two sizes and the larger two, within 20 %. It is judged by processor time,
and by the fastest of several databases and snapshots: on a machine that is shared, the clock on the
wall tells of the neighbours.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Self

from measuring import NETWORK, Clocked, Spent, in_fresh_process, peak_gigabytes, temporary_database
from synthetic_transfers import Traffic

from alertmill.snapshots.derivation import DerivedSnapshot, derive_snapshot
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery

SIZES = (100_000, 1_000_000)
LARGEST = 10_000_000
SNAPSHOTS = 5
DATABASES = 3
"""Of every size but the largest, in which a second more or less is no part of the growth."""
WINDOW_DAYS = 7
MILLION = 1_000_000
TOLERANCE, MOST_GIGABYTES = 0.2, 6.0
_CALM_SECONDS = 2
_PARTS = """
    FROM system.parts
    WHERE database = currentDatabase() AND table = 'transfers_batches' AND active
"""


@dataclass(frozen=True)
class Measured:
    """What one size took."""

    n_transfers: int
    ingest: Spent
    n_parts: int
    """Of the table, after ingest."""
    derive: Spent
    """The fastest snapshot."""
    peak_gigabytes: float
    snapshot: DerivedSnapshot

    @classmethod
    def fastest(cls, of_equal_size: Sequence[Self]) -> Self:
        """Give what was least of each, and most of the memory."""
        return replace(
            of_equal_size[0],
            ingest=min((one.ingest for one in of_equal_size), key=lambda spent: spent.cpu),
            derive=min((one.derive for one in of_equal_size), key=lambda spent: spent.cpu),
            peak_gigabytes=max(one.peak_gigabytes for one in of_equal_size),
        )


def main() -> None:
    """Measure every size and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--large",
        action="store_true",
        help="also 10^7 transfers (10 minutes), and whether time grows with them",
    )
    sizes = (*SIZES, LARGEST) if parser.parse_args().large else SIZES
    print(f"fastest snapshot of {WINDOW_DAYS} days; seconds on the wall (processor)")
    print("transfers   ingest        parts  a snapshot    peak     addresses, flows, alerts")
    measured = []
    for n_transfers in sizes:
        n_databases = 1 if n_transfers == LARGEST else DATABASES
        measured.append(
            Measured.fastest([in_fresh_process(measure, n_transfers) for _ in range(n_databases)])
        )
        _print(measured[-1])
    for name in ("ingest", "derive") if LARGEST in sizes else ():
        _print_growth(name, measured)
    peak = max(one.peak_gigabytes for one in measured)
    print(f"peak memory {peak:.1f} GB, wanted below {MOST_GIGABYTES:.0f} GB")


def measure(n_transfers: int) -> Measured:
    """Load and derive one size."""
    traffic = Traffic(n_transfers)
    with temporary_database() as client:
        ingest = _ingest(client, traffic)
        n_parts = fetch(client, f"SELECT count() AS n {_PARTS}")["n"][0]
        derived = [
            _derive(client, traffic.first_day + timedelta(days=traffic.n_days - number))
            for number in range(SNAPSHOTS)
        ]
    fastest, snapshot = min(derived, key=lambda one: one[0].cpu)
    return Measured(
        n_transfers=n_transfers,
        ingest=ingest,
        n_parts=n_parts,
        derive=fastest,
        peak_gigabytes=peak_gigabytes(),
        snapshot=snapshot,
    )


def _ingest(client: Client, traffic: Traffic) -> Spent:
    frames = Clocked(traffic.frames())
    started = Spent.now()
    load_transfers(client, frames, Delivery(NETWORK, "benchmark"))
    loaded = Spent.now()
    _wait_until_merged(client)
    until_rest = Spent(loaded.wall, Spent.now().cpu)
    return until_rest - started - frames.spent


def _wait_until_merged(client: Client) -> None:
    """Return when nothing was merged for a while."""
    calm_since = time.monotonic()
    while time.monotonic() < calm_since + _CALM_SECONDS:
        if fetch(client, "SELECT count() AS n FROM system.merges")["n"][0]:
            calm_since = time.monotonic()
        time.sleep(_CALM_SECONDS / 20)


def _derive(client: Client, day: date) -> tuple[Spent, DerivedSnapshot]:
    started = Spent.now()
    snapshot = derive_snapshot(
        client, network=NETWORK, processing_date=day, window_days=WINDOW_DAYS
    )
    return Spent.now() - started, snapshot


def _print(one: Measured) -> None:
    snapshot = one.snapshot
    print(
        f"{one.n_transfers:<11,d} {_seconds(one.ingest):<13} {one.n_parts:<6} "
        f"{_seconds(one.derive):<13} {one.peak_gigabytes:.2f} GB  {snapshot.n_addresses:,} "
        f"{snapshot.n_flows:,} {snapshot.n_alerts:,}",
        flush=True,
    )


def _seconds(spent: Spent) -> str:
    return f"{spent.wall:.1f} ({spent.cpu:.1f})"


def _print_growth(name: str, measured: list[Measured]) -> None:
    """Compare what a further million transfers takes between neighbouring sizes."""
    print(f"{name}, seconds for a further million transfers:")
    for clock in ("cpu", "wall"):
        slopes = [
            (getattr(getattr(large, name), clock) - getattr(getattr(small, name), clock))
            / ((large.n_transfers - small.n_transfers) / MILLION)
            for small, large in pairwise(measured)
        ]
        steps = ", then ".join(f"{slope:.2f}" for slope in slopes)
        print(f"  {clock:4} {steps}: {slopes[-1] / slopes[0] - 1:+.0%}, wanted ±{TOLERANCE:.0%}")


if __name__ == "__main__":
    main()
