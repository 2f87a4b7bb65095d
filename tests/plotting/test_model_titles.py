"""Titles over figures of models: a finding needs what shows it, else the title names the figure."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.plotting.errors import plot_mistakes_by_feature
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


@pytest.mark.parametrize(
    ("missed", "title"),
    [
        (
            [0.0, 0.0],
            "The share of true alerts that are missed is the same (0 %) along every feature",
        ),
        ([None, None], "No bin holds ten true alerts, so no rate of missed ones can be given"),
        ([0.0, 0.5], "Mistakes along the values of 1 feature"),
    ],
)
def test_no_pattern_is_named_where_the_share_of_missed_alerts_is_the_same(
    missed: list[float | None], title: str
) -> None:
    bins = pl.DataFrame(
        {
            "feature": ["a", "a"],
            "bin": [1, 2],
            "low": [0.0, 1.0],
            "high": [0.5, 2.0],
            "missed_share": pl.Series(missed, dtype=pl.Float64),
            "false_alarm_share": [0.5, 0.5],
        }
    )

    assert title == plot_mistakes_by_feature(bins).get_suptitle()
