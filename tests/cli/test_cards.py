"""`alertmill card`: the card of a published run, and one line for every other folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from docx import Document

from alertmill.evaluation.check_results import CheckState
from alertmill.files import write_text
from alertmill.reporting.card_page import write_card
from alertmill.reporting.failure import record_failure
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.signing import sign_run
from alertmill.runs import Run
from tests.cli.program import Program
from tests.reporting.card_runs import make_card_run
from tests.reporting.decided_runs import add_checks
from tests.reporting.example_runs import make_run
from tests.support.signing import signed_ledger


@pytest.fixture
def run(program: Program, tmp_path: Path) -> Run:
    """A published run, whose folder the program looks at."""
    del program
    made = make_card_run(tmp_path)
    add_checks(made, CheckState.PASSED)
    write_card(made)
    write_manifest(made)
    sign_run(made, signed_ledger(made.path.parents[1]))
    return made


def test_the_card_is_printed_written_as_word_and_shows_an_approval(
    program: Program, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTMILL_APPROVALS_NEEDED", "1")
    word, page = tmp_path / "card.docx", tmp_path / "card.html"

    before = program("card", str(run.path))
    program("approve", str(run.path), "--note", "good enough", "--role", "validation")
    written = program("card", str(run.path), "--docx", str(word), "--html", str(page))
    record = json.loads(program("card", str(run.path), "--json").out)

    assert (0, "") == (before.code, before.err)
    assert before.out.startswith("# Model card: alert\\_scorer-")
    assert "A promotion is refused: 1 of 1 approval missing." in before.out
    assert f"Written: {word}\nWritten: {page}\n" == written.out
    assert record["title"] == Document(str(word)).paragraphs[0].text
    assert "good enough" in page.read_text()
    assert 0 == program("verify", str(run.path)).code


def test_a_failed_or_changed_run_has_no_card_and_one_line_says_why(
    program: Program, run: Run, tmp_path: Path
) -> None:
    failed = make_run(tmp_path / "failed")
    record_failure(failed, RuntimeError("no memory"))
    write_text(run.path / "data" / "extraction.json", "[]")

    unfinished, changed = program("card", str(failed.path)), program("card", str(run.path))

    assert (2, "") == (unfinished.code, unfinished.out)
    assert "is unfinished: manifest.json is not there" in unfinished.err
    assert (1, "") == (changed.code, changed.out)
    assert "changed: data/extraction.json" in changed.err
    assert [1, 1] == [len(done.err.strip().splitlines()) for done in (unfinished, changed)]
