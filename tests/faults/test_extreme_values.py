"""Absurd values in the tables become features that are finite, or missing and counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertmill.training.features.build import FeatureBuilder
from tests.training.training_data import feature_columns, make_data

DATA = make_data(n_days=6, n_addresses=6)
NUMBERS = sorted(
    name
    for name, kind in DATA.address_features.schema.items()
    if kind.is_float() and name in feature_columns()
)
EXTREMES = [None, 0.0, -0.0, 1.0, -1.0, 1e38, -1e38, 1e-300, np.inf, -np.inf, np.nan]
whole_columns = st.dictionaries(
    st.sampled_from(NUMBERS), st.sampled_from(EXTREMES), min_size=1, max_size=len(NUMBERS)
)
single_cells = st.dictionaries(
    st.tuples(st.sampled_from(NUMBERS), st.integers(0, DATA.address_features.height - 1)),
    st.sampled_from(EXTREMES),
    max_size=30,
)


def absurd(
    columns: dict[str, float | None], cells: dict[tuple[str, int], float | None]
) -> pl.DataFrame:
    """Return the features of the addresses with some columns constant, and some cells changed."""
    frame = DATA.address_features.with_columns(
        pl.lit(value, pl.Float64).alias(name) for name, value in columns.items()
    )
    row = pl.int_range(pl.len())
    for (name, place), value in cells.items():
        changed = pl.when(row == place).then(pl.lit(value, pl.Float64)).otherwise(name)
        frame = frame.with_columns(changed.alias(name))
    return frame


def check_finite_or_missing(
    columns: dict[str, float | None], cells: dict[tuple[str, int], float | None]
) -> None:
    """Features of absurd values are finite or missing, and what was refused is counted."""
    built = FeatureBuilder().build(replace(DATA, address_features=absurd(columns, cells)))

    numbers = built.features.select(pl.selectors.float())
    assert not numbers.select(pl.any_horizontal(pl.all().is_infinite().any())).item()
    assert not numbers.select(pl.any_horizontal(pl.all().is_nan().any())).item()
    strange = {name for name, value in columns.items() if value is not None and np.isinf(value)}
    copied = strange & set(built.features.columns)
    assert copied <= set(built.refused["feature"])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(whole_columns, single_cells)
def test_features_of_absurd_values_are_finite_or_missing_and_counted(
    columns: dict[str, float | None], cells: dict[tuple[str, int], float | None]
) -> None:
    check_finite_or_missing(columns, cells)


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@settings(max_examples=2000, deadline=None, derandomize=True)
@given(whole_columns, single_cells)
def test_of_two_thousand_absurd_inputs_each_is_finite_or_missing_and_counted(
    columns: dict[str, float | None], cells: dict[tuple[str, int], float | None]
) -> None:
    check_finite_or_missing(columns, cells)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=12, unique=True))
def test_what_is_missing_stays_missing(names: list[str]) -> None:
    frame = absurd(dict.fromkeys(names), {})

    built = FeatureBuilder().build(replace(DATA, address_features=frame))

    for name in set(names) & set(built.features.columns):
        assert built.features[name].null_count() == built.features.height
