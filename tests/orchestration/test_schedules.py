"""Schedules make runs, and every run trains on the range of its own day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
import yaml
from prefect.server.schemas.schedules import CronSchedule

from alertmill.parameters import TrainingRequest
from alertmill.runs import Run
from tests.orchestration.deployed import POOL, PROJECT, Deployed, Row
from tests.support.services import PREFECT, service
from tests.support.waiting import eventually

ZONES = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Santiago",  # changes at midnight
    "Africa/Cairo",  # changes at midnight
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Auckland",
    "Asia/Kolkata",  # never changes
]
TWO_YEARS = datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
DECLARED = yaml.safe_load((PROJECT / "prefect.yaml").read_text())["deployments"]
SCHEDULES = [
    (deployment["name"], deployment.get("parameters", {}), schedule)
    for deployment in DECLARED
    for schedule in deployment.get("schedules", ())
]


def starts(cron: str, zone: str) -> list[datetime]:
    """Return the scheduled starts of two years, as Prefect's scheduler computes them."""
    schedule = CronSchedule(cron=cron, timezone=zone)
    first, end = TWO_YEARS
    return list(asyncio.run(schedule.get_dates(n=800, start=first, end=end)))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("cron", ["0 5 * * *", "30 2 * * *"])
def test_a_daily_schedule_has_one_range_a_day_over_the_changes_of_two_years(
    cron: str, zone: str
) -> None:
    request = TrainingRequest.model_validate(
        {"network": "ethereum", "n_days": 7, "time_zone": zone}
    )

    # Prefect gives every scheduled start as UTC.
    ends = [request.on(request.day_of(s.astimezone(UTC))).end_date for s in starts(cron, zone)]

    assert 730 <= len(ends)
    assert [] == [(a, b) for a, b in pairwise(ends) if b - a != timedelta(days=1)]


@pytest.mark.parametrize("zone", ZONES)
def test_a_weekly_schedule_moves_its_range_by_seven_days(zone: str) -> None:
    request = TrainingRequest.model_validate(
        {"network": "ethereum", "n_days": 60, "time_zone": zone}
    )

    found = [request.on(request.day_of(s.astimezone(UTC))) for s in starts("0 6 * * 1", zone)]

    assert 104 <= len(found)
    assert {timedelta(days=7)} == {b.end_date - a.end_date for a, b in pairwise(found)}
    assert {timedelta(days=59)} == {each.end_date - each.start_date for each in found}


@pytest.mark.parametrize(("name", "parameters", "schedule"), SCHEDULES)
def test_every_schedule_of_the_project_is_on_and_clear_of_changes_at_midnight(
    name: str, parameters: Row, schedule: Row
) -> None:
    minute, hour, *_ = schedule["cron"].split()
    zone = parameters["parameters"].get("time_zone", "UTC")

    assert schedule["active"] is True
    assert schedule["timezone"] == zone, f"{name} would take its day from another zone"
    # Where clocks go forward at midnight, Prefect moves a start in the hour that is left out
    # to the evening before, which is another day.
    assert time(1) <= time(int(hour), int(minute))


def test_no_deployment_holds_a_lease_that_a_restart_of_the_server_would_lose() -> None:
    assert [] == [each["name"] for each in DECLARED if "concurrency_limit" in each]
    assert {"local"} == {each["work_pool"]["name"] for each in DECLARED}


def test_every_deployment_can_be_found_by_its_tag_and_read_by_a_person() -> None:
    assert all("alertmill" in each["tags"] for each in DECLARED)
    assert all(each["description"].strip().endswith((".", "nothing.")) for each in DECLARED)
    scheduled = {name for name, _, _ in SCHEDULES}
    retried = {each["name"] for each in DECLARED if "retry-after-crash" in each["tags"]}
    assert {"ingestion", "training"} <= scheduled & retried


# --- a real server and worker -----------------------------------------------------------------


@pytest.fixture(scope="module")
def worker(deployed: Deployed) -> Iterator[Deployed]:
    """The deployments, and a worker that runs what is scheduled."""
    environment = deployed.environment | {"PYTHONPATH": str(PROJECT)}
    command = [PREFECT, "worker", "start", "--pool", POOL]
    with service(command, environment, deployed.folder):
        yield deployed


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_schedule_makes_runs_by_itself_and_a_worker_runs_one(worker: Deployed) -> None:
    made = eventually(
        lambda: [run for run in worker.runs_of("ingestion") if run["auto_scheduled"]],
        seconds=90,
        pause=1,
    )
    ended = eventually(lambda: worker.ended_runs_of("ingestion"), seconds=300, pause=2)
    worker.switch_off("ingestion")

    assert made, "no run within 90 s of the deployment"
    assert ended, (worker.folder / "services.log").read_text()[-3000:]
    assert ended[0]["auto_scheduled"]
    assert "COMPLETED" == ended[0]["state_type"], ended[0]["state"]["message"]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_that_is_made_for_a_past_day_trains_on_the_range_of_that_day(
    worker: Deployed,
) -> None:
    scheduled = {"scheduled_time": "2024-01-09T02:30:00+14:00"}
    answer = worker.create_run(
        "training",
        {"network": "ethereum", "n_days": 30, "time_zone": "America/New_York"},
        state={"type": "SCHEDULED", "state_details": scheduled},
    )
    assert 201 == answer.status_code, answer.text

    run_id = answer.json()["id"]
    # Other tests of this server leave runs of today for the same worker.
    ended = eventually(
        lambda: [run for run in worker.ended_runs_of("training") if run["id"] == run_id],
        seconds=400,
        pause=2,
    )

    log = (worker.folder / "services.log").read_text()[-3000:]
    assert ended, log
    # 02:30 at +14:00 is 07:30 of the day before in New York, whose day before is the last date.
    run = Run.find(worker.folder / "runs", key=run_id)
    assert run is not None, log
    dates = run.parameters.start_date, run.parameters.end_date
    assert (date(2023, 12, 9), date(2024, 1, 7)) == dates
    assert "ethereum 2023-12-09 to 2024-01-07" == ended[0]["name"], log
    assert "2023-12-09 to 2024-01-07; the table is empty" in ended[0]["state"]["message"]
