"""The shell blocks of the README can be pasted as they stand."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from alertmill.cli import app

PROJECT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(r"```sh\n(.*?)```", (PROJECT / "README.md").read_text(), re.DOTALL)
_ALERTMILL = ".venv/bin/alertmill"


def _lines() -> list[str]:
    return [line for block in BLOCKS for line in block.splitlines() if line.strip()]


def _commands() -> list[list[str]]:
    """Return the words of each line that runs our command line, without comments."""
    words = (shlex.split(line, comments=True) for line in _lines())
    return [found[1:] for found in words if found and found[0] == _ALERTMILL]


def test_the_blocks_have_the_syntax_of_a_shell() -> None:
    for block in BLOCKS:
        checked = subprocess.run(
            ["/bin/sh", "-n"], input=block, capture_output=True, text=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, "")


def test_no_block_holds_a_placeholder_or_a_program_that_does_not_return() -> None:
    text = "\n".join(_lines())

    assert re.findall(r"<[a-z ]+>|\.\.\.|example\.org|s3://", text) == []
    assert [
        line for line in _lines() if re.search(r"\b(up|serve)\b(?! --detach)", line.split("#")[0])
    ] == []


def test_every_make_target_of_a_block_exists() -> None:
    targets = [line.split()[1] for line in _lines() if line.startswith("make ")]
    makefile = (PROJECT / "Makefile").read_text()

    assert targets
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_a_command_of_a_block_exists_with_its_options(words: list[str]) -> None:
    command = get_command(app)
    name, *rest = words
    options = {word for word in rest if word.startswith("--")}

    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})

    assert name in command.commands  # type: ignore[attr-defined]
    assert shown.exit_code == 0
    assert [option for option in options if option not in shown.output] == []
