"""Look at runs, and at what is configured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from alertmill.cli.options import (
    WIDTH,
    JsonOption,
    NetworkOption,
    RunArgument,
    check_run_folder,
    client_of,
    print_json,
    print_table,
)
from alertmill.settings import Settings
from alertmill.training.catalogue import FeatureGroup
from alertmill.vocabulary import Network


def list_runs(*, as_json: JsonOption = False) -> None:
    """List the runs with state, role and headline numbers, the newest first.

    A run is finished, failed, running or crashed; a crashed one ended without writing why. An
    unreadable one has a damaged file.
    """
    from alertmill.cli.listed_runs import COLUMNS, find_runs

    settings = Settings()
    if settings.alertmill_runs_dir.exists():
        next(settings.alertmill_runs_dir.iterdir(), None)  # fails if it may not be read
    runs = find_runs(settings)
    if as_json:
        print_json([run.record for run in runs])
    elif runs:
        print_table(COLUMNS, (run.row for run in runs))
    else:
        typer.echo(f"no runs in {settings.alertmill_runs_dir.resolve()}")


def list_features(
    *,
    group: Annotated[FeatureGroup | None, typer.Option(help="Of one group only.")] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Write the page docs/features.md instead.")
    ] = False,
) -> None:
    """Print the catalogue: what every feature says, its range, and what it may see."""
    from alertmill.reporting.catalogue_page import catalogue_page
    from alertmill.training.declarations import build_catalogue
    from alertmill.training.declarations.left_out import LEFT_OUT

    catalogue = build_catalogue()
    if markdown:
        typer.echo(catalogue_page(catalogue, LEFT_OUT), nl=False)
        return
    print_table(
        ("feature", "group", "unit", "range", "sees", "what it says"),
        (
            (f.name, str(f.group), f.unit, f.range, str(f.latest), f.description)
            for f in catalogue.features
            if group in (None, f.group)
        ),
    )


def list_checks(
    run_dir: Annotated[
        Path | None,
        typer.Argument(
            metavar="RUN", help="Run folder; without it, all checks.", callback=check_run_folder
        ),
    ] = None,
    *,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Write the page docs/checks.md instead.")
    ] = False,
) -> None:
    """Print the coded checks, or what they said of a run; exit code 1 if one blocks a promotion."""
    from alertmill.checks import CHECKS
    from alertmill.reporting.checks_page import checks_page, list_questions
    from alertmill.runs import Run

    if markdown:
        typer.echo(checks_page(CHECKS), nl=False)
        return
    report = None if run_dir is None else Run.open(run_dir).checks
    shown = list_questions(CHECKS) if report is None else report.table
    print_table(shown.columns, shown.iter_rows())
    if report is not None and not report.is_open:
        raise typer.Exit(1)


def verify(run_dir: RunArgument) -> None:
    """Say whether any file of a finished run changed, is missing or was added since."""
    from alertmill.housekeeping.sealed import verify_folder
    from alertmill.removals import removal_of

    verification, removal = verify_folder(run_dir), removal_of(run_dir)
    for kind in ("changed", "missing", "added"):
        for name in getattr(verification, kind):
            typer.echo(f"{kind}: {name}")
    if not verification.ok:
        raise typer.Exit(1)
    typer.echo(f"{verification.n_files} files are as the manifest says.")
    if removal is not None:
        typer.echo(f"They are what is kept of a removed run. {removal.sentence}")


def doctor(*, network: NetworkOption = Network.ETHEREUM) -> None:
    """Show what is configured, whether it answers, and whether schedules make runs."""
    from alertmill.orchestration.status import find_api, find_schedules
    from alertmill.provenance import collect

    settings, provenance = Settings(), collect()
    api = find_api(settings)
    where = (
        f"embedded engine in {settings.alertmill_database_dir.resolve()}"
        if settings.clickhouse_host is None
        else f"server {settings.clickhouse_host}:{settings.clickhouse_port}"
    )
    table = Table("what", "found", show_header=False)
    table.add_row("ClickHouse", where)
    table.add_row("runs folder", str(settings.alertmill_runs_dir.resolve()))
    table.add_row("Prefect API", "none; a run starts one for itself" if api is None else api.url)
    table.add_row("code", provenance.code_commit or "no git checkout")
    table.add_row("Python", provenance.python)
    for name, version in provenance.versions.items():
        table.add_row(name, version)
    Console(width=WIDTH).print(table)
    with client_of(network) as client:
        answer = client.command("SELECT version()")
    typer.echo(f"ClickHouse {answer} answers.")
    schedules = [] if api is None else find_schedules(api)
    for schedule in schedules:
        typer.echo(f"{schedule.subject}: {schedule.text}.")
    if any(schedule.needs_person for schedule in schedules):
        raise typer.Exit(1)
