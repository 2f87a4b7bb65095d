"""AM017 asks for scores that order alerts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.check import Verdict
from alertmill.checks.tied_scores import TiedScores
from alertmill.evaluation.check_results import CheckState
from tests.checks.written_runs import GOOD, RunWriter


def look(folder: Path, predictions: pl.DataFrame) -> Verdict:
    return TiedScores().look(RunWriter(folder).frame(FILE, predictions).run)


FILE = "evaluation/predictions.parquet"
IS_TIED = pl.int_range(pl.len()).over("split") / pl.len().over("split")


def test_distinct_scores_pass(tmp_path: Path) -> None:
    assert look(tmp_path, GOOD).state is CheckState.PASSED


@pytest.mark.parametrize(
    ("share", "state"),
    [(0.05, CheckState.PASSED), (0.2, CheckState.TIP), (0.6, CheckState.ISSUE)],
)
def test_the_share_of_the_most_frequent_score_decides(
    tmp_path: Path, share: float, state: CheckState
) -> None:
    tied = GOOD.with_columns(score=pl.when(share > IS_TIED).then(0.9).otherwise("score"))

    assert look(tmp_path, tied).state is state


def test_a_constant_score_is_an_issue(tmp_path: Path) -> None:
    verdict = look(tmp_path, GOOD.with_columns(score=pl.lit(0.5)))

    assert verdict.state is CheckState.ISSUE
    assert verdict.told.startswith("1 score for ")
    assert "(100 %)" in verdict.told


def test_without_a_test_alert_nothing_is_asked(tmp_path: Path) -> None:
    nothing = GOOD.filter(split="validation")

    assert look(tmp_path, nothing).state is CheckState.NOT_APPLICABLE
