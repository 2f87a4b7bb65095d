"""The sweep puts dead runs of this machine's work pool in order, and touches no others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alertmill.orchestration.environment import POOL
from alertmill.orchestration.recovery import sweep
from alertmill.orchestration.recovery_rules import RETRY_MESSAGE, RETRY_STATE
from alertmill.orchestration.watch import Watch
from alertmill.processes import private_folder
from alertmill.run_lock import RunLock
from alertmill.settings import Settings
from tests.orchestration.states import Server

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("states", [("PENDING",), ("PENDING", "RUNNING")])
def test_a_run_without_a_process_is_crashed_and_retried(
    server: Server, settings: Settings, states: Sequence[str]
) -> None:
    run = server.run_in(*states)

    sweep(settings, server.api)

    assert ["Crashed", RETRY_STATE] == server.states(run)[-2:]


def test_a_run_is_retried_once(server: Server, settings: Settings) -> None:
    run = server.run_in("PENDING", "RUNNING")
    sweep(settings, server.api)
    server.bring(run, "PENDING", "RUNNING")

    sweep(settings, server.api)
    sweep(settings, server.api)

    rows = server.api.get(f"/flow_run_states/?flow_run_id={run}")
    assert 1 == sum(row["message"] == RETRY_MESSAGE for row in rows)
    assert "Crashed" == server.states(run)[-1]


def test_a_run_that_was_being_cancelled_is_cancelled(server: Server, settings: Settings) -> None:
    run = server.run_in("PENDING", "RUNNING", "CANCELLING")

    sweep(settings, server.api)

    assert "Cancelled" == server.states(run)[-1]


def test_a_run_without_the_tag_is_crashed_and_not_retried(
    server: Server, settings: Settings
) -> None:
    run = server.run_in("PENDING", "RUNNING", tags=("training",))

    sweep(settings, server.api)

    assert "Crashed" == server.states(run)[-1]


def test_a_crash_that_was_reported_before_is_retried(server: Server, settings: Settings) -> None:
    run = server.run_in("PENDING", "RUNNING", "CRASHED")

    sweep(settings, server.api)

    assert ["Crashed", RETRY_STATE] == server.states(run)[-2:]


def test_a_run_that_has_ended_after_a_crash_is_not_retried(
    server: Server, settings: Settings
) -> None:
    """Its process was alive all the time, and its last report came after that of a crash."""
    run = server.run_in("PENDING", "RUNNING", "CRASHED", "COMPLETED")

    sweep(settings, server.api)

    assert "Completed" == server.states(run)[-1]


def test_a_run_whose_process_lives_goes_on(server: Server, settings: Settings) -> None:
    run = server.run_in("PENDING", "RUNNING")

    with process_of(run):
        sweep(settings, server.api)

    assert "Running" == server.states(run)[-1]


@contextmanager
def process_of(run: str) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a process alive that looks as if it executed the run, as far as the block is long."""
    environment = {**os.environ, "PREFECT__FLOW_RUN_ID": run}
    code = "import sys; print('x', flush=True); sys.stdin.read(1)"
    command = [sys.executable, "-c", code, "prefect.engine"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe) as process:  # noqa: S603 - our own script
        assert process.stdout is not None
        process.stdout.read(1)
        yield process
        process.kill()


def test_runs_of_other_pools_are_left_alone(server: Server, settings: Settings) -> None:
    run = server.run_in("PENDING", "RUNNING", pool="elsewhere")

    sweep(settings, server.api)

    assert "Running" == server.states(run)[-1]


def test_files_of_dead_processes_are_cleared_and_those_of_living_ones_are_not(
    settings: Settings, tmp_path: Path
) -> None:
    locks = tmp_path / "state" / "locks" / "runs"
    locks.mkdir(parents=True)
    (locks / "free.lock").touch()
    run_dir = tmp_path / "runs" / "ethereum" / "20240101T000000Z-00000000"
    (run_dir / "data").mkdir(parents=True)
    (run_dir / "parameters.json").touch()
    code = (
        "import os, sys; from pathlib import Path; from alertmill.files import complete_file\n"
        "with complete_file(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    target = run_dir / "data" / "alerts.parquet"
    subprocess.run([sys.executable, "-c", code, str(target)], check=False)  # noqa: S603 - our own script
    assert list(run_dir.rglob("*.part"))

    with private_folder() as ours:
        sweep(settings, None)

        assert ours.is_dir()
    assert [] == list(run_dir.rglob("*.part"))
    assert [] == list(locks.iterdir())
    assert RunLock.named(locks, "free").holder() is None


def test_with_another_worker_runs_without_a_process_here_are_left_alone(
    server: Server, settings: Settings
) -> None:
    run = server.run_in("PENDING", "RUNNING")
    workers = f"/work_pools/{POOL}/workers"
    server.post(f"{workers}/heartbeat", {"name": "on another machine"})

    sweep(settings, server.api)
    server.api.request("DELETE", f"{workers}/on another machine")

    assert "Running" == server.states(run)[-1]


def test_in_a_pool_of_containers_a_run_without_a_process_here_is_left_alone(
    server: Server, settings: Settings
) -> None:
    """The worker is offline, and the containers that it has started may be alive."""
    server.api.request("DELETE", f"/work_pools/{POOL}")
    server.make_pool(POOL, kind="kubernetes")
    run = server.run_in("PENDING", "RUNNING")
    crashed = server.run_in("PENDING", "RUNNING", "CRASHED")

    sweep(settings, server.api)
    states = server.states(run)[-1], server.states(crashed)[-1]
    server.api.request("DELETE", f"/work_pools/{POOL}")

    assert ("Running", RETRY_STATE) == states


# --- the watch, which looks again and again ------------------------------------------------------


@pytest.fixture
def watch(server: Server, settings: Settings) -> Watch:
    return Watch(settings, server.api)


def test_a_run_is_dead_when_two_looks_find_no_process(server: Server, watch: Watch) -> None:
    run = server.run_in("PENDING")

    watch.look(datetime.now(UTC))
    before = server.states(run)[-1]
    watch.look(datetime.now(UTC))

    assert "Pending" == before
    assert ["Crashed", RETRY_STATE] == server.states(run)[-2:]


def test_a_run_that_is_given_to_a_process_between_two_looks_is_left_alone(
    server: Server, watch: Watch
) -> None:
    run = server.run_in("PENDING")

    watch.look(datetime.now(UTC))
    server.bring(run, "RUNNING")
    watch.look(datetime.now(UTC))

    assert "Running" == server.states(run)[-1]


def test_a_run_whose_process_dies_before_it_has_begun_is_crashed_and_retried(
    server: Server, settings: Settings, watch: Watch
) -> None:
    """The worker was killed just after it had started the process, which dies after the sweep."""
    run = server.run_in("PENDING")
    with process_of(run):
        sweep(settings, server.api)
        watch.look(datetime.now(UTC))
    before = server.states(run)[-1]

    watch.look(datetime.now(UTC))
    watch.look(datetime.now(UTC))

    assert "Pending" == before
    assert ["Crashed", RETRY_STATE] == server.states(run)[-2:]


@pytest.fixture
def crashed(server: Server) -> str:
    """Id of a run whose retry a report about the first attempt ended before it was taken up."""
    run = server.run_in("PENDING", "RUNNING", "CRASHED")
    server.bring(run, "SCHEDULED", name=RETRY_STATE, message=RETRY_MESSAGE)
    server.bring(run, "CRASHED")
    return run


def test_a_retry_that_no_worker_has_taken_up_is_made_again(
    server: Server, watch: Watch, crashed: str
) -> None:
    watch.look(datetime.now(UTC) + timedelta(seconds=20))

    assert ["Crashed", RETRY_STATE] == server.states(crashed)[-2:]


def test_a_crash_of_just_now_is_not_retried_before_its_second_report(
    server: Server, watch: Watch, crashed: str
) -> None:
    watch.look(datetime.now(UTC))

    assert "Crashed" == server.states(crashed)[-1]


def test_a_crashed_run_whose_next_process_lives_is_not_retried(
    server: Server, watch: Watch, crashed: str
) -> None:
    with process_of(crashed):
        watch.look(datetime.now(UTC) + timedelta(minutes=1))

    assert "Crashed" == server.states(crashed)[-1]
