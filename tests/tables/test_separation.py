"""Which features tell the classes apart alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from alertmill.tables.correlation import rank_correlation
from alertmill.tables.separation import sample_rows, separation, telling_features

OUTCOMES = pl.Enum(["confirmed", "cleared", "unlabelled"])


def _rows(outcomes: Sequence[str], **columns: object) -> pl.DataFrame:
    return pl.DataFrame({"outcome": pl.Series(outcomes, dtype=OUTCOMES), **columns})


def test_the_area_is_that_of_the_better_direction() -> None:
    rows = _rows(["confirmed", "confirmed", "cleared"], x=[1.0, 2.0, 3.0], y=[1.0, 3.0, 2.0])

    table = separation(rows)

    assert table.select("feature", "roc_auc", "direction").rows() == [
        ("x", 1.0, "lower"),
        ("y", 0.5, "higher"),
    ]


def test_it_is_the_area_under_the_curve_with_ties() -> None:
    rng = np.random.default_rng(7)
    y, x = rng.integers(0, 2, 60), rng.integers(0, 4, 60)
    rows = _rows(["confirmed" if v else "cleared" for v in y], x=x)

    area = separation(rows)["roc_auc"][0]

    expected = roc_auc_score(y, x)
    assert area == pytest.approx(max(expected, 1 - expected))


def test_missing_values_and_unlabelled_alerts_are_left_out() -> None:
    rows = _rows(["confirmed", "cleared", "cleared", "unlabelled"], x=[2.0, 1.0, None, 0.0])

    row = separation(rows).row(0, named=True)

    assert (row["roc_auc"], row["n_labelled"], row["n_distinct"]) == (1.0, 2, 2)


@pytest.mark.parametrize("outcomes", [["cleared"] * 2, ["confirmed"] * 2, ["unlabelled"] * 2])
def test_one_class_separates_nothing(outcomes: list[str]) -> None:
    assert separation(_rows(outcomes, x=[1.0, 2.0])).is_empty()


def test_a_constant_feature_is_chance() -> None:
    assert separation(_rows(["confirmed", "cleared"], x=[1.0, 1.0]))["roc_auc"].to_list() == [0.5]


def test_telling_features_do_not_repeat_each_other() -> None:
    rng = np.random.default_rng(7)
    y = np.repeat([1, 0], 30)
    x = rng.normal(size=60) + 2 * y
    rows = _rows(
        ["confirmed" if v else "cleared" for v in y],
        x=x,
        again=2 * x,
        other=rng.normal(size=60),
        flag=y.astype(float),
    )

    chosen = telling_features(separation(rows), rank_correlation(rows.drop("outcome")))

    assert chosen == ["again", "other"]


def test_a_sample_prefers_confirmed_alerts_and_draws_them_last() -> None:
    rows = _rows(["cleared"] * 90 + ["confirmed"] * 2, x=np.arange(92.0))

    sample = sample_rows(rows, ["x"], n=10)

    assert sample["outcome"].to_list() == ["cleared"] * 8 + ["confirmed"] * 2


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    rows = _rows(["cleared"] * 50, x=np.arange(50.0))

    assert sample_rows(rows, ["x"], n=5).equals(sample_rows(rows, ["x"], n=5))
