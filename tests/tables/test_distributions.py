"""Histograms and boxes by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from alertmill.tables.distributions import box_statistics, feature_histograms
from alertmill.tables.features import training_rows
from tests.tables.factories import (
    FakeCatalogue,
    FakeFeature,
    make_alerts,
    make_features,
    make_targets,
)

CATALOGUE: Any = FakeCatalogue((FakeFeature("x", "group"),))


def _rows(values: Sequence[float | None], outcomes: Sequence[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"outcome": outcomes, "x": pl.Series(values, dtype=pl.Float64)},
        schema_overrides={"outcome": pl.Enum(["confirmed", "cleared", "unlabelled"])},
    )


def test_shares_are_of_the_alerts_of_an_outcome_that_have_a_value() -> None:
    rows = _rows([0, 1, 1, None, 1], ["confirmed"] * 4 + ["cleared"])

    histogram = feature_histograms(rows, CATALOGUE).filter(pl.col("outcome") == "confirmed")

    assert histogram["n_alerts"].to_list() == [1, 2]
    assert histogram["share"].to_list() == pytest.approx([1 / 3, 2 / 3])


def test_few_whole_numbers_have_a_bin_each() -> None:
    histogram = feature_histograms(_rows([0, 3], ["confirmed", "cleared"]), CATALOGUE)

    assert histogram["low"].unique().sort().to_list() == [-0.5, 0.5, 1.5, 2.5]


def test_long_tails_are_logarithmic_and_zero_has_its_own_bin() -> None:
    rows = _rows([0.0, *(10.0**i for i in range(7))], ["confirmed"] * 8)

    histogram = feature_histograms(rows, CATALOGUE)

    assert histogram["scale"].unique().to_list() == ["log"]
    assert histogram.filter(pl.col("outcome") == "confirmed")["n_alerts"].sum() == 8
    assert histogram["low"].min() == 0


def test_codes_carry_the_names_of_their_categories() -> None:
    catalogue: Any = FakeCatalogue((FakeFeature("x", "g", "categorical", ("low", "high")),))

    histogram = feature_histograms(_rows([0, 1, 1], ["cleared"] * 3), catalogue)

    cleared = histogram.filter(pl.col("outcome") == "cleared")
    assert cleared.select("label", "n_alerts").rows() == [("low", 1), ("high", 2)]


def test_a_constant_feature_has_one_bin() -> None:
    histogram = feature_histograms(_rows([0.3, 0.3], ["cleared"] * 2), CATALOGUE)

    assert histogram.filter(pl.col("outcome") == "cleared")["share"].to_list() == [1.0]


def test_a_feature_without_values_is_absent() -> None:
    assert feature_histograms(_rows([None, None], ["cleared"] * 2), CATALOGUE).is_empty()


def test_boxes_measure_from_the_median_in_interquartile_ranges() -> None:
    rows = _rows([0, 1, 2, 3, 4], ["confirmed"] * 2 + ["cleared"] * 3)

    boxes = box_statistics(rows, CATALOGUE)

    # the median of all is 2, the interquartile range 2
    assert boxes["outcome"].to_list() == ["confirmed", "cleared"]
    assert boxes["median"].to_list() == [-0.75, 0.5]
    assert boxes["n_alerts"].to_list() == [2, 3]


def test_where_the_middle_half_is_one_value_the_outer_percentiles_serve() -> None:
    boxes = box_statistics(_rows([0.0] * 8 + [0.5, 1.0], ["cleared"] * 10), CATALOGUE)

    assert boxes["median"].to_list() == [0.0]


def test_a_feature_of_two_values_has_no_box() -> None:
    assert box_statistics(_rows([0.0, 1.0] * 5, ["cleared"] * 10), CATALOGUE).is_empty()


@pytest.mark.parametrize("values", [[1.0, 1.0], [None, None]])
def test_a_feature_without_a_scale_has_no_box(values: list[float | None]) -> None:
    assert box_statistics(_rows(values, ["cleared"] * 2), CATALOGUE).is_empty()


def test_one_class_alone_has_boxes() -> None:
    boxes = box_statistics(_rows([1, 2, 3], ["cleared"] * 3), CATALOGUE)

    assert boxes["outcome"].to_list() == ["cleared"]


def test_every_feature_of_the_catalogue_is_counted() -> None:
    targets = make_targets(make_alerts())
    features, catalogue = make_features(targets)
    rows = training_rows(features, targets)

    histograms = feature_histograms(rows, catalogue)  # type: ignore[arg-type]  # has what is read

    assert set(histograms["feature"]) == {f.name for f in catalogue.features}
    assert histograms.group_by("feature", "outcome").agg(pl.sum("share"))["share"].to_list() == (
        pytest.approx([1.0] * 3 * len(catalogue.features))
    )
