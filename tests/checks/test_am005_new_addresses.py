"""AM005 asks for more than remembered addresses."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from alertmill.checks.new_addresses import NewAddresses
from alertmill.evaluation.check_results import CheckState
from tests.checks.written_runs import GOOD, RunWriter


def test_a_model_that_ranks_new_addresses_passes(tmp_path: Path) -> None:
    assert NewAddresses().look(RunWriter(tmp_path).measured(GOOD).run).state is CheckState.PASSED


def test_a_model_that_only_remembers_is_an_issue(tmp_path: Path) -> None:
    hashed = pl.col("alert_id").hash(3).cast(pl.Float64) / 2**64
    remembers = GOOD.with_columns(
        score=pl.when("is_new_address").then(hashed).otherwise(pl.col("score"))
    )

    verdict = NewAddresses().look(RunWriter(tmp_path).measured(remembers).run)

    assert verdict.state is CheckState.ISSUE
    assert "ROC AUC" in verdict.told
