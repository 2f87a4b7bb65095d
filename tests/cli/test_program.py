"""What every command has: help, a version, completion."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from alertmill.cli import app
from alertmill.parameters import HousekeepingParameters, IngestionParameters, ScoringParameters
from tests.cli.program import Program

COMMAND: Any = get_command(app)


def test_the_version_is_that_of_the_package(program: Program) -> None:
    found = program("--version")

    assert (0, f"alertmill {version('alertmill')}\n") == (found.code, found.out)


def commands_of(group: Any, *above: str) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - of click
    """Yield the name of every command and group."""
    yield above
    for name, command in getattr(group, "commands", {}).items():
        yield from commands_of(command, *above, name)


def test_every_command_explains_itself_by_the_short_option_and_the_long_one(
    program: Program,
) -> None:
    for command in commands_of(COMMAND):
        short, long = program(*command, "-h"), program(*command, "--help")

        assert 0 == short.code
        assert f"Usage: {' '.join(('alertmill', *command))} " in short.out
        assert long.out == short.out


GENERATED = {
    ("gc",): HousekeepingParameters,
    ("ingest", "snapshots"): IngestionParameters,
    ("score",): ScoringParameters,
}
"""Parameters of a deployment, by the command that does the same by hand."""


@pytest.mark.parametrize("command", GENERATED)
def test_every_parameter_of_a_deployment_is_an_option_of_its_command(
    command: tuple[str, ...],
) -> None:
    found = COMMAND
    for name in command:
        found = found.commands[name]

    offered = {parameter.name for parameter in found.params}
    # The place of the deliveries is the argument.
    assert set(GENERATED[command].model_fields) - {"url"} <= offered


ASKED = {
    "bash": {"COMP_WORDS": "alertmill prom", "COMP_CWORD": "1"},
    "zsh": {"_TYPER_COMPLETE_ARGS": "alertmill prom"},
    "fish": {
        "_TYPER_COMPLETE_ARGS": "alertmill prom",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    },
}
"""What each shell puts into the environment when a user presses the tab key."""


@pytest.mark.process
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


def test_every_command_is_listed_with_the_first_paragraph_of_its_help(program: Program) -> None:
    listed = re.sub(r"[│\s]+", " ", program("-h").out)

    for name, command in COMMAND.commands.items():
        summary = command.help.split("\n\n")[0].replace("\n", " ")
        assert f" {name} {summary} " in listed


@pytest.mark.process
def test_help_answers_at_once() -> None:
    """In processor time, because other processes may keep this one waiting."""
    program = Path(sys.executable).with_name("alertmill")

    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "--help"], stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.7


@pytest.mark.process
def test_help_imports_no_command() -> None:
    script = (
        "import sys; from typer.testing import CliRunner; from alertmill.cli import app\n"
        "assert 'Commands' in CliRunner().invoke(app, ['--help']).stdout\n"
        "print(sorted({'pydantic', 'polars', 'yaml', 'alertmill.settings'} & set(sys.modules)))"
    )

    found = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "[]\n" == found.stdout


@pytest.mark.process
def test_the_module_of_a_command_imports_nothing_heavy() -> None:
    script = (
        "import sys; from typer.main import get_command; from alertmill.cli import app\n"
        "commands = get_command(app).commands; [commands[name] for name in commands]\n"
        "heavy = {'prefect', 'papermill', 'nbconvert', 'shap', 'lightgbm', 'sklearn', 'optuna',"
        " 'matplotlib', 'igraph', 'pandas', 'scipy', 'fastapi'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )

    found = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "[]\n" == found.stdout
