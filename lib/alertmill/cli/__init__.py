"""The command line: make data and runs, look at runs, compare and promote models.

Exit codes: 0 done, 1 failed or changed, 2 bad input or configuration.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from alertmill.cli.commands import LazyGroup
from alertmill.memory import has_limited_address_space
from alertmill.redaction import guard_output
from alertmill.threads import limit_threads

app = typer.Typer(
    name="alertmill",
    cls=LazyGroup,
    help="Train, explain, compare and audit models that score anti-money-laundering alerts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_asked: bool) -> None:  # noqa: FBT001 - typer passes the option by position
    from importlib.metadata import version

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


def _write_what_the_locale_lacks() -> None:
    """Escape letters that the encoding of the terminal does not have, rather than fail on them."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command line; what an operator can act on ends in one line and an exit code."""
    limit_threads()
    guard_output()
    _write_what_the_locale_lacks()
    if has_limited_address_space():
        # Where a library finds no room any more, what speaks of it would find none either.
        import alertmill.cli.failures
        import alertmill.cli.options  # noqa: F401
    try:
        app(prog_name="alertmill")
    except Exception as error:
        from alertmill.cli.failures import describe_failure
        from alertmill.cli.options import say

        described = describe_failure(error)
        if described is None:
            guard_output()  # typer has put a hook of its own in place
            raise
        text, code = described
        say(text, style="red")
        sys.exit(code)
