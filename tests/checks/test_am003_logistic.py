"""AM003 asks whether boosting beats a regression on the same features."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.logistic import BetterThanLogistic
from alertmill.evaluation.check_results import CheckState
from tests.checks.written_runs import GOOD, IS_TRUE, RunWriter

REGRESSIONS = {
    CheckState.PASSED: pl.lit(0.5) + pl.col("volume_usd").rank() / 1e6,
    CheckState.TIP: pl.col("score"),
    CheckState.ISSUE: pl.when(IS_TRUE).then(0.9).otherwise(pl.col("score") / 2),
}


@pytest.mark.parametrize("expected", REGRESSIONS)
def test_the_interval_of_the_difference_decides(tmp_path: Path, expected: CheckState) -> None:
    predictions = GOOD.with_columns(score_logistic=REGRESSIONS[expected])

    verdict = BetterThanLogistic().look(RunWriter(tmp_path).measured(predictions).run)

    assert verdict.state is expected
