"""The first block of a report, and the lines of an artifact, say which run it is."""

from __future__ import annotations

from pathlib import Path

from alertmill.provenance import collect
from alertmill.reporting.summary import run_markdown, run_summary
from tests.reporting.example_runs import add_evaluation, add_report, make_run


def test_the_summary_names_the_run_its_dates_rows_and_versions(tmp_path: Path) -> None:
    run = make_run(tmp_path)

    values = " ".join(run_summary(run).frame["value"])

    for text in (run.run_id, "2024-01-01 to 2024-02-29", "2 alerts", collect().versions["polars"]):
        assert text in values


def test_the_summary_names_the_commit(tmp_path: Path) -> None:
    values = " ".join(run_summary(make_run(tmp_path)).frame["value"])

    assert (collect().code_commit or "not a git checkout")[:12] in values


def test_the_summary_is_a_table_that_a_notebook_shows(tmp_path: Path) -> None:
    assert "<table" in run_summary(make_run(tmp_path))._repr_html_()


def test_the_artifact_shows_the_headline_with_intervals(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    add_evaluation(run)

    text = run_markdown(run)

    for metric in run.evaluation.headline:
        assert metric.text in text


def test_the_artifact_of_a_run_without_an_evaluation_says_so(tmp_path: Path) -> None:
    assert "not evaluated" in run_markdown(make_run(tmp_path))


def test_the_artifact_lists_the_reports_and_what_failed(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    add_report(run, name="01_good")
    add_report(run, name="02_bad", error="ValueError: a | b <script>")

    lines = [line for line in run_markdown(run).splitlines() if "An example" in line]

    assert "ok" in lines[0]
    assert "FAILED: ValueError: a \\| b &lt;script>" in lines[1]
