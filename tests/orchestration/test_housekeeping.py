"""The flow `housekeeping` on a real server: what its run's page says, and what it removed."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prefect.settings.models.server.services import ServerServicesDBVacuumSettings

from alertmill.orchestration.environment import service_environment
from alertmill.removals import removals_of
from alertmill.settings import Settings
from tests.housekeeping.stored_runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FLOW = """
from alertmill.parameters import HousekeepingParameters
from flows.housekeeping import housekeeping
state = housekeeping(HousekeepingParameters(keep_days=1, keep_runs=1), return_state=True)
print(state.state_details.flow_run_id)
"""
PROJECT = Path(__file__).resolve().parents[2]


def test_the_run_says_how_much_was_removed_and_lists_every_run_with_its_fate(
    prefect_environment: dict[str, str], tmp_path: Path
) -> None:
    runs = Runs(tmp_path / "runs")
    old, new = runs.finish(days_old=800), runs.finish(days_old=750)
    environment = prefect_environment | {
        "ALERTMILL_RUNS_DIR": str(runs.root),
        "ALERTMILL_DATABASE_DIR": str(tmp_path / "clickhouse"),
    }

    done = subprocess.run(  # noqa: S603 - our own flow
        [sys.executable, "-c", FLOW],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-3000:]
    flow_run_id = done.stdout.strip().splitlines()[-1]
    with httpx.Client(base_url=environment["PREFECT_API_URL"], timeout=60) as api:
        state = api.get(f"/flow_runs/{flow_run_id}").json()["state"]
        wanted = {"artifacts": {"flow_run_id": {"any_": [flow_run_id]}}}
        (artifact,) = api.post("/artifacts/filter", json=wanted).json()
    assert "COMPLETED" == state["type"]
    assert state["message"].startswith("1 run removed (")
    assert old.run_id in artifact["data"]
    assert new.run_id in artifact["data"]
    assert ["housekeeping"] == [removal.actor for removal in removals_of(runs.network)]


def test_the_server_of_up_forgets_flow_runs_after_90_days(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service_environment(Settings(_env_file=None), {}).items():
        monkeypatch.setenv(name, value)

    vacuum = ServerServicesDBVacuumSettings()

    assert {"events", "flow_runs"} <= vacuum.enabled_vacuum_types
    assert timedelta(days=90) == vacuum.retention_period
