"""A task waits while another process has the embedded database open, and says for whom."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertmill.errors import AnotherFolderOpenError, DatabaseHeldError

pytestmark = pytest.mark.engine

HOLDER = """
import sys
from pathlib import Path
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, get_connection_params

settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=Path(sys.argv[1]))
with ClientFactory(get_connection_params("ethereum", settings)).client_context():
    print("open", flush=True)
    sys.stdin.read(1)
"""
WAITER = """
import sys
from pathlib import Path
from alertmill.errors import DatabaseHeldError
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, get_connection_params
from alertmill.storage.waiting import when_free

settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=Path(sys.argv[1]))
factory = ClientFactory(get_connection_params("ethereum", settings))

def report(sentence):
    print(sentence, flush=True)

try:
    with when_free(factory, seconds=float(sys.argv[2]), report=report, pause_seconds=0.2) as client:
        print(client.command("SELECT 6 * 7"), flush=True)
except DatabaseHeldError as error:
    print(error, flush=True)
"""


def started(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has the database open until it gets a line."""
    process = started(HOLDER, tmp_path)
    assert process.stdout is not None
    assert "open\n" == process.stdout.readline()
    yield process
    process.kill()
    process.communicate()


def test_it_opens_as_soon_as_the_holder_closes(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    waiter = started(WAITER, tmp_path, 60)
    assert waiter.stdout is not None
    sentence = waiter.stdout.readline()
    holder.communicate("\n")

    rest, _ = waiter.communicate()

    assert "Waiting for 1 minute at most: the embedded database" in sentence
    assert f"is open in process {holder.pid}" in sentence
    assert "42\n" == rest


def test_it_gives_up_after_the_longest_wait_and_names_the_holder(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    waiter = started(WAITER, tmp_path, 0.5)

    sentences, _ = waiter.communicate()

    assert f"is open in process {holder.pid}" in sentences.splitlines()[-1]
    assert "CLICKHOUSE_HOST" in sentences.splitlines()[-1]


def test_a_second_folder_in_one_process_is_no_reason_to_wait() -> None:
    error = AnotherFolderOpenError.beside(Path("elsewhere"))

    assert isinstance(error, DatabaseHeldError)
    assert "elsewhere" in str(error)
