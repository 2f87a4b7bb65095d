"""The first page of a run shows what came out, and says what is missing."""

from __future__ import annotations

import zipfile
from html import escape
from pathlib import Path

import pytest

from alertmill.files import write_model
from alertmill.provenance import collect
from alertmill.reporting.html import export_html
from alertmill.reporting.index import write_index
from alertmill.reporting.outcomes import load_outcomes, record_missing
from alertmill.runs import Run
from alertmill.training.registry.champions import ChampionReport
from tests.reporting.browser import open_page
from tests.reporting.example_runs import add_evaluation, add_report, executed, make_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run that was evaluated."""
    made = make_run(tmp_path)
    add_evaluation(made)
    return made


def publish(run: Run) -> str:
    """Write the index of a run with one good and one failed report."""
    outcomes = [
        add_report(run, executed("1"), name="01_good"),
        add_report(run, executed("1"), name="02_bad", error="ValueError: <b>no</b> alerts"),
    ]
    for outcome in outcomes:
        export_html(run, outcome)
    return write_index(run, outcomes).read_text()


def test_the_index_names_the_run_and_its_parameters(run: Run) -> None:
    page = publish(run)

    for text in (run.run_id, "2024-01-01", "2024-02-29", "5 alerts a day"):
        assert text in page


def test_the_headline_stands_with_its_intervals(run: Run) -> None:
    page = publish(run)
    with_interval = [m for m in run.evaluation.headline if m.ci_low is not None]

    assert with_interval
    for metric in with_interval:
        assert f"{metric.value:.3f}" in page
        assert f"{metric.ci_low:.3f} to {metric.ci_high:.3f}" in page


def test_a_metric_without_a_value_or_interval_says_why(run: Run) -> None:
    page = publish(run)
    notes = {m.note for m in run.evaluation.headline if m.ci_low is None}

    assert notes
    for note in notes:
        assert escape(note) in page


def test_the_words_no_interval_stand_once(run: Run) -> None:
    assert "no interval: no interval" not in publish(run)


def test_a_report_whose_task_died_is_listed_as_failed(tmp_path: Path) -> None:
    templates, run = tmp_path / "templates", make_run(tmp_path)
    templates.mkdir()
    (templates / "01_broken.ipynb").write_text("no JSON")

    record_missing(run, templates)
    (missing,) = load_outcomes(run)
    page = write_index(run, [missing]).read_text()

    assert not missing.is_ok
    assert "01_broken" in page
    assert "its task ended before it was executed" in page
    assert "1 of 1 report failed" in page
    assert "the rest is complete" not in page


def test_a_run_without_an_evaluation_says_so(tmp_path: Path) -> None:
    page = write_index(make_run(tmp_path), []).read_text()

    assert "not evaluated" in page
    assert "not finished" in page


def test_reports_are_linked_with_their_state(run: Run) -> None:
    page = publish(run)

    assert 'href="01_good.html"' in page
    assert 'href="02_bad.html"' in page
    assert "1 of 2 reports failed; the rest is complete" in page
    assert "ValueError: &lt;b&gt;no&lt;/b&gt; alerts" in page


def test_stages_and_code_are_shown(run: Run) -> None:
    page = publish(run)

    for text in ("extract", "evaluate", collect().versions["lightgbm"]):
        assert text in page
    assert (collect().code_commit or "not a git checkout")[:12] in page


def test_the_reason_against_a_champion_is_given(run: Run) -> None:
    report = ChampionReport(model_id=None, version=None, reason="no earlier model <is> registered")
    write_model(run.path / "evaluation" / "champion.json", report)

    assert "no earlier model &lt;is&gt; registered" in publish(run)


def test_every_link_of_the_index_leads_to_a_file(run: Run) -> None:
    publish(run)
    folder = run.path / "reports"

    with open_page(folder / "index.html") as (page, _):
        hrefs = page.eval_on_selector_all("a[href]", "a => a.map(e => e.getAttribute('href'))")

    assert [] == [h for h in hrefs if not h.startswith("#") and not (folder / h).is_file()]


def test_the_archive_holds_every_page_and_is_the_same_again(run: Run) -> None:
    publish(run)
    first = (run.path / "reports.zip").read_bytes()
    with zipfile.ZipFile(run.path / "reports.zip") as archive:
        names = [name.rpartition("reports/")[2] for name in archive.namelist() if "html" in name]

    publish(run)

    assert ["01_good.html", "02_bad.html", "index.html"] == names
    assert first == (run.path / "reports.zip").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("width", [380, 1280])
def test_a_browser_loads_nothing_and_needs_no_sideways_scrolling(run: Run, width: int) -> None:
    publish(run)

    with open_page(run.path / "reports" / "index.html") as (page, requests):
        page.set_viewport_size({"width": width, "height": 800})

        assert [] == requests
        assert width >= page.evaluate("document.documentElement.scrollWidth")
