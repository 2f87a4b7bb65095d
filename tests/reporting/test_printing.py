"""The pages of a run are printed by a real browser, and one line says why not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alertmill.errors import ConfigurationError, PrintError, UnfinishedRunError
from alertmill.reporting.printing import BROWSERS, find_browser, print_reports
from alertmill.runs import Run
from tests.reporting.example_runs import add_report, make_run
from tests.reporting.paper import read_sheets
from tests.reporting.published import publish


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a run without reports."""
    return make_run(tmp_path)


def a_program(folder: Path, *lines: str) -> str:
    """Write a program that does not print."""
    path = folder / "browser"
    path.write_text("\n".join(["#!/bin/sh", *lines]))
    path.chmod(0o755)
    return str(path)


def with_a_page(run: Run) -> Run:
    page = run.path / "reports" / f"{add_report(run).template}.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text("<p>")
    return run


@pytest.mark.slow
def test_every_page_becomes_a_pdf_with_its_headings_as_bookmarks(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium on this machine")
    run = publish(tmp_path)
    into = tmp_path / "paper"

    printed = list(print_reports(run, into, browser=find_browser()))

    names = ["01_counts.pdf", "02_widths.pdf", "03_choices.pdf", "index.pdf"]
    assert names == [path.name for path in printed] == sorted(p.name for p in into.iterdir())
    headings = [
        heading for sheet in read_sheets(printed[0].read_bytes()) for heading in sheet.headings
    ]
    assert "Does it rise?" in headings


def test_without_a_browser_one_line_says_what_was_looked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PrintError) as told:
        find_browser()

    assert all(name in str(told.value) for name in (*BROWSERS, "--browser"))
    assert "\n" not in str(told.value)


def test_a_browser_is_found_by_its_path(tmp_path: Path) -> None:
    program = a_program(tmp_path)

    assert program == find_browser(program)
    with pytest.raises(PrintError, match="no browser can print"):
        find_browser(str(tmp_path / "nothing"))


def test_a_page_that_was_not_printed_says_why_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    browser = a_program(tmp_path, "echo starting >&2", "echo 'no memory' >&2", "exit 1")
    into = tmp_path / "paper"

    with pytest.raises(PrintError, match=r"01_example\.html was not printed: no memory;"):
        list(print_reports(with_a_page(run), into, browser=browser))

    assert [] == list(into.iterdir())


def test_a_run_without_reports_is_not_printed(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UnfinishedRunError, match="a page below reports/ is not there"):
        list(print_reports(run, tmp_path / "paper", browser="chromium"))


def test_nothing_is_written_into_the_sealed_run(run: Run) -> None:
    with pytest.raises(ConfigurationError, match="sealed"):
        list(print_reports(with_a_page(run), run.path / "paper", browser="chromium"))

    assert not (run.path / "paper").exists()
