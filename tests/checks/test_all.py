"""The checks as a whole: codes, muting, the page of documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from alertmill.checks import CHECKS, check_codes
from alertmill.checks.rule import BetterThanRule
from alertmill.errors import UnknownNameError
from alertmill.evaluation.check_results import CheckReport, CheckResult, CheckState
from alertmill.evaluation.summaries import checks_sentence
from alertmill.parameters import ChecksParameters
from alertmill.reporting.checks_page import checks_page
from tests.checks.written_runs import RunWriter
from tests.evaluation.factories import make_predictions

IGNORANT = make_predictions(n_addresses=200, separation=0.0, seed=6)


def report_of(folder: Path, *, muted_because: str = "") -> CheckReport:
    run = RunWriter(folder).compared(IGNORANT).run
    result = BetterThanRule().result(run, muted_because=muted_because)
    return CheckReport(champion_id=None, results=(result,))


def test_every_code_is_given_once_and_rising() -> None:
    codes = [check.code for check in CHECKS]

    assert codes == sorted(set(codes))


def test_every_check_has_a_test_file_of_its_own() -> None:
    tested = {path.name[5:10].upper() for path in Path(__file__).parent.glob("test_am*.py")}

    assert tested == {check.code for check in CHECKS}


def test_a_blocking_issue_closes_the_gate_and_says_why(tmp_path: Path) -> None:
    report = report_of(tmp_path)

    assert not report.is_open
    assert report.reason.startswith("AM002 no better than the rule: difference in average")
    assert "alertmill promote" in checks_sentence(report)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((), "no checks: "),
        ((CheckState.ISSUE,), "1 issue: "),
        ((CheckState.ISSUE, CheckState.ISSUE, CheckState.TIP), "2 issues, 1 tip: "),
        (
            (CheckState.TIP, CheckState.TIP, CheckState.PASSED, CheckState.NOT_APPLICABLE),
            "2 tips, 1 passed, 1 not applicable: ",
        ),
    ],
)
def test_checks_are_counted_in_words(states: tuple[CheckState, ...], expected: str) -> None:
    results = tuple(
        CheckResult(
            code="AM008",
            title="a question",
            looks_at="a number",
            is_blocking=False,
            state=state,
            told="found",
            advice="look at it",
        )
        for state in states
    )

    sentence = checks_sentence(CheckReport(champion_id=None, results=results))

    assert sentence.startswith(expected)


def test_a_muted_issue_blocks_nothing_and_keeps_its_reason(tmp_path: Path) -> None:
    report = report_of(tmp_path, muted_because="a pilot, reviewed by hand")

    assert report.is_open
    assert report.reason == "no blocking check found an issue (AM002 muted)"
    assert report.table["state"].to_list() == ["issue, muted"]
    assert "a pilot, reviewed by hand" in report.table.row(0)


def test_a_saved_report_reads_back(tmp_path: Path) -> None:
    report = report_of(tmp_path)

    assert report == CheckReport.model_validate_json(report.model_dump_json())


def test_a_check_that_does_not_exist_cannot_be_muted() -> None:
    with pytest.raises(UnknownNameError, match="AM999"):
        check_codes({"AM999": "why not"})


@pytest.mark.parametrize("muted", [{"AM002": " "}, {"rule": "because"}])
def test_muting_asks_for_a_code_and_a_reason(muted: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ChecksParameters(muted=muted)


def test_the_page_of_the_checks_is_as_the_code_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "checks.md"

    assert page.read_text() == checks_page(CHECKS)
