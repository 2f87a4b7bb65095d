"""A run that could not explain its own end is explained by whoever notices it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect import State, flow
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect.states import Cancelling, Crashed, Failed

from alertmill.reporting.failure import load_failure
from alertmill.reporting.index import write_index
from alertmill.reporting.manifest import verify, write_manifest
from alertmill.runs import Run
from tasks.reporting import explain_end
from tests.reporting.example_runs import PARAMETERS


@flow(timeout_seconds=5400)
def training() -> None:
    """Do nothing: only its hooks are called."""


@pytest.fixture
def flow_run() -> FlowRun:
    """A flow run that has a run folder."""
    return FlowRun(id=uuid.uuid4(), flow_id=uuid.uuid4(), name="ethereum")


@pytest.fixture
def run(tmp_path: Path, flow_run: FlowRun, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Its folder; lines of the log stay in this process."""
    monkeypatch.setenv("ALERTMILL_RUNS_DIR", str(tmp_path))
    now = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
    with temporary_settings({PREFECT_LOGGING_TO_API_ENABLED: False}):
        yield Run.create(tmp_path, PARAMETERS, key=str(flow_run.id), now=now)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (Crashed(message="exit code -9"), "ended before its last stage (exit code -9)"),
        (Failed(name="TimedOut"), "took longer than its limit of 90 minutes"),
        (Cancelling(), "was cancelled"),
    ],
)
def test_the_page_and_the_last_line_of_the_log_say_why(
    run: Run, flow_run: FlowRun, state: State, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        explain_end(training, flow_run, state)

    page = run.path / "reports" / "index.html"
    assert reason in page.read_text()
    assert reason in caplog.messages[-1]
    assert f"/runs/ethereum/{run.run_id}/files/reports/index.html" in caplog.messages[-1]


def test_a_run_that_explained_itself_is_left_alone(run: Run, flow_run: FlowRun) -> None:
    explain_end(training, flow_run, Failed(message="Stopped in the stage tune: ..."))

    assert load_failure(run) is None
    assert not (run.path / "reports").exists()


def test_a_run_that_was_published_stays_as_it_was(run: Run, flow_run: FlowRun) -> None:
    write_index(run, ())
    write_manifest(run)

    explain_end(training, flow_run, Crashed(message="an event that came late"))

    assert verify(run.path).ok


def test_a_flow_run_without_a_folder_needs_no_page(run: Run) -> None:
    other = FlowRun(id=uuid.uuid4(), flow_id=uuid.uuid4(), name="other")

    explain_end(training, other, Crashed(message="exit code -9"))

    assert load_failure(run) is None
