"""The blocks of code in the documents run as they stand, or say why a test does not run them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.main import get_command

from alertmill.cli import app
from alertmill.runs import Run
from tests.reporting.decided_runs import add_numbers
from tests.reporting.example_runs import make_run
from tests.support.documents import PROJECT, Block, blocks_of, blocks_of_notebooks
from tests.training.labelled_rows import as_pandas, make_rows

SHELL, PYTHON = blocks_of("sh"), blocks_of("python")
COMMANDS: Any = get_command(app)  # typer's own kind of a click command
NOTEBOOKS = "tests/e2e/demo/test_documented_session.py"
"""The test that runs the blocks in the texts of the notebooks."""
_COMMAND = re.compile(
    r"^(\S*alertmill|prefect|docker|kubectl|make|pip|python|curl|export|cp|cd) ", re.MULTILINE
)
_PLACEHOLDER = re.compile(r"<[a-z ]+>|\.\.\.|…|example\.org|s3://")
_ENDLESS = re.compile(r"\b(up|serve|lab)\b(?! --detach)")


def run_here(blocks: list[Block]) -> list[Block]:
    """Return the blocks without a mark."""
    return [block for block in blocks if not block.mark]


def test_no_command_hides_in_a_block_of_no_or_another_language() -> None:
    hidden = [block for block in blocks_of("", "text", "console") if _COMMAND.search(block.text)]

    assert [str(block) for block in hidden] == []


def test_a_block_that_runs_elsewhere_is_read_by_that_test() -> None:
    paths = {
        block.mark.removeprefix("run in ") for block in SHELL + PYTHON if "run in" in block.mark
    }
    paths.add(NOTEBOOKS)

    for path in paths:
        text = (PROJECT / path).read_text()
        assert re.search(r"\.md\b|blocks_of", text), path


def test_a_block_that_runs_holds_no_placeholder_and_ends_by_itself() -> None:
    blocks = [b for b in SHELL if not b.mark.startswith("not run: ")] + run_here(
        blocks_of_notebooks()
    )
    lines = [line.split(" #")[0] for block in blocks for line in block.text.splitlines()]

    assert blocks
    assert [line for line in lines if _PLACEHOLDER.search(line) or _ENDLESS.search(line)] == []


def test_a_block_with_a_placeholder_says_what_to_fill_in() -> None:
    unsaid = [
        str(block)
        for block in SHELL
        if _PLACEHOLDER.search(block.text) and not block.mark.startswith("not run: fill in your ")
    ]

    assert unsaid == []


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_a_shell_block_has_the_syntax_of_a_shell(block: Block) -> None:
    text = _PLACEHOLDER.sub("x", block.text)
    checked = subprocess.run(
        ["/bin/sh", "-n"], input=text, capture_output=True, text=True, check=False
    )

    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_commands_options_and_targets_of_a_shell_block_exist(block: Block) -> None:
    makefile = (PROJECT / "Makefile").read_text()
    lines = _PLACEHOLDER.sub("x", block.text).replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]

    for name, *rest in filter(None, words):
        if name == "make":
            assert all(f"\n{target}:" in makefile for target in rest), rest
        if name.endswith("alertmill"):
            given = {word.partition("=")[0] for word in rest if word.startswith("--")}
            assert sorted(given - options_of(rest)) == [], rest


def options_of(words: list[str]) -> set[str]:
    """Return the options of the command that the first words name."""
    command = COMMANDS
    for word in words:
        if not hasattr(command, "commands"):
            break
        assert word in command.commands, f"there is no command {word!r} in {' '.join(words)}"
        command = command.commands[word]
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)}


@pytest.mark.parametrize("block", run_here(SHELL), ids=str)
def test_a_shell_block_runs(block: Block, tmp_path: Path) -> None:
    folders = {f"ALERTMILL_{name}_DIR": str(tmp_path / name) for name in ("DATABASE", "RUNS")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"

    done = subprocess.run(  # noqa: S603 - commands of our own documents
        ["/bin/sh", "-e", "-c", block.text],
        cwd=tmp_path,
        env={**os.environ, **folders, "HOME": str(tmp_path), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def rows_of_a_user(folder: Path) -> dict[str, object]:
    """Return features and labels of three months."""
    del folder
    X, y = as_pandas(make_rows(n_addresses=200, n_days=90))
    return {"X": X, "y": y}


def reviewed_run(folder: Path) -> dict[str, object]:
    """Put a run where the block looks for it, and return the chance of each address's review."""
    run = make_run(folder)
    add_numbers(run)
    placed = folder / "runs" / "ethereum" / "<run id>"
    run.path.rename(placed)
    addresses = Run.open(placed).predictions.select("address").unique()
    return {"chances": addresses.with_columns(review_probability=pl.lit(0.5))}


GIVEN: dict[str, Callable[[Path], dict[str, object]]] = {
    "X, y": rows_of_a_user,
    "chances": reviewed_run,
}
"""What the text before a block speaks of, by the words in the block that need it."""


@pytest.mark.parametrize("block", run_here(PYTHON), ids=str)
def test_a_python_block_runs(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "block"}
    for words, give in GIVEN.items():
        if words in block.text:
            names |= give(tmp_path)

    exec(compile(block.text, str(block), "exec"), names)  # noqa: S102 - our own document
