"""Titles over figures of models: a finding needs what shows it, else the title names the figure."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.plotting.importance import plot_permutation
from alertmill.plotting.training import plot_variants
from tests.tables.factories import make_variants


def parts(*, low: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "part": ["flow"],
            "n_features": [20],
            "drop": [0.2],
            "drop_low": [low],
            "drop_high": [0.3],
            "share": [0.31],
        }
    )


@pytest.mark.parametrize(
    ("low", "title"),
    [
        (0.1, "Shuffling the flow features takes 31 % of the average precision away"),
        (0.0, "What shuffling a group of features, or a single one, does to average precision"),
        (-0.1, "What shuffling a group of features, or a single one, does to average precision"),
    ],
)
def test_a_group_is_missed_only_if_every_shuffle_cost_something(low: float, title: str) -> None:
    groups = parts(low=low)

    assert title == plot_permutation(groups, groups).get_suptitle()


def test_no_variant_is_called_the_best() -> None:
    variants = make_variants()
    judged = variants.filter(pl.col("average_precision").is_not_null())
    low, high = judged["average_precision"].min(), judged["average_precision"].max()

    title = plot_variants(variants).get_suptitle()

    assert title.startswith(f"Average precision of {judged.height} variants on validation, from ")
    assert f"from {low:.3f} to {high:.3f}" in title
