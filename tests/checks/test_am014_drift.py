"""AM014 weighs what moved between validation and test by what the trees make of it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.checks.drift import ValidationToTestDrift
from alertmill.evaluation.check_results import CheckState
from alertmill.training.features.catalogue import (
    FeatureCatalogue,
    FeatureDefinition,
    FeatureGroup,
    Latest,
)
from tests.checks.models import write_model_of_rows
from tests.checks.written_runs import RunWriter
from tests.training.labelled_rows import make_rows


def _definition(name: str) -> FeatureDefinition:
    return FeatureDefinition(
        name=name,
        group=FeatureGroup.ALERT,
        description="Drawn.",
        lowest=None,
        highest=None,
        sources=("raw_alerts.volume_usd",),
        latest=Latest.END_OF_WINDOW,
        reads_labels_of_others=False,
        missing_means="It was not drawn.",
    )


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        (None, CheckState.PASSED),
        ("feature_5", CheckState.TIP),
        ("feature_0", CheckState.ISSUE),
    ],
)
def test_a_move_of_what_the_trees_use_is_an_issue(
    tmp_path: Path, moved: str | None, expected: CheckState
) -> None:
    writer = RunWriter(tmp_path)
    write_model_of_rows(writer)
    rows = make_rows(seed=11)
    is_later = pl.Series(range(len(rows.y))) % 2 == 1
    X = rows.X
    if moved is not None:
        X = X.with_columns(pl.when(is_later).then(pl.col(moved) + 2).otherwise(moved).alias(moved))
    catalogue = FeatureCatalogue(features=tuple(_definition(name) for name in X.columns))
    split = is_later.replace_strict({True: "test", False: "validation"}, return_dtype=pl.String)
    writer.frame("features/features.parquet", pl.concat([rows.keys, X], how="horizontal"))
    writer.frame("features/targets.parquet", pl.DataFrame({"split": split}))
    writer.model("features/catalogue.json", catalogue)

    assert ValidationToTestDrift().look(writer.run).state is expected
