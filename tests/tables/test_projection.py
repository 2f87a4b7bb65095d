"""Principal components of ranks."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.decomposition import PCA

from alertmill.tables.projection import project


def _rows(**columns: object) -> pl.DataFrame:
    frame = pl.DataFrame(columns)
    return frame.select(pl.lit("cleared").alias("outcome"), *frame.columns)


def test_two_columns_of_one_order_have_one_direction() -> None:
    found = project(_rows(x=[1.0, 2.0, 3.0, 4.0], y=[1.0, 10.0, 100.0, 1000.0]))

    assert found.variance["share"].to_list() == pytest.approx([1.0, 0.0], abs=1e-12)
    assert found.points["pc1"].abs().to_list() == pytest.approx(
        [1.897, 0.632, 0.632, 1.897], abs=1e-3
    )


def test_shares_are_those_of_scikit_learn() -> None:
    values = np.random.default_rng(7).random((60, 5)) @ np.random.default_rng(8).random((5, 5))
    ranks = values.argsort(axis=0).argsort(axis=0).astype(float)
    standard = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)

    found = project(_rows(**{f"f{i}": values[:, i] for i in range(5)}))

    expected = PCA(5, svd_solver="full").fit(standard)
    assert found.variance["share"].to_list() == pytest.approx(expected.explained_variance_ratio_)
    assert found.points["pc1"].abs().to_list() == pytest.approx(
        np.abs(expected.transform(standard)[:, 0])
    )


def test_the_largest_loading_is_positive() -> None:
    found = project(_rows(x=[1.0, 2.0, 3.0, 4.0], y=[4.0, 3.0, 2.0, 1.0], z=[1.0, 2.0, 4.0, 3.0]))

    firsts = found.loadings.group_by("component", maintain_order=True).first()
    assert (firsts["loading"] > 0).all()


def test_a_missing_value_stands_in_the_middle() -> None:
    found = project(_rows(x=[1.0, None, 3.0], y=[1.0, 2.0, 3.0]))

    assert found.points["pc1"][1] == pytest.approx(0.0)


def test_constant_features_are_left_out() -> None:
    found = project(_rows(x=[1.0, 2.0, 3.0], y=[3.0, 1.0, 2.0], same=[5.0] * 3))

    assert set(found.loadings["feature"]) == {"x", "y"}
