"""How a run ended: one word, one sentence and a link, read from its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.errors import (
    AlertmillError,
    RunDiedError,
    RunTimedOutError,
    TuningFailedError,
)
from alertmill.reporting.addresses import ReportSite
from alertmill.reporting.ending import ending_of, linked_sentence, with_link
from alertmill.reporting.failure import describe_failure, load_failure, record_failure
from alertmill.reporting.index import write_index
from alertmill.reporting.manifest import verify, write_manifest
from alertmill.runs import Stage
from alertmill.vocabulary import PromotionVerdict
from tests.reporting.decided_runs import SENTENCE, add_verdict
from tests.reporting.example_runs import add_report, make_run

SITE = ReportSite("http://127.0.0.1:4280")


@pytest.mark.parametrize("verdict", PromotionVerdict)
def test_a_verdict_is_the_word_and_its_reason_the_sentence(
    tmp_path: Path, verdict: PromotionVerdict
) -> None:
    run = make_run(tmp_path)
    add_verdict(run, verdict)

    ending = ending_of(run)

    assert (verdict.value.capitalize(), SENTENCE) == (ending.title, ending.sentence)


def test_a_run_without_a_decision_is_unfinished(tmp_path: Path) -> None:
    assert "Unfinished" == ending_of(make_run(tmp_path)).title


def test_a_failed_run_names_the_stage_the_reason_and_what_to_do(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    record_failure(run, TuningFailedError.of(3))

    ending = ending_of(run)

    assert "Failed" == ending.title
    assert ending.sentence.startswith("Stopped in the stage features: none of the trials")
    assert ending.sentence.endswith("Give the machine more memory, or the run fewer "
                                    "n_parallel_trials.")  # fmt: skip


def test_a_defect_is_called_one_and_quotes_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    record_failure(run, KeyError("0xsecret"))

    assert (
        "Stopped in the stage features: a defect of the program (KeyError); the log of the flow "
        "run has its traceback. Report it with that traceback." == ending_of(run).sentence
    )


def test_a_message_of_several_lines_becomes_one(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    record_failure(run, AlertmillError("two\n  lines.\n"))

    assert "Stopped in the stage features: two lines." == ending_of(run).sentence


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RunDiedError.of("exit code -9."), "ended before its last stage (exit code -9), as when"),
        (RunDiedError.of(""), "ended before its last stage (no reason known), as when"),
        (RunTimedOutError.of(5400), "longer than its limit of 90 minutes; retry it"),
        (RunTimedOutError.of(None), "longer than its time limit; retry it"),
    ],
)
def test_what_ends_a_run_from_outside_is_told_with_the_way_on(
    tmp_path: Path, error: AlertmillError, expected: str
) -> None:
    run = make_run(tmp_path)
    record_failure(run, error)

    assert expected in ending_of(run).sentence


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (
            ["06_b"],
            "1 report failed: 06_b in the cell cell-1 (ValueError); its page shows the error.",
        ),
        (
            ["06_b", "07_c"],
            "2 reports failed: 06_b in the cell cell-1 (ValueError), 07_c in the cell cell-1 (",
        ),
    ],
)
def test_failed_reports_are_named_with_their_cells(
    tmp_path: Path, failed: list[str], expected: str
) -> None:
    run = make_run(tmp_path)
    add_report(run, name="01_a")
    for name in failed:
        add_report(run, name=name, error="ValueError: x")

    ending = ending_of(run)

    assert "Failed" == ending.title
    assert ending.sentence.startswith(expected)


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (
            "DeadKernelError: killed by signal 9 (peak 1.0 GB)",
            "DeadKernelError: killed by signal 9",
        ),
        ("MemoryError (peak 0.4 GB; the machine has 4.0 GB)", "MemoryError (peak 0.4 GB; the mach"),
        ("OneClassError: every alert is false.", "OneClassError: every alert is false."),
        ("KeyError: '0xsecret'\nTraceback", "KeyError)"),
        ("the report was not made: its task ended", "the report was not made: its task ended)"),
    ],
)
def test_words_of_a_report_that_failed_are_shown_only_where_they_quote_no_rows(
    tmp_path: Path, error: str, shown: str
) -> None:
    run = make_run(tmp_path)
    add_report(run, error=error)

    sentence = ending_of(run).sentence

    assert f"01_example in the cell cell-1 ({shown}" in sentence
    assert "secret" not in sentence


def test_after_the_last_stage_the_reports_were_being_written(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    for stage in Stage:
        run.complete(stage, list)

    assert (
        "Stopped while the reports were written: full."
        == describe_failure(run, AlertmillError("full")).sentence
    )


def test_a_failure_after_publishing_changes_no_file_of_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    write_index(run, ())
    write_manifest(run)

    failure = record_failure(run, AlertmillError("the database is gone"))

    assert "Stopped after the reports were published: the database is gone." == failure.sentence
    assert load_failure(run) is None
    assert verify(run.path).ok


def test_the_link_leads_to_the_reports_and_without_them_to_the_run(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    page = f"http://127.0.0.1:4280/runs/ethereum/{run.run_id}/"

    before = with_link("Kept.", run, SITE)
    write_index(run, ())

    assert f"Kept. Run: {page} " == before
    assert f"Kept. Report: {page}files/reports/index.html " == with_link("Kept.", run, SITE)


def test_a_quote_after_the_text_stays_outside_of_the_link(tmp_path: Path) -> None:
    assert f"{with_link('Kept.', make_run(tmp_path), SITE)}'".endswith("/ '")


def test_the_line_of_a_card_begins_with_the_link(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    write_index(run, ())

    assert f"[Open the report]({SITE.index(run)}): \\[x\\](y) &lt;b&gt;" == linked_sentence(
        "[x](y) <b>", run, SITE
    )
