"""AM006 asks whether the mean probability can be the share of true alerts, and how sure it is."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.calibration import Calibration
from alertmill.evaluation.check_results import CheckState
from alertmill.parameters import PromotionParameters
from tests.checks.written_runs import GOOD, RunWriter


def test_calibrated_scores_pass(tmp_path: Path) -> None:
    assert Calibration().look(RunWriter(tmp_path).measured(GOOD).run).state is CheckState.PASSED


def test_scores_of_another_level_are_an_issue(tmp_path: Path) -> None:
    shifted = GOOD.with_columns(score=0.5 + pl.col("score") / 2)

    verdict = Calibration().look(RunWriter(tmp_path).measured(shifted).run)

    assert verdict.state is CheckState.ISSUE
    assert verdict.evidence is not None
    assert "calibration_bias" in verdict.evidence["metric"]


def test_a_bias_beyond_what_is_allowed_does_not_pass_because_it_is_uncertain(
    tmp_path: Path,
) -> None:
    few = GOOD.filter(pl.col("address").is_in(GOOD["address"].unique().sort().head(60).implode()))
    shifted = few.with_columns(score=pl.col("score") * 0.9 + 0.1)
    measured = RunWriter(tmp_path).measured(shifted).run.evaluation.get("model", "calibration_bias")
    assert measured.value is not None
    assert measured.ci_low is not None
    allowed = (measured.value + measured.ci_low) / 2
    writer = RunWriter(tmp_path / "run", promotion=PromotionParameters(calibration_bias=allowed))

    verdict = Calibration().look(writer.measured(shifted).run)

    assert verdict.state is CheckState.TIP
    assert verdict.told.endswith(": more likely off than not")


def test_a_team_may_allow_more(tmp_path: Path) -> None:
    odds = 4 * pl.col("score") / (1 - pl.col("score"))  # another level, as sure as before
    shifted = GOOD.with_columns(score=odds / (1 + odds))
    promotion = PromotionParameters(calibration_bias=0.6)

    verdict = Calibration().look(RunWriter(tmp_path, promotion=promotion).measured(shifted).run)

    assert verdict.state is CheckState.PASSED
    assert verdict.told.endswith("; allowed 0.6")


@pytest.mark.parametrize(
    ("power", "words"), [(2.0, ": too sure, both"), (0.5, ": not sure enough, neither")]
)
def test_scores_that_are_too_sure_or_not_sure_enough_are_a_tip(
    tmp_path: Path, power: float, words: str
) -> None:
    odds = (pl.col("score") / (1 - pl.col("score"))) ** power
    promotion = PromotionParameters(calibration_bias=0.3)

    writer = RunWriter(tmp_path, promotion=promotion)
    verdict = Calibration().look(writer.measured(GOOD.with_columns(score=odds / (1 + odds))).run)

    assert verdict.state is CheckState.TIP
    assert words in verdict.told
