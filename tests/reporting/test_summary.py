"""The first block of a report says which run it is."""

from __future__ import annotations

from pathlib import Path

from alertmill.provenance import collect
from alertmill.reporting.summary import run_summary
from tests.reporting.example_runs import make_run


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
