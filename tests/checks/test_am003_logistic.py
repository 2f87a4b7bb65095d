"""AM003 asks whether boosting beats a regression on the same features."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.differences import METRIC
from alertmill.checks.logistic import BetterThanLogistic
from alertmill.evaluation.check_results import CheckState
from alertmill.evaluation.scores import title_of
from alertmill.tables.comparison_tables import difference_table
from tests.checks.written_runs import GOOD, IS_TRUE, RunWriter

VERDICTS = {
    CheckState.PASSED: "this model is better",
    CheckState.TIP: "no difference shown",
    CheckState.ISSUE: "the rival is better",
}
REGRESSIONS = {
    CheckState.PASSED: pl.lit(0.5) + pl.col("volume_usd").rank() / 1e6,
    CheckState.TIP: pl.col("score"),
    CheckState.ISSUE: pl.when(IS_TRUE).then(0.9).otherwise(pl.col("score") / 2),
}


@pytest.mark.parametrize("expected", REGRESSIONS)
def test_the_comparison_of_report_06_decides(tmp_path: Path, expected: CheckState) -> None:
    predictions = GOOD.with_columns(score_logistic=REGRESSIONS[expected])
    run = RunWriter(tmp_path).compared(predictions).run

    found = BetterThanLogistic().look(run)

    compared = difference_table(run.comparison).filter(pl.col("metric") == METRIC)
    (said,) = compared.filter(pl.col("rival") == title_of("logistic"))["verdict"]
    assert found.state is expected
    assert VERDICTS[expected] == said
