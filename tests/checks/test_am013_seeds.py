"""AM013 says when another seed would have had other alerts reviewed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.seeds import SteadyAcrossSeeds
from alertmill.evaluation.check_results import CheckState
from tests.checks.written_runs import RunWriter


@pytest.mark.parametrize(
    ("values", "shared", "expected"),
    [
        ((0.50, 0.51, 0.49), (1.0, 0.9, 0.9), CheckState.PASSED),
        ((0.50, 0.57, 0.49), (1.0, 0.9, 0.9), CheckState.TIP),
        ((0.50, 0.51, 0.49), (1.0, 0.7, 0.7), CheckState.TIP),
        ((0.50, 0.51, 0.49), (1.0, 0.5, 0.5), CheckState.ISSUE),
    ],
)
def test_spread_and_overlap_decide(
    tmp_path: Path,
    values: tuple[float, ...],
    shared: tuple[float, ...],
    expected: CheckState,
) -> None:
    refits = pl.DataFrame({"seed": [7, 8, 9], "average_precision": values, "shared_share": shared})

    run = RunWriter(tmp_path).frame("model/seeds.parquet", refits).run

    assert SteadyAcrossSeeds().look(run).state is expected
