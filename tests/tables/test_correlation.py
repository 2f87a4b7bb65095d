"""What goes together: ranks, likeness, groups, inflation."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from alertmill.tables.correlation import (
    blocks_of_alike,
    order_by_likeness,
    rank_correlation,
    repeating_groups,
    strongest_pairs,
    variance_inflation,
    varying_numbers,
)


def _pairs_of(frame: pl.DataFrame) -> dict[tuple[str, str], float]:
    pairs = strongest_pairs(rank_correlation(frame))
    return {(a, b): value for a, b, value in pairs.iter_rows()}


def test_ranks_of_a_monotone_pair_correlate_fully() -> None:
    pairs = _pairs_of(pl.DataFrame({"x": [1, 2, 3, 4], "y": [1, 8, 27, 64]}))

    assert pairs == {("x", "y"): pytest.approx(1.0)}


def test_without_missing_values_it_is_spearman() -> None:
    values = np.random.default_rng(7).integers(0, 5, (40, 2))

    pairs = _pairs_of(pl.DataFrame(values, schema=["x", "y"]))

    assert pairs["x", "y"] == pytest.approx(spearmanr(values[:, 0], values[:, 1]).statistic)


def test_a_pair_uses_the_rows_where_both_have_a_value() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, None], "y": [3.0, 2.0, 1.0, 9.0]})

    assert _pairs_of(frame)["x", "y"] == pytest.approx(-1.0)


def test_a_pair_without_common_rows_is_null() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, None, None], "y": [None, None, 1.0, 2.0]})

    assert rank_correlation(frame)["y"][0] is None


def test_constant_columns_and_words_are_left_out() -> None:
    frame = pl.DataFrame({"c": [1, 1], "w": ["a", "b"], "n": [None, 1.0], "x": [False, True]})

    assert varying_numbers(frame).columns == ["x"]


def test_like_columns_stand_side_by_side() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.random(50), rng.random(50)
    frame = pl.DataFrame({"a": a, "b": b, "a2": 2 * a, "minus_b": -b})

    order = order_by_likeness(rank_correlation(frame))["feature"].to_list()

    assert abs(order.index("a") - order.index("a2")) == 1
    assert abs(order.index("b") - order.index("minus_b")) == 1


def test_ordering_keeps_every_correlation() -> None:
    matrix = rank_correlation(pl.DataFrame(np.random.default_rng(7).random((20, 5))))

    ordered = order_by_likeness(matrix)

    assert ordered.sort("feature").select(matrix.columns).equals(matrix.sort("feature"))


def test_a_block_of_alike_columns_is_named_after_its_centre() -> None:
    rng = np.random.default_rng(7)
    base = rng.normal(size=300)
    alike = {f"copy_{n}": base + rng.normal(0, 0.3, 300) for n in range(4)}
    frame = pl.DataFrame({"base": base, **alike, "alone": rng.normal(size=300)})

    blocks = blocks_of_alike(order_by_likeness(rank_correlation(frame)))

    group_of = dict(blocks.rows())
    assert {"like base"} == {group_of[name] for name in ("base", *alike)}
    assert "" == group_of["alone"]


def test_few_alike_columns_are_no_block() -> None:
    frame = pl.DataFrame({"x": [1, 2, 3, 4], "y": [4, 3, 2, 1]})

    assert ["", ""] == blocks_of_alike(rank_correlation(frame))["group"].to_list()
    assert blocks_of_alike(rank_correlation(frame.clear())).is_empty()


def test_pairs_come_by_strength_of_either_sign() -> None:
    frame = pl.DataFrame({"x": [1, 2, 3, 4], "y": [4, 3, 2, 1], "z": [1, 3, 2, 4]})

    pairs = strongest_pairs(rank_correlation(frame))

    assert pairs.row(0) == ("x", "y", pytest.approx(-1.0))
    assert pairs["correlation"].abs().to_list() == pytest.approx([1.0, 0.8, 0.8])


@pytest.mark.parametrize("frame", [pl.DataFrame(), pl.DataFrame({"x": [1, 2]})])
def test_fewer_than_two_columns_make_no_pair(frame: pl.DataFrame) -> None:
    assert strongest_pairs(rank_correlation(frame)).is_empty()


def test_groups_are_linked_through_others() -> None:
    matrix = pl.DataFrame(
        {
            "feature": ["a", "b", "c", "d"],
            "a": [1.0, 0.96, 0.5, 0.0],
            "b": [0.96, 1.0, -0.97, 0.0],
            "c": [0.5, -0.97, 1.0, 0.0],
            "d": [0.0, 0.0, 0.0, 1.0],
        }
    )

    groups = repeating_groups(matrix)

    assert groups.rows() == [(3, ["a", "b", "c"], 0.5)]


def test_long_chains_are_one_group() -> None:
    names = [f"f{i}" for i in range(9)]
    links = np.eye(9) + np.eye(9, k=1) + np.eye(9, k=-1)

    groups = repeating_groups(pl.DataFrame({"feature": names, **dict(zip(names, links))}))  # noqa: B905 - square

    assert groups["n_features"].to_list() == [9]


def test_without_repetition_there_is_no_group() -> None:
    matrix = rank_correlation(pl.DataFrame({"x": [1, 2, 3, 4], "y": [2, 4, 1, 3]}))

    assert repeating_groups(matrix).is_empty()


def test_inflation_of_two_columns_follows_their_correlation() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [1.0, 3.0, 2.0, 4.0]})

    inflation = variance_inflation(frame)

    # r is 0.8, so 1 / (1 - 0.64)
    assert inflation["variance_inflation"].to_list() == pytest.approx([2.7778, 2.7778], rel=1e-3)
    assert inflation["explained_share"].to_list() == pytest.approx([0.64, 0.64], rel=1e-3)


def test_a_repeated_column_has_infinite_inflation() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, None], "y": [2.0, 4.0, 6.0, None]})

    assert variance_inflation(frame)["variance_inflation"].is_infinite().all()


def test_one_huge_value_takes_no_other_column_its_inflation() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"a": rng.normal(size=500), "b": rng.normal(size=500)})
    huge = np.where(np.arange(500) % 2, 1e300, 1.0)

    alone = variance_inflation(frame).sort("feature")["variance_inflation"]
    beside = variance_inflation(frame.with_columns(huge=pl.Series(huge))).sort("feature")

    assert beside["variance_inflation"].is_finite().all()
    assert beside["variance_inflation"].head(2).to_list() == pytest.approx(
        alone.to_list(), rel=0.05
    )
