"""Outcomes and class balance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from alertmill.tables.labels import (
    class_balance,
    class_balance_by_day,
    label_arrival,
    label_status_by_split,
    outcome_of,
)
from alertmill.vocabulary import LabelStatus
from tests.tables.factories import days


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
        schema_overrides=dict.fromkeys(("address", "alert_id", "split"), pl.String)
        | {"processing_date": pl.Date},
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


def test_the_status_of_labels_is_counted_by_split() -> None:
    targets = _targets([1, 1, None, None, 0], ["test", "train", "train", "test", "train"])
    statuses = ["too_young", "conflicting", "unlabelled", "too_young", "labelled"]

    table = label_status_by_split(targets.with_columns(label_status=pl.Series(statuses)))

    assert [("train", 3, 1, 1, 1, 0, 1), ("test", 2, 0, 0, 0, 2, 0)] == table.rows()
    assert [f"n_{status}" for status in LabelStatus] == table.columns[2:6]


# --- arrival ----------------------------------------------------------------------------------

DAY_MS = 86_400_000


def _alerted(n: int, *, n_days: int) -> pl.DataFrame:
    """One alert of each of ``n`` addresses on the first day, one on the first test day."""
    first, test_day = days(n_days + 1)[0], days(n_days + 1)[-1]
    rows = [(first, f"a{i}", "train") for i in range(n)] + [(test_day, "late", "test")]
    return pl.DataFrame(rows, schema=["processing_date", "address", "split"], orient="row")


def _known(day_by_address: dict[str, float], source: str = "upstream") -> pl.DataFrame:
    """Labels that became known so many days after the first day."""
    start = int(pl.Series([days(1)[0]]).cast(pl.Datetime("ms")).cast(pl.Int64)[0])
    return pl.DataFrame(
        {
            "address": list(day_by_address),
            "known_at": [start + int(day * DAY_MS) for day in day_by_address.values()],
            "known_at_source": source,
        },
        schema_overrides={"address": pl.String, "known_at": pl.Int64},
    )


def test_labels_count_from_the_end_of_the_day_they_come() -> None:
    arrival = label_arrival(_alerted(4, n_days=10), _known({"a0": -5, "a1": 0.5, "a2": 3}))

    known = [arrival.share_after(n) for n in (0, 1, 2, 3, 10)]
    assert pytest.approx([0.25, 0.5, 0.5, 0.75, 0.75]) == known
    assert 4 == arrival.n_addresses


def test_what_becomes_known_from_the_first_test_day_on_is_not_looked_at() -> None:
    targets = _alerted(2, n_days=10)
    within, later = _known({"a0": 2}), _known({"a1": 10.5, "late": 2})

    arrival = label_arrival(targets, pl.concat([within, later]))

    assert label_arrival(targets, within).curve.equals(arrival.curve)


def test_labels_of_unknown_age_are_left_out_and_counted() -> None:
    labels = pl.concat([_known({"a0": 0}, "assumed"), _known({"a1": 4})])

    arrival = label_arrival(_alerted(3, n_days=10), labels)

    assert (2, 1) == (arrival.n_addresses, arrival.n_of_unknown_age)
    assert (0.0, 0.5) == (arrival.share_after(0), arrival.share_after(10))


def test_addresses_that_were_watched_shortly_do_not_bend_the_curve() -> None:
    rng = np.random.default_rng(5)
    n = 4000
    first, delay = rng.integers(0, 30, n), rng.exponential(8, n)
    targets = pl.DataFrame(
        {
            "processing_date": [days(31)[int(day)] for day in first] + [days(31)[30]],
            "address": [f"a{i}" for i in range(n)] + ["late"],
            "split": ["train"] * n + ["test"],
        }
    )

    arrival = label_arrival(targets, _known({f"a{i}": first[i] + delay[i] for i in range(n)}))

    for day in (3, 8, 16):
        expected = 1 - np.exp(-day / 8)
        at = arrival.curve.row(day, named=True)
        assert abs(at["known_share"] - expected) < 0.04
        assert at["low"] < at["known_share"] < at["high"]
    never_watched_long = (first + delay <= 30).mean()
    assert arrival.share_after(30) > never_watched_long + 0.05


def test_without_alerts_nobody_knows_how_long_labels_take() -> None:
    nothing = _targets([], [])

    assert label_arrival(nothing, _known({})).share_after(5) is None
