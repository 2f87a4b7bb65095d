"""Ingest and derivation per million transfers, and their peak memory, as transfers grow.

Each size gets a process of its own, an empty embedded database, and 60 days of synthetic transfers
in which addresses and flows grow with the transfers. All transfers are loaded, and the snapshots of
the last days derived, each over 7 days of transfers.

The engine merges the parts of a table in the background, hardly any by the end of a small load but
most by the end of a large one. So that every size does the same work, merging is held back during
the load and then done in one go, and measured apart; ingest is both together.

Linear means: with a time of a + b · N, where a is the fixed cost of inserts and queries, b is the
same between the smaller two sizes and the larger two, within 20 %. It is judged by processor time,
and derivation by its fastest snapshot: on a machine that is shared, the clock on the wall tells of
the neighbours.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from measuring import NETWORK, Clocked, Spent, in_fresh_process, peak_gigabytes, temporary_database
from synthetic_transfers import Traffic

from alertmill.snapshots.derivation import DerivedSnapshot, derive_snapshot
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client, execute
from alertmill.storage.ledger import Delivery

SIZES = (100_000, 1_000_000)
LARGEST = 10_000_000
SNAPSHOTS = 5
WINDOW_DAYS = 7
MILLION = 1_000_000
TOLERANCE, MOST_GIGABYTES = 0.2, 6.0


@dataclass(frozen=True)
class Measured:
    """What one size took."""

    n_transfers: int
    load: Spent
    merge: Spent
    derive: Spent
    """The fastest snapshot."""
    peak_gigabytes: float
    snapshot: DerivedSnapshot

    @property
    def ingest(self) -> Spent:
        """What it takes until the transfers of a delivery lie in one sorted part."""
        return self.load + self.merge


def main() -> None:
    """Measure every size and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--large",
        action="store_true",
        help="also 10^7 transfers (10 minutes), and whether time grows with them",
    )
    sizes = (*SIZES, LARGEST) if parser.parse_args().large else SIZES
    print(
        f"fastest of {SNAPSHOTS} snapshots of {WINDOW_DAYS} days; seconds on the wall (processor)"
    )
    print("transfers   load          merge         a snapshot    peak     addresses, flows, alerts")
    measured = []
    for n_transfers in sizes:
        measured.append(in_fresh_process(measure, n_transfers))
        _print(measured[-1])
    for name in ("load", "merge", "ingest", "derive") if LARGEST in sizes else ():
        _print_growth(name, measured)
    peak = max(one.peak_gigabytes for one in measured)
    print(f"peak memory {peak:.1f} GB, wanted below {MOST_GIGABYTES:.0f} GB")


def measure(n_transfers: int) -> Measured:
    """Load and derive one size."""
    traffic = Traffic(n_transfers)
    with temporary_database() as client:
        load, merge = _ingest(client, traffic)
        derived = [
            _derive(client, traffic.first_day + timedelta(days=traffic.n_days - number))
            for number in range(SNAPSHOTS)
        ]
    fastest, snapshot = min(derived, key=lambda one: one[0].cpu)
    return Measured(
        n_transfers=n_transfers,
        load=load,
        merge=merge,
        derive=fastest,
        peak_gigabytes=peak_gigabytes(),
        snapshot=snapshot,
    )


def _ingest(client: Client, traffic: Traffic) -> tuple[Spent, Spent]:
    frames = Clocked(traffic.frames())
    execute(client, "SYSTEM STOP MERGES transfers_batches")
    started = Spent.now()
    load_transfers(client, frames, Delivery(NETWORK, "benchmark"))
    loaded = Spent.now()
    execute(client, "SYSTEM START MERGES transfers_batches")
    execute(client, "OPTIMIZE TABLE transfers_batches FINAL")
    return loaded - started - frames.spent, Spent.now() - loaded


def _derive(client: Client, day: date) -> tuple[Spent, DerivedSnapshot]:
    started = Spent.now()
    snapshot = derive_snapshot(
        client, network=NETWORK, processing_date=day, window_days=WINDOW_DAYS
    )
    return Spent.now() - started, snapshot


def _print(one: Measured) -> None:
    snapshot = one.snapshot
    spent = " ".join(f"{_seconds(spent):<13}" for spent in (one.load, one.merge, one.derive))
    print(
        f"{one.n_transfers:<11,d} {spent} {one.peak_gigabytes:.2f} GB  {snapshot.n_addresses:,} "
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
