"""What every command has: help, a version, completion."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.cli.program import Program


def test_the_version_is_that_of_the_package(program: Program) -> None:
    found = program("--version")

    assert (0, f"alertmill {version('alertmill')}\n") == (found.code, found.out)


@pytest.mark.parametrize("command", [(), ("train",), ("ingest", "snapshots"), ("messages", "mail")])
def test_the_short_option_shows_the_same_help_as_the_long_one(
    program: Program, command: tuple[str, ...]
) -> None:
    short, long = program(*command, "-h"), program(*command, "--help")

    assert 0 == short.code
    assert "Usage: alertmill" in short.out
    assert long.out == short.out


ASKED = {
    "bash": {"COMP_WORDS": "alertmill prom", "COMP_CWORD": "1"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "alertmill prom"},
    "fish": {
        "_TYPER_COMPLETE_ARGS": "alertmill prom",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    },
}
"""What each shell puts into the environment when a user presses the tab key."""


@pytest.mark.parametrize("shell", ASKED)
def test_a_shell_completes_the_names_of_commands(shell: str) -> None:
    found = subprocess.run(  # noqa: S603 - our own program
        [Path(sys.executable).with_name("alertmill")],
        env={"_ALERTMILL_COMPLETE": f"complete_{shell}", **ASKED[shell]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert {"promote", "promotions"} <= set(re.findall(r"\w+", found.stdout))
