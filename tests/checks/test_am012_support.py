"""AM012 counts addresses, not alerts."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.support import Support
from alertmill.evaluation.check_results import CheckState
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.reports import Evaluation
from tests.checks.written_runs import RunWriter
from tests.evaluation.factories import make_predictions

CLEARED = [f"0xc{number}" for number in range(300)]


@pytest.fixture(scope="module")
def measured() -> Evaluation:
    """Sizes of the populations of many addresses, beside one metric."""
    many = make_predictions(n_addresses=1500)
    metrics = [METRIC_BY_NAME["roc_auc"]]
    return evaluate(many, review_budget=20, n_bootstrap=10, seed=1, metrics=metrics)


@pytest.mark.parametrize(
    ("n_trained", "expected"),
    [(200, CheckState.PASSED), (30, CheckState.TIP), (19, CheckState.ISSUE)],
)
def test_the_range_with_the_fewest_confirmed_addresses_decides(
    tmp_path: Path, measured: Evaluation, n_trained: int, expected: CheckState
) -> None:
    writer = RunWriter(tmp_path).model("evaluation/metrics.json", measured)
    addresses = [f"0x{number}" for number in range(n_trained)]
    targets = pl.DataFrame({"address": addresses * 3, "split": "train", "y": 1})
    others = pl.DataFrame({"address": CLEARED, "split": "train", "y": 0})

    verdict = Support().look(writer.frame("features/targets.parquet", targets.vstack(others)).run)

    assert verdict.state is expected
    if expected is not CheckState.PASSED:
        assert f"{n_trained} confirmed addresses in train" == verdict.told


def test_few_cleared_addresses_are_as_bad_as_few_confirmed_ones(
    tmp_path: Path, measured: Evaluation
) -> None:
    writer = RunWriter(tmp_path).model("evaluation/metrics.json", measured)
    confirmed = pl.DataFrame({"address": CLEARED, "split": "train", "y": 1})
    cleared = pl.DataFrame({"address": CLEARED[:4] * 9, "split": "train", "y": 0})

    verdict = Support().look(
        writer.frame("features/targets.parquet", confirmed.vstack(cleared)).run
    )

    assert verdict.state is CheckState.ISSUE
    assert "4 cleared addresses in train" == verdict.told
