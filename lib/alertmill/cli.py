"""The command line: demo, ingest, train, runs, verify, doctor.

Exit codes: 0 done, 1 failed or changed, 2 bad input or configuration.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from alertmill.errors import (
    BAD_INPUT,
    AlertmillError,
    ConfigurationError,
    DateRangeError,
    UnfinishedRunError,
)
from alertmill.parameters import SplitParameters, TrainingParameters, TuningParameters
from alertmill.settings import Settings
from alertmill.vocabulary import ModelType, Network

if TYPE_CHECKING:
    from alertmill.runs import Run
    from alertmill.storage import Client

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
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of everything random.")]


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


def _simulate(size: WorldSize, seed: int, *, if_empty: bool) -> TrainingParameters:
    """Fill the database from the simulator, and give the parameters to train on all of it."""
    from alertmill.snapshots.loading import (
        SIMULATED,
        load_ground_truth,
        load_labels,
        load_transfers,
    )
    from alertmill.snapshots.simulator import WorldParameters, simulate

    world_parameters = WorldParameters.preset(size.value, seed=seed)
    network, window_days = world_parameters.network, world_parameters.window_days
    dates = world_parameters.first_snapshot, world_parameters.last_snapshot
    with _client(network) as client:
        if not (if_empty and _holds_alerts(client)):
            world = simulate(world_parameters)
            source = f"{SIMULATED}{size.value}:{seed}"
            load_transfers(client, world.transfers, source=source, network=network)
            load_labels(client, world.labels, source=source, network=network)
            load_ground_truth(client, world.ground_truth, source=source, network=network)
            _derive(client, network, dates, window_days)
    return TrainingParameters(
        network=network, start_date=dates[0], end_date=dates[1], window_days=window_days
    )


@contextmanager
def _client(network: Network) -> Iterator[Client]:
    from alertmill.storage import ClientFactory, get_connection_params

    with ClientFactory(get_connection_params(network)).client_context() as client:
        yield client


def _holds_alerts(client: Client) -> bool:
    from alertmill.storage import fetch

    return bool(fetch(client, "SELECT count() > 0 AS holds FROM raw_alerts")["holds"][0])


def _derive(client: Client, network: Network, dates: tuple[date, date], window_days: int) -> None:
    from alertmill.snapshots.derivation import derive_snapshots

    with _progress("deriving snapshots") as report:
        derived = derive_snapshots(
            client,
            network=network,
            start_date=dates[0],
            end_date=dates[1],
            window_days=window_days,
            progress=report,
        )
    n_alerts = sum(snapshot.n_alerts for snapshot in derived)
    _console.print(f"{len(derived)} snapshots derived, {n_alerts:,} alerts.")


def _date_range(start: datetime, end: datetime) -> tuple[date, date]:
    if end < start:
        raise DateRangeError.of(start.date(), end.date())
    return start.date(), end.date()


# --- training -----------------------------------------------------------------------------------


@app.command()
def demo(*, size: SizeOption = WorldSize.DEMO, seed: SeedOption = 7) -> None:
    """Simulate an economy with money laundering in it, train on it, and write the reports."""
    _run_flow(_simulate(size, seed, if_empty=False))


@app.command()
def train(  # noqa: PLR0913 - every option of the command is a parameter
    *,
    network: NetworkOption,
    start_date: StartOption,
    end_date: EndOption,
    window_days: WindowOption = 7,
    model_type: Annotated[
        ModelType, typer.Option(help="What the model is for.")
    ] = ModelType.ALERT_SCORER,
    review_budget: Annotated[int, typer.Option(min=1, help="Alerts reviewed a day.")] = 20,
    validation_days: Annotated[int, typer.Option(min=1, help="Days of validation.")] = 10,
    test_days: Annotated[int, typer.Option(min=1, help="Days of the test at the end.")] = 14,
    n_trials: Annotated[int, typer.Option(min=1, help="Trials of the Bayesian search.")] = 8,
    seed: SeedOption = 7,
) -> None:
    """Train on the snapshots in the database, and write the reports.

    Runs the flow ``training`` here and now; the deployment of the same name runs it on a schedule.
    """
    dates = _date_range(start_date, end_date)
    _run_flow(
        TrainingParameters(
            network=network,
            start_date=dates[0],
            end_date=dates[1],
            window_days=window_days,
            model_type=model_type,
            review_budget=review_budget,
            split=SplitParameters(validation_days=validation_days, test_days=test_days),
            tuning=TuningParameters(n_trials=n_trials),
            seed=seed,
        )
    )


def _run_flow(parameters: TrainingParameters) -> None:
    """Run the flow in a process of its own, because the library does not know the orchestrator."""
    from alertmill.threads import thread_environment

    project, settings = _project_folder(), Settings()
    environment = {
        # An ephemeral Prefect server on a cold machine needs longer than the 20 s of the default.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "alertmill",
        **os.environ,
        **thread_environment(),
        "ALERTMILL_DATABASE_DIR": str(settings.alertmill_database_dir.resolve()),
        "ALERTMILL_RUNS_DIR": str(settings.alertmill_runs_dir.resolve()),
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "parameters.json"
        file.write_text(parameters.model_dump_json())
        command = [sys.executable, "-m", "flows.training", str(file)]
        code = subprocess.run(command, cwd=project, env=environment, check=False).returncode  # noqa: S603 - our own module
    if code:
        raise typer.Exit(code if code in (1, BAD_INPUT) else 1)


def _project_folder() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "flows" / "training.py").is_file():
            return folder
    raise ConfigurationError(
        f"no flows/training.py in {here} or above it; run this in the folder of the project."
    )


# --- runs ---------------------------------------------------------------------------------------


@app.command("runs")
def list_runs() -> None:
    """List the runs with their headline numbers, the newest first; unfinished ones say so."""
    runs_dir = Settings().alertmill_runs_dir
    paths = sorted(runs_dir.glob("*/*/parameters.json"), key=lambda p: p.parent.name, reverse=True)
    table = Table("run", "network", "dates", "state", "average precision", "ROC AUC")
    for path in paths:
        table.add_row(*_describe_run(path.parent))
    Console(width=160).print(table if paths else f"no runs in {runs_dir.resolve()}")


def _describe_run(path: Path) -> tuple[str, ...]:
    from alertmill.runs import Run

    run = Run.open(path)
    p = run.parameters
    state = "finished" if run.is_finished else "unfinished"
    metrics = (_metric(run, "average_precision"), _metric(run, "roc_auc"))
    return (str(run.path), p.network, f"{p.start_date} to {p.end_date}", state, *metrics)


def _metric(run: Run, metric: str) -> str:
    try:
        return run.evaluation.get("model", metric).text
    except UnfinishedRunError:
        return "not evaluated"


@app.command()
def verify(run_dir: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder.")]) -> None:
    """Say whether any file of a finished run changed, is missing or was added since."""
    from alertmill.reporting.manifest import verify as verify_run

    verification = verify_run(run_dir)
    for kind in ("changed", "missing", "added"):
        for name in getattr(verification, kind):
            typer.echo(f"{kind}: {name}")
    if not verification.ok:
        raise typer.Exit(1)
    typer.echo(f"{verification.n_files} files are as the manifest says.")


@app.command()
def doctor(*, network: NetworkOption = Network.ETHEREUM) -> None:
    """Say what is configured, what can be reached, and which versions are installed."""
    from alertmill.provenance import collect

    settings, provenance = Settings(), collect()
    where = (
        f"embedded engine in {settings.alertmill_database_dir.resolve()}"
        if settings.clickhouse_host is None
        else f"server {settings.clickhouse_host}:{settings.clickhouse_port}"
    )
    table = Table("what", "found", show_header=False)
    table.add_row("ClickHouse", where)
    table.add_row("runs folder", str(settings.alertmill_runs_dir.resolve()))
    table.add_row("Prefect API", os.environ.get("PREFECT_API_URL", "ephemeral, started by the run"))
    table.add_row("code", provenance.code_commit or "no git checkout")
    table.add_row("Python", provenance.python)
    for name, version in provenance.versions.items():
        table.add_row(name, version)
    Console(width=120).print(table)
    with _client(network) as client:
        version = client.command("SELECT version()")
    typer.echo(f"ClickHouse {version} answers.")


if __name__ == "__main__":
    main()
