"""Whatever is killed: runs are put in order, go on where they stopped, and leave nothing behind."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alertmill.orchestration.recovery_rules import RETRY_MESSAGE, RETRY_STATE
from alertmill.processes import is_left_behind
from alertmill.reporting.failure import load_failure
from alertmill.runs import Run
from tests.orchestration.plants import PROJECT, Plant, by_hand, kill, plant_in
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

CHILDREN_SECONDS = 5
CRASHED_SECONDS = 120


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A server with the product's automation; tests start and kill server, watch and worker."""
    with plant_in(tmp_path_factory.mktemp("plant")) as started:
        install = [sys.executable, "-m", "alertmill.orchestration.installing"]
        subprocess.run(install, cwd=PROJECT, env=started.environment, check=True)  # noqa: S603 - our own module
        yield started


@pytest.fixture(scope="module")
def deployment(plant: Plant) -> str:
    """Id of a deployment whose runs are retried once."""
    return plant.deploy()


# --- a loss of power -----------------------------------------------------------------------------


@dataclass(frozen=True)
class PowerCut:
    """What was seen after flow, worker and server were killed in the second of three stages."""

    run: str
    next_run: str
    children_gone: bool
    seconds_until_crashed: float
    """Since the server was back."""
    left_behind: tuple[str, ...]
    """Temporary folders of dead processes when the retry works."""


def temporary(plant: Plant) -> Path:
    return plant.folder / "state" / "tmp"


def around_the_crash(names: list[str]) -> list[str]:
    """Return the states before, of and after the first crash."""
    crash = names.index("Crashed")
    return names[crash - 1 : crash + 2]


def is_dead(folder: Path) -> bool:
    return is_left_behind(folder.name.removeprefix("am-"))


@pytest.fixture(scope="module")
def power_cut(plant: Plant, deployment: str) -> PowerCut:
    """Kill everything; the server alone comes back, and later worker and watch."""
    run = plant.trigger(deployment)
    plant.start_worker()
    plant.allow("extract")
    process = plant.await_stage("features")
    next_run = plant.trigger(deployment, end_date="2024-02-28")
    assert list(temporary(plant).glob(f"am-{process}.*"))
    plant.kill("worker")
    kill(process)
    plant.kill("server")
    children_gone = eventually(lambda: not plant.living_children, seconds=CHILDREN_SECONDS)
    plant.start_server()
    started = time.monotonic()
    # By the automation; the sweep of the worker retries it.
    eventually(lambda: plant.has_been(run, "Crashed"), seconds=CRASHED_SECONDS, pause=1)
    seconds = time.monotonic() - started
    plant.start_worker()
    plant.start_watch()
    plant.await_stage("features", n=2)
    left = tuple(path.name for path in temporary(plant).glob("am-*") if is_dead(path))
    plant.allow()
    plant.await_state(run, "Kept")
    plant.await_state(next_run, "Kept")
    return PowerCut(run, next_run, children_gone, seconds, left)


def test_no_child_of_a_killed_flow_lives_on(power_cut: PowerCut) -> None:
    assert power_cut.children_gone


def test_a_dead_run_is_crashed_within_two_minutes_and_retried(
    plant: Plant, power_cut: PowerCut
) -> None:
    names = plant.names(power_cut.run)

    assert power_cut.seconds_until_crashed < CRASHED_SECONDS
    assert ["Running", "Crashed", RETRY_STATE] == around_the_crash(names)
    assert "Kept" == names[-1]
    assert 2 == plant.run(power_cut.run)["run_count"]


def test_the_retry_does_no_finished_stage_again(plant: Plant, power_cut: PowerCut) -> None:
    run = Run.find(plant.folder / "runs", key=power_cut.run)
    assert run is not None
    lines = {
        stage: (plant.folder / "attempts" / f"{run.run_id}.{stage}").read_text().split()
        for stage in ("extract", "features", "tune")
    }

    assert {"extract": 1, "features": 2, "tune": 1} == {k: len(v) for k, v in lines.items()}


def test_the_run_after_a_dead_one_gets_its_place(plant: Plant, power_cut: PowerCut) -> None:
    assert "Kept" == plant.names(power_cut.next_run)[-1]
    assert "Crashed" not in plant.names(power_cut.next_run)


def test_a_published_run_that_is_retried_ends_with_its_verdict_and_changes_no_file(
    plant: Plant, power_cut: PowerCut
) -> None:
    run = Run.find(plant.folder / "runs", key=power_cut.run)
    assert run is not None
    files = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    late = {"type": "SCHEDULED", "name": RETRY_STATE, "message": RETRY_MESSAGE}

    assert plant.api.set_state(power_cut.run, late)
    ended = plant.await_state(power_cut.run, "Kept")

    assert "The champion stays." in ended["state"]["message"]
    assert files == {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}


# --- one after the other ------------------------------------------------------------------------


@pytest.mark.usefixtures("power_cut")
def test_a_killed_flow_is_retried_and_a_cancelled_one_leaves_nothing(
    plant: Plant, deployment: str
) -> None:
    (plant.folder / "go").unlink()
    before = len(plant.attempts("features"))
    run = plant.trigger(deployment, end_date="2024-02-27")
    kill(plant.await_stage("features", n=before + 1))
    killed = datetime.now(UTC)
    plant.await_stage("features", n=before + 2)
    plant.await_state(run, "Running")
    retried = next(s for s in plant.states(run) if s["name"] == RETRY_STATE)["timestamp"]

    plant.api.set_state(run, {"type": "CANCELLING"})
    plant.await_state(run, "Cancelled")

    assert (datetime.fromisoformat(retried) - killed).total_seconds() < CRASHED_SECONDS
    assert eventually(lambda: not plant.living_children, seconds=CHILDREN_SECONDS)
    assert ["Running", "Crashed", RETRY_STATE] == around_the_crash(plant.names(run))
    folder = Run.find(plant.folder / "runs", key=run)
    assert folder is not None
    failure = load_failure(folder)
    assert failure is not None
    assert "the run was cancelled" in failure.message
    assert "the run was cancelled" in (folder.path / "reports" / "index.html").read_text()


@pytest.mark.usefixtures("power_cut")
def test_the_sweep_finds_dead_runs_and_leaves_living_ones_to_go_on(
    plant: Plant, deployment: str
) -> None:
    before = len(plant.attempts("features"))
    run = plant.trigger(deployment, end_date="2024-02-26")
    process = plant.await_stage("features", n=before + 1)
    started = time.monotonic()
    plant.kill("worker")
    kill(process)

    plant.start_worker()
    plant.await_stage("features", n=before + 2)
    swept = time.monotonic() - started
    plant.kill("worker")
    twin = by_hand(plant, end_date="2024-02-26")
    said = twin.communicate(timeout=240)[0].strip().splitlines()[-1]
    plant.allow()
    plant.await_state(run, "Kept")
    plant.start_worker()

    states = plant.states(run)
    crash = [state["name"] for state in states].index("Crashed")
    assert "The process has died" in states[crash]["message"]
    assert RETRY_MESSAGE == states[crash + 1]["message"]
    assert swept < CRASHED_SECONDS
    assert "Skipped: already running since" in said
    assert "as ethereum 2024-01-01 to 2024-02-26" in said
    assert ["Crashed", "Kept"] == [s["name"] for s in states if s["name"] in ("Crashed", "Kept")]
    assert before + 2 == len(plant.attempts("features"))


@pytest.mark.usefixtures("power_cut")
def test_a_retry_that_waits_for_the_worker_survives_the_second_report_of_the_crash(
    plant: Plant, deployment: str
) -> None:
    """A worker asks for runs less often than it takes to report a crash for the second time."""
    plant.kill("worker")
    plant.start_worker(query_seconds=30)
    before = len(plant.attempts("features"))
    (plant.folder / "go").unlink(missing_ok=True)
    run = plant.trigger(deployment, end_date="2024-02-24")

    kill(plant.await_stage("features", n=before + 1))
    plant.await_stage("features", n=before + 2)
    plant.allow()
    plant.await_state(run, "Kept")

    plant.kill("worker")
    plant.start_worker()
    assert before + 2 == len(plant.attempts("features"))


@pytest.mark.heavy
@pytest.mark.usefixtures("power_cut")
def test_a_run_without_its_worker_can_be_cancelled(plant: Plant, deployment: str) -> None:
    (plant.folder / "go").unlink()
    before = len(plant.attempts("features"))
    run = plant.trigger(deployment, end_date="2024-02-25")
    plant.await_stage("features", n=before + 1)
    plant.await_state(run, "Running")
    plant.kill("worker")

    plant.api.set_state(run, {"type": "CANCELLING"})
    plant.await_state(run, "Cancelled")

    assert eventually(lambda: not plant.living_children, seconds=30)
    plant.start_worker()


def test_nothing_of_dead_processes_is_left(plant: Plant, power_cut: PowerCut) -> None:
    assert () == power_cut.left_behind
    assert [] == [folder for folder in temporary(plant).iterdir() if is_dead(folder)]
    assert [] == plant.living_children
    assert [] == list((plant.folder / "state" / "locks" / "runs").iterdir())
    assert [] == list((plant.folder / "runs").rglob(".*.part"))
