"""AM011 says when the intervals decide nothing."""

from __future__ import annotations

from pathlib import Path

from alertmill.checks.interval_width import IntervalWidth
from alertmill.evaluation.check_results import CheckState
from tests.checks.written_runs import RunWriter
from tests.evaluation.factories import make_predictions


def test_many_addresses_pass(tmp_path: Path) -> None:
    many = make_predictions(n_addresses=1000, separation=1.5)

    run = RunWriter(tmp_path).measured(many, review_budget=300).run

    assert IntervalWidth().look(run).state is CheckState.PASSED


def test_few_addresses_are_an_issue(tmp_path: Path) -> None:
    few = make_predictions(n_addresses=60)

    verdict = IntervalWidth().look(RunWriter(tmp_path).measured(few).run)

    assert verdict.state is CheckState.ISSUE
    assert "average precision on test, new addresses" in verdict.told
