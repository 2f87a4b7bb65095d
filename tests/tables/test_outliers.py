"""Values and alerts that stick out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from alertmill.tables.outliers import outlier_table, outlying_features_per_alert


def _rows(x: Sequence[float | None], outcomes: Sequence[str] | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"outcome": outcomes or ["cleared"] * len(x), "x": pl.Series(x, dtype=pl.Float64)}
    )


FIVE = [1.0, 2.0, 3.0, 4.0, 100.0]


def test_fences_stand_one_and_a_half_ranges_outside_the_quartiles() -> None:
    row = outlier_table(_rows(FIVE)).row(0, named=True)

    # quartiles 2 and 4
    assert (row["low_fence"], row["high_fence"]) == (-1.0, 7.0)
    assert (row["n_below"], row["n_above"]) == (0, 1)
    assert (row["outlier_share"], row["far_share"]) == (0.2, 0.2)


def test_a_value_between_the_fences_for_outside_and_far_is_not_far() -> None:
    row = outlier_table(_rows([1.0, 2.0, 3.0, 4.0, 8.0])).row(0, named=True)

    assert (row["outlier_share"], row["far_share"]) == (0.2, 0.0)


@pytest.mark.parametrize(
    ("outcome", "share"), [("confirmed", 1.0), ("cleared", 0.0), ("unlabelled", None)]
)
def test_the_confirmed_share_is_of_the_labelled_outliers(outcome: str, share: float | None) -> None:
    table = outlier_table(_rows(FIVE, ["cleared"] * 4 + [outcome]))

    assert table["confirmed_share"].to_list() == [share]


@pytest.mark.parametrize("x", [[1.0, 1.0, 1.0], [None, None], []])
def test_a_feature_without_spread_is_left_out(x: list[float | None]) -> None:
    assert outlier_table(_rows(x)).is_empty()


def test_outlying_features_are_counted_per_alert() -> None:
    rows = _rows(FIVE, ["cleared"] * 4 + ["confirmed"]).with_columns(twice=2 * pl.col("x"))

    per_alert = outlying_features_per_alert(rows, outlier_table(rows))

    assert per_alert.rows() == [("cleared", 4, 0.0, 0.0, 0), ("confirmed", 1, 2.0, 2.0, 2)]


def test_a_missing_value_does_not_stick_out() -> None:
    rows = _rows([*FIVE, None])

    assert outlying_features_per_alert(rows, outlier_table(rows))["max"].to_list() == [1]


def test_without_outliers_no_feature_sticks_out() -> None:
    rows = _rows([1.0, 1.0])

    assert outlying_features_per_alert(rows, outlier_table(rows))["max"].to_list() == [0]
