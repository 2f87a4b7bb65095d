"""AM010 compares the trees on their own rows with the trees on later ones."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.overfitting import Overfitting
from alertmill.evaluation.check_results import CheckState
from tests.checks.models import write_model_of_rows
from tests.checks.written_runs import RunWriter


@pytest.mark.parametrize(
    ("on_train", "on_validation", "expected"),
    [
        (0.90, 0.85, CheckState.PASSED),
        (0.97, 0.85, CheckState.TIP),
        (1.00, 0.70, CheckState.ISSUE),
    ],
)
def test_the_gap_decides(
    tmp_path: Path, on_train: float, on_validation: float, expected: CheckState
) -> None:
    writer = RunWriter(tmp_path)
    best = write_model_of_rows(writer).metadata.best_iteration
    curve = pl.DataFrame(
        [
            (best, "train", "auc", on_train),
            (best, "validation", "auc", on_validation),
            (best + 1, "validation", "auc", 0.0),
        ],
        schema=["iteration", "split", "metric", "value"],
        orient="row",
    )
    writer.frame("model/training_curve.parquet", curve)

    assert Overfitting().look(writer.run).state is expected
