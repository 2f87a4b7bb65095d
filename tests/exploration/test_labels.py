"""Outcomes and class balance."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.exploration.labels import class_balance, class_balance_by_day, outcome_of
from tests.exploration.factories import days


def _targets(y: Sequence[int | None], splits: Sequence[str]) -> pl.DataFrame:
    n = len(y)
    return pl.DataFrame(
        {
            "processing_date": days(n),
            "address": [f"a{i % 2}" for i in range(n)],
            "alert_id": [str(i) for i in range(n)],
            "y": pl.Series(y, dtype=pl.Int8),
            "split": splits,
        },
        schema_overrides={"processing_date": pl.Date, "split": pl.String},
    )


def test_an_outcome_says_what_review_found() -> None:
    outcomes = outcome_of(_targets([1, 0, None], ["train"] * 3))

    assert outcomes.to_list() == ["confirmed", "cleared", "unlabelled"]


def test_the_balance_counts_labels_of_each_split() -> None:
    balance = class_balance(_targets([1, 0, None, 0], ["train"] * 3 + ["test"]))

    train, test = balance.rows(named=True)
    assert (train["n_confirmed"], train["n_cleared"], train["n_unlabelled"]) == (1, 1, 1)
    assert (train["labelled_share"], train["confirmed_share"]) == (2 / 3, 0.5)
    assert (train["n_addresses"], train["confirmed_addresses"]) == (2, 1)
    assert (test["confirmed_share"], test["first_day"]) == (0.0, days(4)[-1])


def test_splits_come_in_the_order_of_time() -> None:
    balance = class_balance(_targets([0] * 4, ["test", "validation", "embargo", "train"]))

    assert balance["split"].to_list() == ["train", "embargo", "validation", "test"]


def test_without_labels_no_share_is_confirmed() -> None:
    assert class_balance(_targets([None], ["train"]))["confirmed_share"].to_list() == [None]


def test_every_day_has_all_three_outcomes() -> None:
    by_day = class_balance_by_day(_targets([1, None], ["train"] * 2))

    assert by_day["n_alerts"].to_list() == [1, 0, 0, 0, 0, 1]


def test_no_alerts_have_no_balance() -> None:
    assert class_balance(_targets([], [])).is_empty()
    assert class_balance_by_day(_targets([], [])).is_empty()
