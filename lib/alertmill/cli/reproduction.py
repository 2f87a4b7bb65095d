"""Make a run again, and say what differs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alertmill.cli.options import FinishedRunArgument, JsonOption, client_of, print_json, say
from alertmill.cli.project import find_project_folder
from alertmill.errors import BAD_INPUT, AlertmillError
from alertmill.settings import Settings

if TYPE_CHECKING:
    from alertmill.reproduction.database import DatabaseComparison
    from alertmill.reproduction.making import Reproduction


def reproduce(
    run_dir: FinishedRunArgument,
    *,
    from_database: Annotated[
        bool,
        typer.Option(
            "--from-database", help="Also say whether the database still gives the same extract."
        ),
    ] = False,
    reports: Annotated[
        bool,
        typer.Option("--reports/--no-reports", help="Execute the notebooks again, too."),
    ] = True,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="New folder that keeps what is made; else it is removed."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a run again from its own extract, and compare every stage: 0 equal, 1 differs, 2 cannot.

    Neither the run nor registry, ledger or champion is touched.
    """
    try:
        made, database = _make_again(
            run_dir, from_database=from_database, reports=reports, keep=keep, as_json=as_json
        )
    except AlertmillError as error:
        say(f"error: {error}", style="red")
        raise typer.Exit(BAD_INPUT) from None
    is_equal = made.is_equal and (database is None or database.is_equal)
    if as_json:
        described = asdict(database) if database else None
        print_json({"is_equal": is_equal, **asdict(made), "database": described})
    else:
        typer.echo(made.sentence)
        for sentence in database.sentences if database else ():
            typer.echo(sentence)
    if not is_equal:
        raise typer.Exit(1)


def _make_again(
    run_dir: Path, *, from_database: bool, reports: bool, keep: Path | None, as_json: bool
) -> tuple[Reproduction, DatabaseComparison | None]:
    from alertmill.reproduction.database import compare_with_database
    from alertmill.reproduction.making import reproduce as make_again
    from alertmill.runs import Run

    project = find_project_folder() if reports else None
    made = make_again(
        run_dir.resolve(),
        templates=project / "notebook_templates" if project else None,
        keep=keep,
        allowed_modules=Settings().alertmill_allowed_modules,
        listen=(lambda _sentence: None) if as_json else typer.echo,
    )
    if not from_database:
        return made, None
    run = Run.open(run_dir)
    with client_of(run.parameters.network) as client:
        return made, compare_with_database(run, client)
