"""A task is tried again after a lost connection, and never after anything that cannot heal."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.orchestration.deployed import PROJECT
from tests.support.clickhouse_server import clickhouse_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCRIPT = """
import json
from prefect import flow, runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from alertmill.parameters import IngestionParameters
from tasks.ingestion import load_folders
from tests.support.waiting import eventually

ids = []

@flow
def load():
    ids.append(runtime.flow_run.id)
    quick = load_folders.with_options(retry_delay_seconds=0)
    return quick(IngestionParameters(network="ethereum"), return_state=True)

load(return_state=True)
def ended():
    # The server enters task runs a while after their events.
    own = FlowRunFilter(id={"any_": ids})
    runs = client.read_task_runs(flow_run_filter=own)
    return [run for run in runs if run.state.is_final()]

with get_client(sync_client=True) as client:
    (run,) = eventually(ended, seconds=120, pause=1)
print(json.dumps([run.run_count, run.state.message]))
"""


def attempts(environment: dict[str, str], folder: Path, port: int) -> tuple[int, str]:
    """Return how often the database was tried at this port, and the last message."""
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", SCRIPT],
        cwd=PROJECT,
        env=environment | {
            "ALERTMILL_DATABASE_DIR": str(folder / "clickhouse"),
            "ALERTMILL_RUNS_DIR": str(folder / "runs"),
            "CLICKHOUSE_HOST": "127.0.0.1",
            "CLICKHOUSE_PORT": str(port),
            "CLICKHOUSE_PASSWORD": "not-that-one",
            "PYTHONPATH": str(PROJECT),
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-3000:]
    count, message = json.loads(done.stdout.splitlines()[-1])
    return count, message


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else can take."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


def test_a_wrong_password_is_not_tried_again(
    prefect_environment: dict[str, str], tmp_path: Path, embedded_dir: Path
) -> None:
    with clickhouse_server(embedded_dir, password="another") as server:  # noqa: S106
        count, message = attempts(prefect_environment, tmp_path, server.port)

    assert 1 == count
    assert "wrong user or password" in message


def test_a_server_that_does_not_answer_is_tried_three_times(
    prefect_environment: dict[str, str], tmp_path: Path, closed_port: int
) -> None:
    count, message = attempts(prefect_environment, tmp_path, closed_port)

    assert 3 == count
    assert "Connection refused" in message
