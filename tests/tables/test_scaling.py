"""Which features need a scale."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from alertmill.tables.scaling import scaling_table


def _advice(values: object) -> str:
    frame = pl.DataFrame({"outcome": "cleared", "x": values})
    return str(scaling_table(frame)["advice"][0])


def test_location_and_spread_are_given() -> None:
    frame = pl.DataFrame({"outcome": "cleared", "x": [1.0, 2.0, 3.0, 4.0, -10.0]})

    row = scaling_table(frame).row(0, named=True)

    assert (row["median"], row["iqr"], row["max_abs"]) == (2.0, 2.0, 10.0)


def test_a_symmetric_feature_stays_as_it_is() -> None:
    assert _advice(np.arange(-10.0, 11.0)) == "as is"


def test_a_long_tail_takes_a_logarithm() -> None:
    assert _advice(np.exp(np.linspace(0, 12, 200))) == "logarithm"


def test_a_tail_that_no_logarithm_cures_takes_ranks() -> None:
    assert _advice(np.array([1.0, 2.0, *([0.0] * 100)])) == "rank"


@pytest.mark.parametrize("values", [[0.0, 1.0, 1.0], [3.0, 3.0, 3.0]])
def test_flags_and_constants_need_nothing(values: list[float]) -> None:
    assert _advice(values) == "none"


def test_a_feature_without_values_is_left_out() -> None:
    frame = pl.DataFrame({"outcome": ["cleared"] * 2, "x": [1.0, 2.0], "none": [None, None]})

    assert scaling_table(frame)["feature"].to_list() == ["x"]


def test_the_most_skewed_feature_comes_first() -> None:
    frame = pl.DataFrame({"outcome": "cleared", "even": np.arange(9.0), "far": [0.0] * 8 + [1e6]})

    assert scaling_table(frame)["feature"].to_list() == ["far", "even"]
