"""A machine that is short of something: a command works, or says in one line what it lacks."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alertmill.errors import BAD_INPUT
from tests.inputs.made_up import N, labels, parquet, transfers
from tests.support.mounts import SmallDisk, small_disk

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
Limit = Callable[[], None]
Outcome = subprocess.CompletedProcess[str]


def alertmill(
    place: Path, *arguments: str, limit: Limit | None = None, **environment: str
) -> Outcome:
    """Run the command line with everything that it keeps in one place."""
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "alertmill.cli", *arguments],
        cwd=PROJECT,
        env={
            **os.environ,
            "HOME": str(place),
            "ALERTMILL_DATABASE_DIR": str(place / "database"),
            "ALERTMILL_RUNS_DIR": str(place / "runs"),
            "ALERTMILL_STATE_DIR": str(place / "state"),
            **environment,
        },
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
    )


def ingest_of(place: Path) -> tuple[str, ...]:
    """Write made-up files into a folder, and return the command that loads them."""
    of_transfers = parquet(transfers(), place, "transfers.parquet")
    of_labels = parquet(labels(), place, "labels.parquet")
    dates = ("--start-date", "2024-01-02", "--end-date", "2024-01-02")
    files = (str(of_transfers), "--labels", str(of_labels))
    return ("ingest", "transfers", *files, "--network", "ethereum", *dates)


def the_line(found: Outcome) -> str:
    """Return the error of a command that ended well-behaved, without progress before it."""
    assert BAD_INPUT == found.returncode, found.stderr
    line = found.stderr.splitlines()[-1]
    assert line.startswith("error: "), found.stderr
    assert 1 == found.stderr.count("error: ")
    assert "Traceback" not in found.stderr
    assert "Code:" not in found.stderr
    return line


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """A disk whose name has blanks and umlauts, with a database in it."""
    with small_disk(tmp_path_factory.mktemp("disk") / "Träger 1", megabytes=48) as disk:
        yield disk


@pytest.fixture(scope="module")
def ingest(disk: SmallDisk) -> tuple[str, ...]:
    """The command that was done once on the disk."""
    command = ingest_of(disk.path / "ein gäbe")
    done = alertmill(disk.path, *command)
    assert 0 == done.returncode, done.stderr
    assert f"{N} transfers and 3 labels are in the database" in done.stderr
    return command


def test_a_full_disk_is_said_in_one_line_and_nothing_is_lost(
    disk: SmallDisk, ingest: tuple[str, ...]
) -> None:
    with disk.full():
        found = alertmill(disk.path, *ingest)
    again = alertmill(disk.path, *ingest)

    line = the_line(found)
    assert "full" in line or "No space left" in line
    assert "free" in line.lower()
    assert 0 == again.returncode, again.stderr


def test_a_read_only_disk_is_said_in_one_line(disk: SmallDisk, ingest: tuple[str, ...]) -> None:
    with disk.read_only():
        found = alertmill(disk.path, *ingest)

    line = the_line(found)
    assert str(disk.path / "database") in line
    assert "read-only" in line.lower()


TRAINING = (
    "train", "--network", "ethereum", "--start-date", "2024-01-02", "--end-date", "2024-01-02",
)  # fmt: skip


def test_a_training_finds_a_full_or_read_only_disk_before_it_starts(disk: SmallDisk) -> None:
    with disk.full():
        full = alertmill(disk.path, *TRAINING)
    with disk.read_only():
        read_only = alertmill(disk.path, *TRAINING)

    runs = str(disk.path / "runs")
    assert f"{runs} cannot be written: No space left on device" in the_line(full)
    assert f"{runs} cannot be used: Read-only file system" in the_line(read_only)


def address_space(gigabytes: float) -> Limit:
    n_bytes = int(gigabytes * 2**30)
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))


def open_files(n: int) -> Limit:
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))


@pytest.mark.parametrize("command", [("--help",), ("runs",)], ids=" ".join)
def test_what_needs_no_database_works_in_two_gigabytes(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert 0 == alertmill(tmp_path, *command, limit=address_space(2)).returncode


@pytest.mark.parametrize("what", ["inspect", "ingest", "doctor"])
def test_what_reads_data_works_in_two_gigabytes_or_says_that_they_do_not_suffice(
    tmp_path: Path, what: str
) -> None:
    ingest = ingest_of(tmp_path)
    commands = {"inspect": ("inspect", ingest[2]), "ingest": ingest, "doctor": ("doctor",)}

    found = alertmill(tmp_path, *commands[what], limit=address_space(2))

    if found.returncode:
        assert "ulimit -v" in the_line(found)


@pytest.mark.parametrize("n", [24, 64])
@pytest.mark.parametrize("what", ["inspect", "ingest"])
def test_with_few_open_files_a_command_works_or_says_so(tmp_path: Path, what: str, n: int) -> None:
    ingest = ingest_of(tmp_path)
    commands = {"inspect": ("inspect", ingest[2]), "ingest": ingest}

    found = alertmill(tmp_path, *commands[what], limit=open_files(n))

    if found.returncode:
        assert "ulimit -n" in the_line(found)
