"""AM006 asks whether the mean probability can be the share of true alerts."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from alertmill.checks.calibration import Calibration
from alertmill.evaluation.verdicts import CheckState
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


def test_a_team_may_allow_more(tmp_path: Path) -> None:
    shifted = GOOD.with_columns(score=0.5 + pl.col("score") / 2)
    promotion = PromotionParameters(calibration_bias=0.6)

    verdict = Calibration().look(RunWriter(tmp_path, promotion=promotion).measured(shifted).run)

    assert verdict.state is CheckState.PASSED
    assert verdict.told.endswith("; allowed 0.6")
