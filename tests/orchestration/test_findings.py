"""What the status says, and what needs a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alertmill.orchestration.findings import (
    disk_finding,
    last_run_finding,
    late_findings,
    program_finding,
    schedule_findings,
    silent_findings,
    worker_finding,
)
from alertmill.orchestration.manager import ProgramState

NOW = datetime(2024, 3, 4, 12, 0, tzinfo=UTC)


def _run(*, minutes: int = 0, auto: bool = True, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a run that is expected so many minutes from now."""
    moment = (NOW + timedelta(minutes=minutes)).isoformat()
    state = {"type": "COMPLETED", "name": "Completed", "message": None, "timestamp": moment}
    run = {
        "id": "a", "name": "a run", "auto_scheduled": auto, "expected_start_time": moment,
        "start_time": moment, "end_time": moment, "state": state,
    }  # fmt: skip
    return run | fields


def _deployment(*, active: bool = True, paused: bool = False, age_minutes: int = 60) -> Any:  # noqa: ANN401
    updated = (NOW - timedelta(minutes=age_minutes)).isoformat()
    schedule = {"id": "1", "slug": "daily", "active": active, "updated": updated}
    return {"name": "training", "paused": paused, "schedules": [schedule]}


def test_a_schedule_for_which_the_server_makes_no_runs_needs_a_person() -> None:
    (found,) = schedule_findings(_deployment(), [], now=NOW)

    assert found.needs_person
    assert "the server makes no runs for it; look for schedule_deployments" in found.text


def test_runs_made_by_hand_or_left_from_the_past_are_no_sign_of_a_schedule() -> None:
    coming = [_run(minutes=30, auto=False), _run(minutes=-30)]

    (found,) = schedule_findings(_deployment(), coming, now=NOW)

    assert found.needs_person


def test_a_schedule_shows_its_next_run() -> None:
    coming = [_run(minutes=90), _run(minutes=30)]

    (found,) = schedule_findings(_deployment(), coming, now=NOW)

    next_run = (NOW + timedelta(minutes=30)).astimezone()
    assert (found.needs_person, found.text) == (False, f"on, next run {next_run:%Y-%m-%d %H:%M}")


@pytest.mark.parametrize(
    ("deployment", "text"),
    [
        (_deployment(active=False), "off"),
        (_deployment(paused=True), "off"),
        (_deployment(age_minutes=1), "on; the server has not made its runs yet"),
    ],
)
def test_a_schedule_that_is_off_or_new_needs_nobody(deployment: Any, text: str) -> None:  # noqa: ANN401
    (found,) = schedule_findings(deployment, [], now=NOW)

    assert (found.needs_person, found.text) == (False, text)


def test_a_deployment_without_schedules_has_no_finding_of_one() -> None:
    assert schedule_findings(_deployment() | {"schedules": []}, [], now=NOW) == []


@pytest.mark.parametrize(
    ("seconds", "text", "needs_person"),
    [
        (1, "last reported to the server 1 second ago", False),
        (20, "last reported to the server 20 seconds ago", False),
        (1200, "last reported to the server 20 minutes ago; no run starts without it", True),
        (86400, "last reported to the server 24 hours ago; no run starts without it", True),
    ],
)
def test_a_worker_that_is_silent_needs_a_person(
    seconds: int, text: str, *, needs_person: bool
) -> None:
    workers = [
        {"last_heartbeat_time": (NOW - timedelta(days=9)).isoformat()},
        {"last_heartbeat_time": (NOW - timedelta(seconds=seconds)).isoformat()},
    ]

    found = worker_finding(workers, now=NOW)

    assert (found.text, found.needs_person) == (text, needs_person)


def test_a_server_without_workers_needs_a_person() -> None:
    assert worker_finding([], now=NOW).needs_person


@pytest.mark.parametrize(
    ("type_", "name", "needs_person"),
    [
        ("COMPLETED", "Kept", False),
        ("CANCELLED", "Cancelled", False),
        ("FAILED", "Failed", True),
        ("CRASHED", "Crashed", True),
    ],
)
def test_a_last_run_that_failed_or_crashed_needs_a_person(
    type_: str, name: str, *, needs_person: bool
) -> None:
    state = {"type": type_, "name": name, "message": "what\n  happened", "timestamp": None}

    found = last_run_finding(_deployment(), [_run(state=state), _run()])

    assert found.needs_person == needs_person
    assert found.text.startswith(f"a run: {name.lower()} ")
    assert found.text.endswith(": what happened") == needs_person


def test_a_deployment_that_has_not_run_needs_nobody() -> None:
    assert not last_run_finding(_deployment(), []).needs_person


def test_one_late_run_waits_for_a_place_and_several_for_a_person() -> None:
    late = [_run(minutes=-10), _run(minutes=-30)]

    assert late_findings([_run(minutes=-1)], n_running=0, is_paused=False, now=NOW) == []
    (waiting,) = late_findings(late[:1], n_running=1, is_paused=False, now=NOW)
    (stuck,) = late_findings(late, n_running=0, is_paused=False, now=NOW)
    (paused,) = late_findings(late, n_running=1, is_paused=True, now=NOW)

    assert not waiting.needs_person
    assert waiting.text.startswith("1 run waiting, the first since ")
    assert stuck.needs_person
    assert stuck.text.startswith("2 runs waiting")
    assert paused.needs_person
    assert paused.text.endswith("the work pool is paused, resume it in the Prefect UI")


def test_a_run_without_a_heartbeat_needs_a_person_once_it_should_have_had_one() -> None:
    alive, new, silent = (
        _run(id="alive", minutes=-60),
        _run(id="new", minutes=-1),
        _run(id="silent", minutes=-60),
    )

    found = silent_findings([alive, new, silent], {"alive"}, now=NOW)

    assert [finding.needs_person for finding in found] == [False, False, True]


@pytest.mark.parametrize(
    ("state", "n_restarts", "text", "needs_person"),
    [
        ("RUNNING", 0, "", False),
        ("STARTING", 1, ", 1 restart", False),
        ("RUNNING", 2, ", 2 restarts", False),
        ("FATAL", 10, ", 10 restarts; read its log, then start again", True),
        ("BACKOFF", 3, ", 3 restarts", True),
    ],
)
def test_a_program_that_does_not_run_needs_a_person(
    state: str, n_restarts: int, text: str, *, needs_person: bool
) -> None:
    found = program_finding(ProgramState("worker", state, 1, NOW, n_restarts))

    assert found.text == f"{state.lower()} since {NOW.astimezone():%Y-%m-%d %H:%M}{text}"
    assert found.needs_person == needs_person


def test_a_full_disk_needs_a_person() -> None:
    assert not disk_finding("runs", 5 * 1024**3).needs_person
    assert disk_finding("runs", 1024**3).text == "only 1.0 GiB free; make room"
