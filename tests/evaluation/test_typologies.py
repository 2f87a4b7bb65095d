"""Recall of each typology at several volumes of review."""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from alertmill.errors import NoAlertsToMeasureError
from alertmill.evaluation.typologies import recall_by_typology, typology_table
from tests.evaluation.factories import make_predictions

PREDICTIONS = make_predictions(n_addresses=150)


@cache
def recall() -> pl.DataFrame:
    return recall_by_typology(PREDICTIONS, review_budget=10, n_bootstrap=50, seed=1)


def by_hand(typology: str | None, budget: int) -> float:
    """Take the highest scores of each day, and count the true ones among them."""
    queue = (
        PREDICTIONS.filter(split="test")
        .sort("processing_date", "score", descending=[False, True])
        .group_by("processing_date", maintain_order=True)
        .head(budget)
    )
    is_true = pl.col("y") == 1
    if typology is not None:
        is_true &= pl.col("typology_type") == typology
    return queue.filter(is_true).height / PREDICTIONS.filter(is_true, split="test").height


@pytest.mark.parametrize("budget", [5, 10, 20, 50])
@pytest.mark.parametrize("typology", ["all typologies", "PEEL_CHAIN", "STRUCTURING", "PING_PONG"])
def test_recall_is_the_share_of_the_true_alerts_in_the_common_queue(
    typology: str, budget: int
) -> None:
    row = recall().row(
        by_predicate=(pl.col("typology") == typology) & (pl.col("budget") == budget), named=True
    )

    expected = by_hand(None if typology == "all typologies" else typology, budget)
    assert row["recall"] == pytest.approx(expected)


def test_more_review_finds_no_fewer() -> None:
    falls = (
        recall()
        .sort("typology", "budget")
        .select(pl.col("recall").diff().over("typology").drop_nulls().min())
    )

    assert falls.item() >= 0


def test_intervals_hold_their_value_or_say_why_there_is_none() -> None:
    inside = recall().filter(pl.col("ci_low").is_not_null())

    assert inside.height > 4
    assert inside.select((pl.col("recall").is_between("ci_low", "ci_high")).all()).item()
    assert recall().filter(pl.col("ci_low").is_null(), pl.col("note") == "").is_empty()


def test_the_table_has_a_column_for_each_volume() -> None:
    table = typology_table(recall())

    assert ["5 a day", "10 a day", "20 a day", "50 a day"] == table.columns[3:]
    assert "all typologies" == table["typology"][0]


def test_without_test_alerts_there_is_nothing_to_measure() -> None:
    with pytest.raises(NoAlertsToMeasureError):
        recall_by_typology(
            PREDICTIONS.filter(split="validation"), review_budget=10, n_bootstrap=50, seed=1
        )
