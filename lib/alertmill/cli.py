"""The command line: demo, ingest, train, runs, verify, doctor.

Exit codes: 0 done, 1 failed or changed, 2 bad input or configuration.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from alertmill.errors import BAD_INPUT, AlertmillError
from alertmill.vocabulary import Network

app = typer.Typer(
    name="alertmill",
    help="Train, explain, compare and audit models that score anti-money-laundering alerts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
ingest = typer.Typer(
    help="Load transfers and labels, and derive the daily snapshots.", no_args_is_help=True
)
app.add_typer(ingest, name="ingest")

_console = Console(stderr=True)


class WorldSize(StrEnum):
    """Presets of the simulator."""

    SMALL = "small"
    DEMO = "demo"
    MEDIUM = "medium"


NetworkOption = Annotated[Network, typer.Option(help="Blockchain the data is of.")]
WindowOption = Annotated[int, typer.Option(min=1, max=366, help="Length of a snapshot in days.")]
StartOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First processing date.")]
EndOption = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last processing date.")]
SizeOption = Annotated[WorldSize, typer.Option(help="Size of the simulated world.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the simulated world.")]


def main() -> None:
    """Run the command line; what an operator can act on ends in one line and an exit code."""
    from alertmill.threads import limit_threads

    limit_threads()
    try:
        app()
    except AlertmillError as error:
        _console.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
    except ValidationError as error:
        _console.print(_describe(error), style="red", markup=False, soft_wrap=True)
        sys.exit(BAD_INPUT)


def _describe(error: ValidationError) -> str:
    return "\n".join(
        f"error: {'.'.join(map(str, e['loc'])) or error.title}: {e['msg']}" for e in error.errors()
    )


@contextmanager
def _progress(text: str) -> Iterator[Callable[[int, int], None]]:
    columns = TextColumn(text), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=_console) as progress:
        task = progress.add_task(text, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


# --- data ---------------------------------------------------------------------------------------


@ingest.command("transfers")
def ingest_transfers(  # noqa: PLR0913 - every option of the command is a parameter
    file: Annotated[Path, typer.Argument(help="Parquet file of chain transfers.")],
    *,
    labels: Annotated[Path, typer.Option(help="Parquet file of address labels.")],
    network: NetworkOption,
    start_date: StartOption,
    end_date: EndOption,
    window_days: WindowOption = 7,
    constant_price_usd: Annotated[
        float | None,
        typer.Option(min=0.0, help="USD per native unit, for a file without amount_usd."),
    ] = None,
) -> None:
    """Load transfers and labels from parquet files, and derive the daily snapshots.

    Loading the same files again changes nothing; deriving again replaces the snapshots.
    """
    from alertmill.snapshots.loading import load_labels, load_transfers
    from alertmill.snapshots.transfers_file import read_labels, read_transfers

    dates = _date_range(start_date, end_date)
    transfers = read_transfers(file, network=network, constant_price_usd=constant_price_usd)
    address_labels = read_labels(labels, network=network)
    with _client(network) as client:
        load_transfers(client, transfers, source=file.name, network=network)
        load_labels(client, address_labels, source=labels.name, network=network)
        _derive(client, network, dates, window_days)
    _console.print(
        f"{transfers.height:,} transfers and {address_labels.height:,} labels are in the database."
    )


@ingest.command("simulation")
def ingest_simulation(
    *,
    size: SizeOption = WorldSize.DEMO,
    seed: SeedOption = 7,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing when the database holds alerts.")
    ] = False,
) -> None:
    """Simulate transfers and labels with planted laundering, and derive the daily snapshots."""
    _simulate(size, seed, if_empty=if_empty)


def _simulate(size: WorldSize, seed: int, *, if_empty: bool) -> TrainingRange:
    from alertmill.snapshots.loading import load_ground_truth, load_labels, load_transfers
    from alertmill.snapshots.simulator import WorldParameters, simulate

    world_parameters = WorldParameters.preset(size.value, seed=seed)
    dates = world_parameters.first_snapshot, world_parameters.last_snapshot
    with _client(world_parameters.network) as client:
        if if_empty and _holds_alerts(client):
            return dates
        world = simulate(world_parameters)
        source = f"simulation:{size.value}:{seed}"
        load_transfers(client, world.transfers, source=source, network=world_parameters.network)
        load_labels(client, world.labels, source=source, network=world_parameters.network)
        load_ground_truth(client, world.ground_truth)
        _derive(client, world_parameters.network, dates, world_parameters.window_days)
    return dates
