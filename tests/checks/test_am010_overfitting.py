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
    ("auc", "average_precision", "expected"),
    [
        ((0.90, 0.85), (0.80, 0.65), CheckState.PASSED),
        ((0.97, 0.85), (0.80, 0.65), CheckState.TIP),
        ((0.90, 0.85), (1.00, 0.67), CheckState.TIP),
        ((1.00, 0.70), (0.80, 0.65), CheckState.ISSUE),
        ((0.90, 0.85), (1.00, 0.55), CheckState.ISSUE),
        ((0.70, 0.85), (0.10, 0.65), CheckState.PASSED),
    ],
)
def test_the_worse_gap_decides(
    tmp_path: Path,
    auc: tuple[float, float],
    average_precision: tuple[float, float],
    expected: CheckState,
) -> None:
    writer = RunWriter(tmp_path)
    best = write_model_of_rows(writer).metadata.best_iteration
    curve = pl.DataFrame(
        [
            (best + later, split, metric, 0.0 if later else value)
            for metric, values in (("auc", auc), ("average_precision", average_precision))
            for split, value in zip(("train", "validation"), values, strict=True)
            for later in (0, 1)
        ],
        schema=["iteration", "split", "metric", "value"],
        orient="row",
    )
    writer.frame("model/training_curve.parquet", curve)

    found = Overfitting().look(writer.run)

    assert found.state is expected
    assert f"average precision {average_precision[0]:.3f} on training" in found.told
