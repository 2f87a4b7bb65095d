"""Time, memory and databases of benchmarks."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, TypeVar

from alertmill.settings import Settings
from alertmill.storage import Client, ClientFactory, get_connection_params
from alertmill.vocabulary import Network

NETWORK = Network.ETHEREUM

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock on the wall, and of all threads of this process on a processor."""

    wall: float = 0.0
    cpu: float = 0.0

    @classmethod
    def now(cls) -> Spent:
        """Read both clocks."""
        return cls(time.perf_counter(), time.process_time())

    def __sub__(self, other: Spent) -> Spent:
        """Give the time between two readings, or what is left of one."""
        return Spent(self.wall - other.wall, self.cpu - other.cpu)

    def __add__(self, other: Spent) -> Spent:
        """Give both together."""
        return Spent(self.wall + other.wall, self.cpu + other.cpu)


class Clocked(Iterable[Item]):
    """Items, and what it took to make them."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = iter(items)
        self.spent = Spent()

    def __iter__(self) -> Iterator[Item]:
        """Give each item once."""
        while True:
            started = Spent.now()
            try:
                item = next(self._items)
            except StopIteration:
                return
            finally:
                self.spent += Spent.now() - started
            yield item


def peak_gigabytes() -> float:
    """Give the most memory that this process ever had, with the engine that runs inside it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e6


def in_fresh_process(work: Callable[..., Result], *arguments: Any) -> Result:  # noqa: ANN401 - as work takes them
    """Run in a process that has done nothing before, so that its peak is that of the work."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


@contextmanager
def database(folder: Path) -> Iterator[Client]:
    """Open the embedded database in a folder."""
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=folder)
    params = get_connection_params(NETWORK, settings)
    with ClientFactory(params).client_context() as client:
        yield client


@contextmanager
def temporary_database() -> Iterator[Client]:
    """Open an embedded database that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder, database(Path(folder)) as client:
        yield client


Way = Callable[[Client, int], object]
"""Does the same as others with so many days of a database."""


def time_in_turn(
    folder: Path, ways: Mapping[str, Way], days: int, *, rounds: int = 2
) -> dict[str, Spent]:
    """Do everything in one process, each way in turn, and give the mean of the rounds.

    Before the clock starts each way takes one day: to load libraries is no part of it.
    """
    spent: dict[str, list[Spent]] = {name: [] for name in ways}
    with database(folder) as client:
        for way in ways.values():
            way(client, 1)
        for name in [*ways] * rounds:
            started = Spent.now()
            ways[name](client, days)
            spent[name].append(Spent.now() - started)
    return {
        name: Spent(mean(s.wall for s in found), mean(s.cpu for s in found))
        for name, found in spent.items()
    }


def peak_of(folder: Path, way: Way, days: int) -> tuple[float, float]:
    """Give the peak memory of this process before and after going one way."""
    with database(folder) as client:
        before = peak_gigabytes()
        way(client, days)
        return before, peak_gigabytes()


def print_markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as the documents hold it."""
    print(_line(heads))
    print("|" + "---|" * len(heads))
    for cells in rows:
        print(_line(cells))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def print_ways(spent: Mapping[str, Spent], peaks: Mapping[str, tuple[float, float]]) -> None:
    """Print a line a way."""
    for name, taken in spent.items():
        before, peak = peaks[name]
        print(
            f"{name:<36} {taken.wall:6.1f} s on the wall, {taken.cpu:6.1f} s of processor, "
            f"peak {peak:.2f} GB ({before:.2f} GB before reading)"
        )
