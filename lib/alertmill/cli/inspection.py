"""Look at runs, and at what is configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from alertmill.cli.options import (
    WIDTH,
    JsonOption,
    NetworkOption,
    check_run_folder,
    client_of,
    print_json,
    print_table,
)
from alertmill.settings import Settings
from alertmill.training.features.catalogue import FeatureGroup
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
    from alertmill.training.features.declarations import build_catalogue
    from alertmill.training.features.declarations.left_out import LEFT_OUT

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
    as_json: JsonOption = False,
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
    if as_json:
        print_json(shown.to_dicts() if report is None else report.model_dump(mode="json"))
    else:
        print_table(shown.columns, shown.iter_rows())
    if report is not None and not report.is_open:
        raise typer.Exit(1)


def doctor(*, network: NetworkOption = Network.ETHEREUM, as_json: JsonOption = False) -> None:
    """Show what is configured, whether it answers, and whether schedules make runs."""
    from alertmill.orchestration.status import find_api, find_schedules

    settings = Settings()
    api = find_api(settings)
    configured = _configured(settings, None if api is None else api.url)
    if not as_json:
        _print_configured(configured)
    with client_of(network) as client:
        answer = client.command("SELECT version()")
    schedules = [] if api is None else find_schedules(api)
    if as_json:
        found = {"clickhouse_version": answer, "schedules": list(map(asdict, schedules))}
        print_json(configured | found)
    else:
        typer.echo(f"ClickHouse {answer} answers.")
        for schedule in schedules:
            typer.echo(f"{schedule.subject}: {schedule.text}.")
    if any(schedule.needs_person for schedule in schedules):
        raise typer.Exit(1)


def _configured(settings: Settings, api_url: str | None) -> dict[str, Any]:
    from alertmill.provenance import collect

    where = (
        f"embedded engine in {settings.alertmill_database_dir.resolve()}"
        if settings.clickhouse_host is None
        else f"server {settings.clickhouse_host}:{settings.clickhouse_port}"
    )
    return {
        "clickhouse": where,
        "runs_folder": str(settings.alertmill_runs_dir.resolve()),
        "prefect_api": api_url,
        **collect().model_dump(mode="json"),
    }


def _print_configured(configured: Mapping[str, Any]) -> None:
    table = Table("what", "found", show_header=False)
    table.add_row("ClickHouse", configured["clickhouse"])
    table.add_row("runs folder", configured["runs_folder"])
    table.add_row("Prefect API", configured["prefect_api"] or "none; a run starts one for itself")
    table.add_row("code", configured["code_commit"] or "no git checkout")
    table.add_row("Python", configured["python"])
    for name, version in configured["versions"].items():
        table.add_row(name, version)
    Console(width=WIDTH).print(table)
