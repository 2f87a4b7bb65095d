"""The verdict follows from the answers: data are mended before a model is trained on them."""

from __future__ import annotations

import pytest

from alertmill.checks.check import Verdict, issue, not_applicable, passed, tip
from alertmill.evaluation.check_results import CheckResult
from alertmill.monitoring.verdict import QUESTIONS, MonitoringVerdict, verdict_of


def answers(**said: Verdict) -> tuple[CheckResult, ...]:
    """Return what every question answers: passed unless it is given."""
    found = []
    for question in QUESTIONS:
        verdict = said.get(question.code, passed("nothing"))
        result = CheckResult(
            code=question.code,
            title=question.title,
            looks_at=question.looks_at,
            is_blocking=False,
            state=verdict.state,
            told=verdict.told,
            advice="",
        )
        found.append(result)
    return tuple(found)


@pytest.mark.parametrize(
    ("said", "verdict", "codes"),
    [
        ({}, MonitoringVerdict.FINE, ()),
        ({"AM108": not_applicable("no outcome")}, MonitoringVerdict.FINE, ()),
        ({"AM102": tip("moved")}, MonitoringVerdict.WATCH, ("AM102",)),
        ({"AM101": issue("moved")}, MonitoringVerdict.RETRAIN, ("AM101",)),
        (
            {"AM101": issue("moved"), "AM103": issue("broke"), "AM102": tip("moved")},
            MonitoringVerdict.WATCH,
            ("AM103", "AM101", "AM102"),
        ),
    ],
)
def test_the_verdict_follows_from_the_answers(
    said: dict[str, Verdict], verdict: MonitoringVerdict, codes: tuple[str, ...]
) -> None:
    report = verdict_of(answers(**said))

    assert (verdict, codes) == (report.verdict, report.codes)


def test_the_sentence_says_what_was_found_or_how_much_was_asked() -> None:
    fine = verdict_of(answers(AM108=not_applicable("no outcome")))
    watch = verdict_of(answers(AM102=tip("they moved")))

    assert f"Fine: {len(QUESTIONS) - 1} questions found nothing." == fine.sentence
    assert "Watch: AM102 scores moved since the training: they moved." == watch.sentence


def test_codes_are_told_apart_from_those_of_the_checks_and_stand_in_order() -> None:
    codes = [question.code for question in QUESTIONS]

    assert sorted(set(codes)) == codes
    assert all(code.startswith("AM1") for code in codes)
