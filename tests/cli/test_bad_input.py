"""What a user can mend ends in one line that says what was expected, and exit code 2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alertmill.errors import BAD_INPUT
from alertmill.runs import Run
from tests.cli.program import Program
from tests.reporting.example_runs import make_run

COMMANDS = [("checks",), ("verify",), ("tune-worker",), ("compare",)]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["", "no-such-folder"])
def test_an_argument_that_is_no_run_folder_is_bad_input(
    program: Program, tmp_path: Path, command: tuple[str, ...], name: str
) -> None:
    more = ["some-model"] if command == ("compare",) else []

    found = program(*command, str(tmp_path / name), *more)

    assert BAD_INPUT == found.code
    assert f"error: {tmp_path / name} " in found.err
    assert "expected a run folder" in found.err


@pytest.mark.parametrize("command", ["checks", "verify"])
def test_a_run_without_what_is_asked_for_is_no_blocking_check(
    program: Program, tmp_path: Path, command: str
) -> None:
    run = make_run(tmp_path)
    shutil.rmtree(run.path / "checks", ignore_errors=True)
    (run.path / "manifest.json").unlink(missing_ok=True)

    found = program(command, str(Run.open(run.path).path))

    assert BAD_INPUT == found.code
    assert "is unfinished" in found.err


def run_without_rights(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command for which the permissions of files count, also if root runs the tests."""
    command = [sys.executable, "-m", "alertmill.cli", *arguments]
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("root may read everything, and there is no setpriv to give that up")
        command = [setpriv, "--bounding-set=-dac_override,-dac_read_search", *command]
    environment = {
        **os.environ,
        "ALERTMILL_RUNS_DIR": str(folder / "runs"),
        "ALERTMILL_DATABASE_DIR": str(folder / "database"),
    }
    return subprocess.run(  # noqa: S603 - our own program
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.process
@pytest.mark.parametrize(
    ("locked", "command"),
    [
        ("runs", ("verify", "runs/ethereum/x")),
        ("runs", ("runs",)),
        ("database", ("models",)),
        (".", ("models",)),
    ],
)
def test_a_folder_without_permission_is_one_line(
    tmp_path: Path, locked: str, command: tuple[str, ...]
) -> None:
    folder = tmp_path / "installation"
    for name in ("runs/ethereum/x", "database") if locked != "." else ("",):
        (folder / name).mkdir(parents=True)
    (folder / locked).chmod(0o500 if locked == "." else 0o000)

    found = run_without_rights(folder, *command)

    (folder / locked).chmod(0o700)
    assert (BAD_INPUT, "") == (found.returncode, found.stdout)
    (line,) = found.stderr.splitlines()
    assert line.startswith("error: ")
    assert "cannot be used: Permission denied" in line
    assert "Code:" not in line
