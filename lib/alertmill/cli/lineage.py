"""Trace a score back to its source files."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alertmill.cli.options import JsonOption, check_run_folder, client_of, print_json
from alertmill.errors import ConfigurationError
from alertmill.networks import network_of, networks_with_runs
from alertmill.settings import Settings
from alertmill.vocabulary import Network

if TYPE_CHECKING:
    from alertmill.lineage.steps import Lineage


def lineage(
    *,
    score: Annotated[
        str, typer.Option("--score", metavar="ALERT", help="Id of the alert, or of the cluster.")
    ],
    run_dir: Annotated[
        Path | None,
        typer.Option(
            "--run",
            metavar="RUN",
            callback=check_run_folder,
            help="Training run that measured the alert; its folder is read, and no database. "
            "Without it, the newest score in the database is traced.",
        ),
    ] = None,
    network: Annotated[
        Network | None,
        typer.Option(
            parser=network_of,
            metavar="NETWORK",
            help="Network of the alert; not needed where only one has runs.",
        ),
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Processing date of the score; else the latest one."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Trace a score to model, run, features, extract, batch and source file; 1 if a step differs.

    Every step is verified by digests: of the signed run, of the database, and of source files that
    are still here.
    """
    found = _trace(score, run_dir, network, day.date() if day else None)
    if as_json:
        print_json({"is_sound": found.is_sound, **asdict(found)})
    else:
        for step in found.steps:
            typer.echo(step.sentence)
    if not found.is_sound:
        raise typer.Exit(1)


def _trace(
    alert_id: str, run_dir: Path | None, network: Network | None, day: date | None
) -> Lineage:
    from alertmill.audit.trust import TrustStore
    from alertmill.lineage.tracing import trace_in_run, trace_stored

    settings = Settings()
    trusted = TrustStore.of(settings).read()
    if run_dir is not None:
        return trace_in_run(run_dir.resolve(), alert_id, day=day, trusted=trusted)
    runs_dir = settings.alertmill_runs_dir.resolve()
    chosen = network or _only_network(runs_dir)
    with client_of(chosen) as client:
        return trace_stored(
            client, alert_id, network=chosen, day=day, runs_dir=runs_dir, trusted=trusted
        )


def _only_network(runs_dir: Path) -> Network:
    known = networks_with_runs(runs_dir)
    if len(known) == 1:
        return known[0]
    found = ", ".join(known) or "none"
    raise ConfigurationError(
        f"the network is missing; expected --network, networks with runs are: {found}."
    )
