"""A user without home and entry in passwd works from a checkout that is not theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alertmill.errors import BAD_INPUT
from tests.inputs.made_up import labels, parquet, transfers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PROJECT = Path(__file__).resolve().parents[2]
STRANGER = 2**30 + 7
"""Number of a user whom no machine knows."""
RANGE = ("--network", "ethereum", "--start-date", "2024-01-02", "--end-date", "2024-01-02")
TWICE = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
Outcome = subprocess.CompletedProcess[str]


def run_as_stranger(command: list[str], environment: dict[str, str]) -> Outcome:
    return subprocess.run(  # noqa: S603 - our own program
        command,
        cwd=PROJECT,
        env=environment,
        user=STRANGER,
        group=STRANGER,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )


def can_strangers_run_python() -> bool:
    """Return whether another user reaches the interpreter, also from a process of their own."""
    try:
        return not run_as_stranger([sys.executable, "-c", TWICE], dict(os.environ)).returncode
    except PermissionError:  # its folder is closed to others
        return False


@pytest.fixture
def place() -> Iterator[Path]:
    """The one folder that the stranger may write."""
    if os.geteuid() != 0:
        pytest.skip("only root may become another user")
    if not can_strangers_run_python():
        pytest.skip("other users may not run this interpreter")
    with tempfile.TemporaryDirectory() as name:  # those of pytest are closed to others
        os.chown(name, STRANGER, STRANGER)
        yield Path(name)


@pytest.fixture
def alertmill(place: Path) -> Callable[..., Outcome]:
    """The command line as the stranger runs it, with or without a variable HOME."""

    def run(*arguments: str, home: str | None) -> Outcome:
        environment = {name: text for name, text in os.environ.items() if name != "HOME"} | {
            "ALERTMILL_DATABASE_DIR": str(place / "database"),
            "ALERTMILL_RUNS_DIR": str(place / "runs"),
            "TMPDIR": str(place),
        }
        environment.pop("ALERTMILL_STATE_DIR", None)
        environment.pop("PREFECT_HOME", None)
        given = {} if home is None else {"HOME": home}
        command = [sys.executable, "-m", "alertmill.cli", *arguments]
        return run_as_stranger(command, environment | given)

    return run


def test_a_stranger_with_one_writable_folder_ingests_and_trains(
    place: Path, alertmill: Callable[..., Outcome]
) -> None:
    """The training begins, and ends where it finds that one day is too little."""
    files = (
        str(parquet(transfers(), place)),
        "--labels",
        str(parquet(labels(), place, "l.parquet")),
    )

    loaded = alertmill("ingest", "transfers", *files, *RANGE, home=None)
    trained = alertmill("train", *RANGE, home="/")

    assert 0 == loaded.returncode, loaded.stderr
    assert BAD_INPUT == trained.returncode, trained.stderr[-3000:]
    assert any(line.startswith("error: ") for line in trained.stderr.splitlines())
    assert list(place.glob("runs/ethereum/*/parameters.json"))
