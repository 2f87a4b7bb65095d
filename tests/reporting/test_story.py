"""The page of a run: verdict, numbers beside the champion, checks, two figures, links."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from alertmill.evaluation.check_results import CheckState
from alertmill.reporting.addresses import ReportSite
from alertmill.reporting.ending import RunEnding, ending_of
from alertmill.reporting.index import write_index
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.signing import sign_run
from alertmill.reporting.story import tell_story
from alertmill.runs import Run
from tests.reporting.decided_runs import SENTENCE, add_checks, add_numbers, add_verdict
from tests.reporting.example_runs import add_report, make_run
from tests.support.signing import signed_ledger

SITE = ReportSite("http://127.0.0.1:4280")
_LARGEST_IMAGE = 60_000


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run of which only the extraction is finished."""
    return make_run(tmp_path)


def test_the_page_has_its_parts_in_order(run: Run) -> None:
    add_numbers(run)
    add_checks(run, CheckState.ISSUE)
    add_verdict(run)

    page = _story(run)

    heads = re.findall(r"^#+ .*|^!\[", page, re.MULTILINE)
    assert [
        "## Promoted",
        "### Headline numbers against the champion",
        "### What needs attention",
        "![",
        "![",
        "### Reports",
    ] == heads


def test_the_page_keeps_the_entry_of_a_signed_run(run: Run) -> None:
    add_verdict(run)
    assert "signed ledger" not in _story(run)
    write_manifest(run)

    stored = sign_run(run, signed_ledger(run.path.parents[1]))

    assert _story(run).endswith(f"Entry of the signed ledger: `{stored.head.text}`\n")


def test_the_verdict_comes_with_its_reason_and_range(run: Run) -> None:
    add_verdict(run)

    page = _story(run)

    assert f"**{SENTENCE}**" in page
    assert f"ethereum, 2024-01-01 to 2024-02-29, alert\\_scorer, run {run.run_id}" in page


def test_a_foreign_sentence_cannot_bring_links_or_markup(run: Run) -> None:
    page = tell_story(run, RunEnding("Kept", "[x](javascript:1) <img src=x> | **y**\n# z"), SITE)

    assert "**\\[x\\](javascript:1) &lt;img src=x&gt; \\| \\*\\*y\\*\\* # z**" in page


def test_numbers_stand_beside_those_of_the_champion_with_the_difference(run: Run) -> None:
    add_numbers(run)

    rows = _rows(_story(run))

    interval = r"\d\.\d{2,3} \(\d\.\d{2,3} to \d\.\d{2,3}\)"
    difference = r"[+-]?\d\.\d{2,3} \([+-]?\d\.\d{2,3} to [+-]?\d\.\d{2,3}\)"
    assert ["metric", "addresses", "this model", "champion", "difference"] == rows[0]
    assert [(m, a) for a in ("new", "all") for m in _METRICS] == [(r[0], r[1]) for r in rows[1:]]
    for row in rows[-3:]:
        assert re.fullmatch(interval, row[2])
        assert re.fullmatch(interval, row[3])
        assert re.fullmatch(difference, row[4])


def test_without_a_champion_the_numbers_stand_alone_and_the_reason_below(run: Run) -> None:
    add_numbers(run, is_beside_champion=False)

    page = _story(run)

    assert ["metric", "addresses", "this model"] == _rows(page)[0]
    assert "Not compared with a champion: no model was promoted yet." in page


def test_without_labels_every_number_is_a_reason(run: Run) -> None:
    add_numbers(run, labelled_share=0.0)

    rows = _rows(_story(run))

    assert {"no labelled alerts"} == {cell for row in rows[1:] for cell in row[2:]}


def test_what_the_numbers_rest_on_is_counted(run: Run) -> None:
    add_numbers(run)

    page = _story(run)

    assert "Review budget: 5 alerts a day." in page
    assert re.search(r"All addresses: \d+ confirmed alerts at \d+ of \d+ addresses", page)


def test_a_run_that_was_not_evaluated_says_so(run: Run) -> None:
    page = _story(run)

    assert "The run was not evaluated." in page
    assert "The checks did not run." in page
    assert "data:image" not in page


@pytest.mark.parametrize(
    ("states", "sentence", "n_lines"),
    [
        ([], "Nothing: 0 checks ran.", 0),
        ([CheckState.PASSED], "Nothing: 1 check ran.", 0),
        ([CheckState.ISSUE], "1 issue and 0 tips from 1 check.", 1),
        ([CheckState.ISSUE, CheckState.TIP], "1 issue and 1 tip from 2 checks.", 2),
        ([CheckState.TIP] * 4, "0 issues and 4 tips from 4 checks.", 4),
        ([CheckState.ISSUE] * 6, "6 issues and 0 tips from 6 checks.", 6),
    ],
)
def test_what_needs_attention_is_counted_and_listed(
    run: Run, states: list[CheckState], sentence: str, n_lines: int
) -> None:
    add_checks(run, *states)

    page = _story(run)

    assert sentence in page
    assert n_lines == len(re.findall(r"^- ", page, re.MULTILINE))


def test_an_issue_says_what_was_found_what_to_do_and_that_it_blocks(run: Run) -> None:
    add_checks(run, CheckState.ISSUE, CheckState.TIP)

    page = _story(run)

    assert (
        "- **AM001 question 1.** Found a\\_b = 1. Look at it. It blocks a promotion.\n"
        "- AM002 question 2. Found a\\_b = 2. Look at it.\n" in page
    )


def test_muted_checks_need_no_attention_but_are_counted(run: Run) -> None:
    add_checks(run, CheckState.ISSUE, CheckState.TIP, muted_because="a pilot")

    assert "Nothing: 2 checks ran; 2 muted." in _story(run)


def test_further_tips_are_counted(run: Run) -> None:
    add_checks(run, *[CheckState.TIP] * 5)

    assert "- 2 further tips on the first page." in _story(run)


def test_both_figures_are_small_images_with_a_title(run: Run) -> None:
    add_numbers(run)

    images = re.findall(r"!\[(.+?)\]\(data:image/png;base64,([^)]+)\)", _story(run))

    assert 2 == len(images)
    for title, data in images:
        png = base64.b64decode(data)
        assert title
        assert len(png) < _LARGEST_IMAGE
        assert "PNG" == Image.open(BytesIO(png)).format


def test_every_report_is_linked_and_a_failed_one_says_so(run: Run) -> None:
    for name, error in (("01_good", None), ("02_bad", "ValueError: a | b <script>\ntraceback")):
        page = run.path / "reports" / f"{name}.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text("<p>")
        add_report(run, name=name, error=error)
    add_report(run, name="03_gone", error="KernelDied: x")
    write_index(run, ())

    page = _story(run)
    links = re.findall(r"\[([^\]]+)\]\((http[^)]+)\)", page)
    base = f"http://127.0.0.1:4280/runs/ethereum/{run.run_id}/"
    assert [
        ("first page of the reports", f"{base}files/reports/index.html"),
        ("page of the run", base),
        ("all reports (zip)", f"{base}files/reports.zip"),
        ("run folder (zip)", f"{base}archive.zip"),
        ("An example", f"{base}files/reports/01_good.html"),
        ("An example", f"{base}files/reports/02_bad.html"),
    ] == links
    assert "02_bad.html): **failed**, ValueError: a \\| b &lt;script&gt;\n" in page
    assert "- An example: **failed**, KernelDied: x\n" in page


_METRICS = ("average precision", "precision at budget", "ROC AUC")


def _story(run: Run) -> str:
    return tell_story(run, ending_of(run), SITE)


def _rows(page: str) -> list[list[str]]:
    """Cells of the table; its second line is only dashes."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [rows[0], *rows[2:]]
