"""Start, stop and look at the programs that run Alertmill by itself."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alertmill.cli.options import print_table, say
from alertmill.settings import Settings

if TYPE_CHECKING:
    from alertmill.orchestration.manager import Manager

DetachOption = Annotated[
    bool, typer.Option("--detach", help="Return once everything runs; `alertmill down` stops it.")
]
NowOption = Annotated[
    bool,
    typer.Option(
        "--now",
        help="End runs that have not finished; the next start goes on where they stopped.",
    ),
]


def up(*, detach: DetachOption = False) -> None:
    """Run Prefect's server and page, a worker, the schedules and the report site, until Ctrl-C."""
    from alertmill.orchestration.environment import StateFolder
    from alertmill.orchestration.manager import Manager

    settings = Settings()
    running = Manager.find(StateFolder.of(settings))
    if running is not None:
        _print_addresses(settings, f"Already up since {running.since.astimezone():%Y-%m-%d %H:%M}.")
        return
    for stopping in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stopping, signal.default_int_handler)
    try:
        manager = _start(settings)
        if not detach:
            say("Ctrl-C stops all of it.")
            _follow(manager)
    except KeyboardInterrupt:
        _stop(settings, is_urgent=False, advice="Press Ctrl-C again to end it now.")


def down(*, now: NowOption = False) -> None:
    """Stop everything that `alertmill up` started; wait for runs that have not finished."""
    from alertmill.orchestration.environment import StateFolder
    from alertmill.orchestration.manager import Manager
    from alertmill.orchestration.marked_processes import processes_of

    settings = Settings()
    state = StateFolder.of(settings)
    if Manager.find(state) is None and not processes_of(state):
        say("Nothing is running.")
        return
    _stop(settings, is_urgent=now, advice="`alertmill down --now` ends it now.")


def status() -> None:
    """Show what runs and what needs a person; exit code 0 if nothing does, else 1."""
    from alertmill.orchestration.status import collect_status

    findings = collect_status(Settings())
    rows = [("!" if f.needs_person else "ok", f.subject, f.text) for f in findings]
    print_table(("", "what", "found"), rows)
    n_problems = sum(finding.needs_person for finding in findings)
    if n_problems:
        typer.echo(f"\n{needing_person(n_problems)}, marked with !.")
        raise typer.Exit(1)


def needing_person(n: int) -> str:
    """Return how many things need a person.

    >>> needing_person(1), needing_person(2)
    ('1 thing needs a person', '2 things need a person')
    """
    return "1 thing needs a person" if n == 1 else f"{n} things need a person"


def _start(settings: Settings) -> Manager:
    from alertmill.orchestration.starting import start

    say("Starting; the first time takes half a minute.")
    manager = start(settings, project=Path.cwd(), report=say)
    _print_addresses(settings, "Everything runs.")
    return manager


def _follow(manager: Manager) -> None:
    from alertmill.orchestration.following import follow

    follow(manager, report=say)


def _stop(settings: Settings, *, is_urgent: bool, advice: str) -> None:
    from alertmill.orchestration.stopping import stop, wait_for_runs

    try:
        if not is_urgent:
            wait_for_runs(settings, say, advice=advice)
    except KeyboardInterrupt:
        say("Ending it now; after the next start it goes on where it stopped.")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it takes seconds, and leaves nothing half done
    stop(settings)
    say("Stopped.")


def _print_addresses(settings: Settings, sentence: str) -> None:
    from alertmill.orchestration.environment import StateFolder
    from alertmill.orchestration.starting import Addresses

    addresses = Addresses.of(settings)
    typer.echo(sentence)
    typer.echo(f"Prefect      {addresses.prefect}")
    typer.echo(f"report site  {addresses.site}")
    typer.echo(f"logs         {StateFolder.of(settings).logs}")
