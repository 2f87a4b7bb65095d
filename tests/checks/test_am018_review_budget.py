"""AM018 asks for a budget that leaves alerts out."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.check import Verdict
from alertmill.checks.review_budget import ReviewBudget
from alertmill.evaluation.check_results import CheckState
from tests.checks.written_runs import GOOD, RunWriter

A_DAY = GOOD.filter(split="test").group_by("processing_date").len()["len"].sort()


def look(folder: Path, predictions: pl.DataFrame, *, budget: int) -> Verdict:
    writer = RunWriter(folder).measured(GOOD, review_budget=budget)
    return ReviewBudget().look(writer.frame("evaluation/predictions.parquet", predictions).run)


@pytest.mark.parametrize(
    ("budget", "n_whole", "state"),
    [
        (A_DAY[0] - 1, 0, CheckState.PASSED),
        (A_DAY[0], 1, CheckState.TIP),
        (A_DAY[-1], len(A_DAY), CheckState.ISSUE),
    ],
    ids=["below every day", "one day", "every day"],
)
def test_days_that_are_opened_whole_are_counted(
    tmp_path: Path, budget: int, n_whole: int, state: CheckState
) -> None:
    verdict = look(tmp_path, GOOD, budget=budget)

    assert verdict.state is state
    assert verdict.told.endswith(f"opens {n_whole} of {len(A_DAY)} test days whole")


def test_without_a_test_alert_nothing_is_asked(tmp_path: Path) -> None:
    nothing = GOOD.filter(split="validation")

    assert look(tmp_path, nothing, budget=5).state is CheckState.NOT_APPLICABLE
