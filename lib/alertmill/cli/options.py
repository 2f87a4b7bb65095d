"""Options that several commands share, and how they report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from alertmill.dates import check_range
from alertmill.errors import NotARunError
from alertmill.networks import network_of
from alertmill.removals import removal_of
from alertmill.vocabulary import Difficulty, Network, WorldSize

if TYPE_CHECKING:
    from alertmill.storage import Client


WIDTH = 10_000
"""Letters that a printed line may have; a table is only as wide as its longest row."""

NetworkOption = Annotated[
    Network,
    typer.Option(
        parser=network_of, metavar="NETWORK", help="Blockchain, or other ledger, the data is of."
    ),
]
WindowOption = Annotated[int, typer.Option(min=1, max=366, help="Length of a snapshot in days.")]
StartOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First processing date.")]
EndOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last processing date.")]
SizeOption = Annotated[WorldSize, typer.Option(help="Size of the simulated world.")]
DifficultyOption = Annotated[
    Difficulty, typer.Option(help="How well launderers of the simulated world hide.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON, for programs, in place of the table.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]


def check_run_folder(path: Path | None) -> Path | None:
    """Return the path; raise `NotARunError` if no run is or was there."""
    if path is None or _is_run_folder(path):
        return path
    raise NotARunError.of(path)


def _is_run_folder(path: Path) -> bool:
    names = ("parameters.json", "manifest.json")
    return any((path / name).is_file() for name in names) or removal_of(path) is not None


RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="Run folder.", callback=check_run_folder)
]
FinishedRunArgument = Annotated[
    Path,
    typer.Argument(metavar="RUN", help="Folder of a finished run.", callback=check_run_folder),
]


def say(text: str, *, style: str | None = None) -> None:
    """Print a message to stderr; stdout is for results that a script reads."""
    Console(stderr=True).print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table to stdout, one line a row however narrow the terminal: scripts read it too."""
    table = Table(box=None)
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*map(escape, row))
    Console(width=WIDTH).print(table)


def print_json(content: object) -> None:
    """Print a document to stdout; dates and times become ISO 8601, paths texts."""
    typer.echo(json.dumps(content, default=_as_text, indent=2, ensure_ascii=False))


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@contextmanager
def progress_bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr; gives a function to call with how many are done, of how many."""
    columns = TextColumn(text), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def date_range(start: datetime, end: datetime) -> tuple[date, date]:
    """Return both ends as dates, or raise `DateRangeError`."""
    dates = start.date(), end.date()
    check_range(*dates)
    return dates


def check_room_for_engine() -> None:
    """Raise `ConfigurationError` if the embedded database is configured and cannot be filled."""
    from alertmill.memory import check_address_space
    from alertmill.settings import Settings

    if Settings().clickhouse_host is None:
        check_address_space()


@contextmanager
def client_of(network: Network) -> Iterator[Client]:
    """Open the configured database of a network."""
    from alertmill.storage import ClientFactory, get_connection_params

    with ClientFactory(get_connection_params(network)).client_context() as client:
        yield client
