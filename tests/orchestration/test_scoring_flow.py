"""A scoring as its page in Prefect shows it: without a champion, and with one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alertmill.cli import app
from alertmill.errors import NotebookFailedError
from alertmill.scoring.report import DayState, ScoredDay, ScoringReport
from tasks.scoring import unreported
from tests.e2e.workplaces import PROJECT
from tests.scoring.world import BUDGET, DAY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SCORE = """
import json, sys
from pathlib import Path
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.flow_engine import run_flow
from prefect.states import Scheduled
from prefect.types import DateTime
from alertmill.storage import ClientFactory, get_connection_params
from flows.scoring import scoring
from tests.scoring.world import DAY, load_world, train_champion

def run():
    parameters = {"network": "ethereum", "look_back_days": 1}
    scheduled = Scheduled(scheduled_time=DateTime.fromisoformat(f"{DAY}T05:30:00+00:00"))
    with get_client(sync_client=True) as client:
        created = client.create_flow_run(
            scoring, parameters={"parameters": parameters}, state=scheduled
        )
        run_flow(scoring, created, {"parameters": parameters}, return_type="state")
        made = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[created.id]))
        tables = [a for a in client.read_artifacts(artifact_filter=made) if a.key == "scores"]
        ended = client.read_flow_run(created.id)
    return {
        "name": ended.name, "type": ended.state.type.value, "state": ended.state.name,
        "message": ended.state.message,
        "rows": [row for table in tables for row in json.loads(table.data)],
        "folders": [str(path) for path in sorted(Path(sys.argv[1]).glob("*/scores/*"))],
    }

ended = [run()]
with ClientFactory(get_connection_params("ethereum")).client_context() as client:
    load_world(client)
    train_champion(client, Path(sys.argv[1]))
ended += [run(), run()]
print(json.dumps(ended))
"""


@pytest.fixture(scope="module")
def ended(
    prefect_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """Three runs for one day: before there is a champion, with one, and once more."""
    folder = tmp_path_factory.mktemp("scoring")
    environment = {
        **os.environ,
        **prefect_environment,
        "ALERTMILL_DATABASE_DIR": str(folder / "clickhouse"),
        "ALERTMILL_RUNS_DIR": str(folder / "runs"),
        "ALERTMILL_STATE_DIR": str(folder / "state"),
    }
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", SCORE, str(folder / "runs")],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    runs: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return runs


def test_without_a_champion_the_run_says_so_and_does_not_fail(ended: list[dict[str, Any]]) -> None:
    before = ended[0]

    assert ("COMPLETED", "No champion") == (before["type"], before["state"])
    assert "train and promote a model" in before["message"]
    assert [] == before["rows"]


def test_a_late_run_scores_its_own_day_and_shows_what_became_of_each(
    ended: list[dict[str, Any]],
) -> None:
    scored = ended[1]

    assert f"ethereum scores of {DAY}" == scored["name"]
    assert "COMPLETED" == scored["type"], scored
    assert f"{2 * BUDGET} in the review queue" in scored["message"]
    assert [str(DAY), "scored"] == [scored["rows"][-1][name] for name in ("day", "state")]
    assert 2 == len(scored["rows"])


def test_it_leaves_a_folder_with_a_report_that_is_proven(
    ended: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder,) = ended[1]["folders"]
    root = Path(folder).parents[3]
    monkeypatch.setenv("ALERTMILL_RUNS_DIR", str(root / "runs"))
    monkeypatch.setenv("ALERTMILL_STATE_DIR", str(root / "state"))
    monkeypatch.setenv("ALERTMILL_DATABASE_DIR", str(root / "none"))

    proven = CliRunner().invoke(app, ["verify", folder])

    assert [] == ended[0]["folders"]
    assert ended[1]["folders"] == ended[2]["folders"]
    page = Path(folder) / "reports" / "10_review_queue.html"
    assert page.is_file()
    assert ended[1]["message"].endswith(f"Report: {page}")
    assert 0 == proven.exit_code, proven.output


def test_the_same_run_again_finds_nothing_to_score(ended: list[dict[str, Any]]) -> None:
    assert "Nothing to score" in ended[2]["message"]


def test_a_failed_report_says_that_the_scores_are_there() -> None:
    scored = ScoringReport("m", DAY, DAY, (ScoredDay(DAY, DayState.NEW, n_scored=2, n_in_queue=1),))
    error = NotebookFailedError.of("10_review_queue", cell="queue", error="ValueError: no")

    state = unreported(scored, error)

    assert state.is_failed()
    assert str(state.message).startswith(f"2 scores of {DAY} by m")
    assert "The scores are in the database. Only their report failed" in str(state.message)
    assert "failed in cell 'queue': ValueError: no" in str(state.message)
    assert "Retry the run" in str(state.message)
