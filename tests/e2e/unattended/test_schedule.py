"""An installation works by itself: each day and week of its schedules, whatever goes wrong."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from alertmill.reporting.manifest import verify
from alertmill.runs import Run
from tests.e2e.unattended.calendar import Calendar, Mishap
from tests.e2e.unattended.deliveries import Upstream
from tests.e2e.unattended.installation import Installation
from tests.e2e.unattended.orchestrator import FlowRun
from tests.e2e.unattended.reading import digests_in, find_report_link, published_digests, run_page
from tests.e2e.unattended.year import N_TRAINED_DAYS, Life, Outcome, live

pytestmark = pytest.mark.slow


def _check(installation: Installation, life: Life) -> None:
    """Every day and week has exactly one run; it is finished, or a failure with a name."""
    outcome, days = life.outcome, life.days
    assert days == sorted(outcome.ingestions)
    assert [day for day in days if day.weekday() == 0] == sorted(outcome.trainings)
    for day, run in outcome.ingestions.items():
        _check_ingestion(day, run, life.calendar)
    _check_trainings(installation, outcome)
    assert len(days) + len(outcome.trainings) == life.n_runs, "a run that no schedule named"


def _check_ingestion(day: date, run: FlowRun, calendar: Calendar) -> None:
    mishap = calendar.mishaps.get(day)
    if mishap in (Mishap.LATE, Mishap.MISSING):
        assert "FAILED" == run.state_type, run
        assert f"Expected {day}, absent" in run.message, run
    elif mishap is Mishap.BROKEN:
        assert "FAILED" == run.state_type, run
        assert "transfers.parquet" in run.message, run
    else:
        assert "COMPLETED" == run.state_type, run


def _check_trainings(installation: Installation, outcome: Outcome) -> None:
    """No week was trained twice, and each that ended well has a report that verifies."""
    runs = [Run.open(folder) for folder in installation.run_dirs]
    ranges = {(run.parameters.start_date, run.parameters.end_date) for run in runs}
    assert len(outcome.trainings) == len(runs) == len(ranges)
    for day, flow_run in outcome.trainings.items():
        (run,) = (r for r in runs if r.parameters.end_date == day - timedelta(days=1))
        assert N_TRAINED_DAYS - 1 == (run.parameters.end_date - run.parameters.start_date).days
        if flow_run.state_type == "COMPLETED":
            assert verify(run.path).ok
            assert flow_run.state_name in ("Promoted", "Proposed", "Kept", "Undecided"), flow_run
        else:
            assert ("FAILED", True) == (flow_run.state_type, bool(flow_run.message)), flow_run


@pytest.fixture(scope="module")
def fortnight(installation: Installation, upstream: Upstream, place: Path) -> Life:
    """Two weeks in which deliveries fail, and a flow is killed."""
    return live(installation, upstream, place, n_days=14, seed=1)


@pytest.mark.timeout(1500)
def test_a_fortnight_passes_by_itself(installation: Installation, fortnight: Life) -> None:
    _check(installation, fortnight)


def test_every_process_that_was_to_be_killed_was_there_to_be_killed(fortnight: Life) -> None:
    killed = fortnight.outcome.killed

    assert fortnight.calendar.n_kills == len(killed)
    assert all(kill.n_hit for kill in killed)


@pytest.mark.timeout(600)
def test_a_person_clicks_from_the_run_to_its_report_and_downloads_it(
    installation: Installation, fortnight: Life
) -> None:
    """Trigger a training with a changed parameter, and do what a reader of its page does."""
    flow_run = fortnight.train_by_hand(end_date=fortnight.days[0], review_budget=7)

    run = Run.open(installation.run_dirs[-1])
    with run_page(installation, flow_run) as page:
        with page.expect_popup() as opened:
            find_report_link(page, run).click()
        report = opened.value
        heading = report.locator("h1").inner_text()
        with report.expect_download() as downloading:
            report.get_by_role("link", name="Download all reports").click()
        archive = digests_in(Path(downloading.value.path()), run)

    assert 7 == run.parameters.review_budget
    assert f"Ethereum, {run.parameters.start_date} to {run.parameters.end_date}" == heading
    published = published_digests(run)
    own_index = archive.pop("reports/index.html")  # the archive's leads to what is in the archive
    assert own_index
    assert {path: published[path] for path in archive} == archive
    assert {path for path in published if path.startswith("reports/")} - set(archive) == {
        "reports/index.html"
    }
    assert 0 == installation.alertmill("verify", str(run.path)).returncode


@pytest.mark.heavy
@pytest.mark.timeout(5400)
def test_a_year_passes_by_itself(
    installation: Installation, upstream: Upstream, place: Path
) -> None:
    year = live(installation, upstream, place, n_days=365, seed=7, n_at_once=4)

    _check(installation, year)
    assert 52 == len(year.outcome.trainings)
