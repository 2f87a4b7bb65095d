"""AM002 asks whether the model beats severity and volume."""

from __future__ import annotations

from pathlib import Path

from alertmill.checks.rule import BetterThanRule
from alertmill.evaluation.check_results import CheckState
from tests.checks.written_runs import GOOD, RunWriter
from tests.evaluation.factories import make_predictions


def test_a_good_model_passes(tmp_path: Path) -> None:
    verdict = BetterThanRule().look(RunWriter(tmp_path).compared(GOOD).run)

    assert verdict.state is CheckState.PASSED
    assert "difference in average precision +0." in verdict.told


def test_a_model_that_knows_nothing_blocks(tmp_path: Path) -> None:
    ignorant = make_predictions(n_addresses=200, separation=0.0, seed=6)

    result = BetterThanRule().result(RunWriter(tmp_path).compared(ignorant).run)

    assert result.is_blocking
    assert result.needs_attention


def test_a_rule_that_was_not_compared_is_an_issue(tmp_path: Path) -> None:
    run = RunWriter(tmp_path).compared(GOOD.drop("score_rule")).run

    verdict = BetterThanRule().look(run)

    assert verdict.state is CheckState.ISSUE
    assert verdict.told == "it was not compared"
