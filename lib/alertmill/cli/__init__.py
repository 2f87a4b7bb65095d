"""The command line: make data and runs, look at runs, compare and promote models.

Exit codes: 0 done, 1 failed or changed, 2 bad input or configuration.
"""

from __future__ import annotations

import sys
from errno import EACCES, EEXIST, EISDIR, ENOSPC, ENOTDIR, EPERM, EROFS
from importlib.metadata import version
from typing import Annotated

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from alertmill.cli import (
    comparison,
    housekeeping,
    ingest,
    inspection,
    messages,
    models,
    service,
    site,
    training,
)
from alertmill.cli.options import say
from alertmill.errors import BAD_INPUT, AlertmillError
from alertmill.threads import limit_threads

_UNUSABLE = {EACCES, EEXIST, EISDIR, ENOSPC, ENOTDIR, EPERM, EROFS}
"""Errors of the system that are no defect of the program: a user can mend the file or folder."""

app = typer.Typer(
    name="alertmill",
    help="Train, explain, compare and audit models that score anti-money-laundering alerts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(training.demo)
app.add_typer(ingest.app, name="ingest")
app.command()(training.train)
app.command("tune-worker")(training.tune_worker)
app.command("features")(inspection.list_features)
app.command("checks")(inspection.list_checks)
app.command("runs")(inspection.list_runs)
app.command("models")(models.list_models)
app.command()(comparison.compare)
app.command("promotions")(models.list_promotions)
app.command()(models.promote)
app.command()(models.reject)
app.command()(inspection.verify)
app.command("gc")(housekeeping.collect_garbage)
app.command()(housekeeping.rebuild)
app.command()(inspection.doctor)
app.command()(site.serve)
app.command()(service.up)
app.command()(service.down)
app.command()(service.status)
app.add_typer(messages.app, name="messages")


def _print_version(is_asked: bool) -> None:  # noqa: FBT001 - typer passes the option by position
    if is_asked:
        typer.echo(f"alertmill {version('alertmill')}")
        raise typer.Exit


@app.callback()
def _take_common_options(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Options of the program itself."""


def main() -> None:
    """Run the command line; what an operator can act on ends in one line and an exit code."""
    limit_threads()
    try:
        app(prog_name="alertmill")
    except AlertmillError as error:
        say(f"error: {error}", style="red")
        sys.exit(error.exit_code)
    except ValidationError as error:
        say(_describe(error), style="red")
        sys.exit(BAD_INPUT)
    except OSError as error:
        if error.errno not in _UNUSABLE:
            raise
        say(_describe_unusable(error), style="red")
        sys.exit(BAD_INPUT)


def _describe_unusable(error: OSError) -> str:
    place = "a file or folder" if error.filename is None else error.filename
    return (
        f"error: {place} cannot be used: {error.strerror}; expected a file or folder that you may "
        "read and write. Correct its permissions or the path."
    )


def _describe(error: ValidationError) -> str:
    return "\n".join(
        ": ".join(filter(None, ("error", _place(e["loc"]), _message(e)))) for e in error.errors()
    )


def _message(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no parameter of this name; alertmill train --help lists all."
    return error["msg"].removeprefix("Value error, ")


def _place(path: tuple[int | str, ...]) -> str:
    """Return the path of a field; empty for a rule between fields, which names them itself."""
    return ".".join(map(str, path))
