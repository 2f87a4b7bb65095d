"""Which rows and features are looked at."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from alertmill.tables.features import (
    list_features,
    list_groups,
    numeric_only,
    training_rows,
)
from tests.tables.factories import (
    FakeCatalogue,
    FakeFeature,
    make_alerts,
    make_features,
    make_targets,
)

CATALOGUE: Any = FakeCatalogue(
    (
        FakeFeature("x", "one"),
        FakeFeature("constant", "one"),
        FakeFeature("code", "two", "categorical", ("a", "b")),
    )
)
ROWS = pl.DataFrame(
    {
        "outcome": ["cleared"] * 4,
        "x": [1.0, None, 3.0, 3.0],
        "constant": [1.0] * 4,
        "code": [0.0, 1.0, 0.0, 1.0],
    }
)


def test_only_training_rows_are_taken() -> None:
    targets = make_targets(make_alerts())
    features, _ = make_features(targets)

    rows = training_rows(features, targets)

    assert rows.height == targets.filter(pl.col("split") == "train").height
    assert rows.columns == ["outcome", *features.columns[3:]]


def test_codes_are_no_numbers() -> None:
    assert numeric_only(ROWS, CATALOGUE).columns == ["outcome", "x", "constant"]


def test_missing_and_distinct_values_are_counted() -> None:
    listed = list_features(CATALOGUE, ROWS)

    assert listed["missing_share"].to_list() == [0.25, 0.0, 0.0]
    assert listed["n_distinct"].to_list() == [2, 1, 2]


def test_features_of_no_rows_are_not_missing() -> None:
    assert list_features(CATALOGUE, ROWS.clear())["missing_share"].to_list() == [0.0] * 3


def test_groups_keep_the_order_of_the_catalogue() -> None:
    groups = list_groups(list_features(CATALOGUE, ROWS))

    assert groups.drop("mean_missing_share").rows() == [("one", 2, 0, 1, 1), ("two", 1, 1, 0, 0)]
    assert groups["mean_missing_share"].to_list() == pytest.approx([0.125, 0.0])
