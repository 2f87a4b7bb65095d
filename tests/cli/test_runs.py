"""`alertmill runs`: which runs are at work, which ended how, and whose model is the champion."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alertmill.orchestration.recovery_rules import locks_folder
from alertmill.processes import ProcessTag
from alertmill.run_lock import Holder, RunLock
from alertmill.settings import Settings
from alertmill.vocabulary import PromotionVerdict
from tests.cli.program import Program
from tests.housekeeping.stored_runs import Runs


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "runs")


def hold(flow_run_id: str) -> RunLock:
    """Work on a flow run, as this process."""
    lock = RunLock.named(locks_folder(Settings()), flow_run_id.replace(" ", "-"))
    holder = Holder(
        flow_run_id=flow_run_id,
        flow_run_name="training",
        process=str(ProcessTag.own()),
        since=datetime.now(UTC),
    )
    assert lock.acquire(holder)
    return lock


def test_running_crashed_failed_and_finished_runs_are_told_apart(
    program: Program, runs: Runs
) -> None:
    finished, failed = runs.finish(days_old=9), runs.fail(days_old=8)
    crashed, running = runs.begin(days_old=7), runs.begin(days_old=6)

    lock = hold("a 6")
    found = program("runs", "--json")
    lock.release()

    states = {run["run_id"]: run["state"] for run in json.loads(found.out)}
    expected = {"running": running, "crashed": crashed, "failed": failed, "finished": finished}
    assert {run.run_id: state for state, run in expected.items()} == states


def test_the_lock_of_a_dead_process_makes_no_run_a_running_one(
    program: Program, runs: Runs
) -> None:
    crashed = runs.begin(days_old=7)
    lock = hold("a 7")
    file = next(locks_folder(Settings()).glob("*.lock"))
    file.write_text(file.read_text().replace(str(ProcessTag.own()), f"1.0.{ProcessTag.own().host}"))

    found = program("runs")
    lock.release()

    (line,) = (line for line in found.out.splitlines() if crashed.run_id in line)
    assert " crashed " in line


def test_the_run_of_the_champion_is_marked_and_that_of_a_former_one_is_not(
    program: Program, runs: Runs
) -> None:
    former = runs.finish(days_old=9, model_id="first")
    champion = runs.finish(days_old=8, model_id="second")
    rejected = runs.finish(days_old=7, model_id="third")
    runs.decide(former, PromotionVerdict.PROMOTED, days_ago=9)
    runs.decide(champion, PromotionVerdict.PROMOTED, days_ago=8)
    runs.decide(rejected, PromotionVerdict.REJECTED, days_ago=7)

    lines = program("runs").out.splitlines()

    marked = [line for line in lines if " champion " in line]
    assert 4 == len(lines)
    assert [True] == [champion.run_id in line for line in marked]


def test_a_run_with_a_damaged_file_hides_no_other_run(program: Program, runs: Runs) -> None:
    damaged, whole = runs.begin(days_old=7), runs.finish(days_old=6)
    (damaged.path / "parameters.json").write_text("{")

    found = program("runs", "--json")

    states = {run["run_id"]: run["state"] for run in json.loads(found.out)}
    assert {damaged.run_id: "unreadable", whole.run_id: "finished"} == states


def test_without_runs_there_is_an_empty_list_for_programs(program: Program) -> None:
    assert (0, []) == ((found := program("runs", "--json")).code, json.loads(found.out))
