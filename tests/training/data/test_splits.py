"""Ranges keep their distance in time, folds keep their distance in time and address."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertmill.errors import ConfigurationError, OneClassError, TooFewSnapshotsError
from alertmill.training.data.splits import DateRange, TimeAddressFolds, split_by_time
from tests.training.labelled_rows import make_rows

FIRST_DAY = date(2024, 1, 1)


def days(n: int) -> pl.Series:
    return pl.Series([FIRST_DAY + timedelta(days=i) for i in range(n)])


def keys_of(alerts: list[tuple[int, int]]) -> pl.DataFrame:
    """Keys of alerts given as (day, address)."""
    return pl.DataFrame(
        {
            "processing_date": [FIRST_DAY + timedelta(days=day) for day, _ in alerts],
            "address": [f"0x{address:02x}" for _, address in alerts],
            "alert_id": [f"alert-{place}" for place in range(len(alerts))],
        },
        schema_overrides={"processing_date": pl.Date, "address": pl.String},
    )


# --- ranges -----------------------------------------------------------------------------------


def test_the_ranges_are_counted_back_from_the_last_snapshot() -> None:
    split = split_by_time(days(60), validation_days=10, test_days=14, embargo_days=7)

    assert DateRange(date(2024, 2, 16), date(2024, 2, 29)) == split.test
    assert DateRange(date(2024, 1, 30), date(2024, 2, 8)) == split.validation
    assert DateRange(date(2024, 1, 1), date(2024, 1, 22)) == split.train


@settings(max_examples=100, deadline=None)
@given(
    present=st.sets(st.integers(0, 120), min_size=1),
    validation_days=st.integers(1, 30),
    test_days=st.integers(1, 30),
    embargo_days=st.integers(0, 30),
)
def test_ranges_never_touch_or_the_error_says_why(
    present: set[int], validation_days: int, test_days: int, embargo_days: int
) -> None:
    dates = pl.Series([FIRST_DAY + timedelta(days=n) for n in present])
    try:
        split = split_by_time(
            dates, validation_days=validation_days, test_days=test_days, embargo_days=embargo_days
        )
    except TooFewSnapshotsError as error:
        assert "snapshot" in str(error)  # noqa: PT017 - both ends of the property are wanted
        return

    ranges = (split.train, split.validation, split.test)
    assert (validation_days, test_days) == (split.validation.n_days, split.test.n_days)
    assert all(dates.is_between(part.first, part.last).any() for part in ranges)
    assert timedelta(days=embargo_days + 1) == split.validation.first - split.train.last
    assert timedelta(days=embargo_days + 1) == split.test.first - split.validation.last
    assert (dates.min(), dates.max()) == (split.train.first, split.test.last)


def test_one_day_less_than_needed_is_too_few() -> None:
    lengths = {"validation_days": 10, "test_days": 14, "embargo_days": 7}

    assert 1 == split_by_time(days(39), **lengths).train.n_days
    with pytest.raises(TooFewSnapshotsError, match=r"38 daily snapshots.*needs 39"):
        split_by_time(days(38), **lengths)


def test_a_validation_range_without_snapshots_is_named() -> None:
    dates = pl.concat([days(20), days(60)[50:]])

    with pytest.raises(TooFewSnapshotsError, match="validation range 2024-02-01 to 2024-02-10"):
        split_by_time(dates, validation_days=10, test_days=12, embargo_days=7)


@pytest.mark.parametrize("name", ["validation_days", "test_days", "embargo_days"])
def test_a_length_that_makes_no_range_is_refused_by_its_name(name: str) -> None:
    lengths = {"validation_days": 1, "test_days": 1, "embargo_days": 0} | {name: -1}

    with pytest.raises(ConfigurationError, match=f"{name} is -1"):
        split_by_time(days(60), **lengths)


# --- folds ------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    alerts=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 12), st.booleans()), min_size=1, max_size=120
    ),
    n_splits=st.integers(1, 5),
    embargo_days=st.integers(0, 12),
)
def test_a_fold_is_later_than_its_training_rows_and_shares_no_address(
    alerts: list[tuple[int, int, bool]], n_splits: int, embargo_days: int
) -> None:
    keys = keys_of([(day, address) for day, address, _ in alerts])
    y = np.array([positive for *_, positive in alerts], dtype=np.int8)
    try:
        folds = list(TimeAddressFolds(n_splits, embargo_days=embargo_days).split(None, y, keys))
    except (TooFewSnapshotsError, OneClassError):
        return

    assert n_splits == len(folds)
    for fit, held_out in folds:
        gap = keys["processing_date"][held_out].min() - keys["processing_date"][fit].max()
        assert gap > timedelta(days=embargo_days)
        assert set(keys["address"][fit]).isdisjoint(keys["address"][held_out])
        assert {0, 1} == set(y[fit]) == set(y[held_out])


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n_splits=st.integers(2, 4), embargo_days=st.integers(0, 9))
def test_usual_alerts_give_every_fold_that_was_asked_for(
    seed: int, n_splits: int, embargo_days: int
) -> None:
    rows = make_rows(n_addresses=120, n_days=35, seed=seed)

    folds = list(
        TimeAddressFolds(n_splits, embargo_days=embargo_days).split(None, rows.y, rows.keys)
    )

    validation = [set(held_out) for _, held_out in folds]
    assert n_splits == len(folds)
    assert sum(map(len, validation)) == len(set().union(*validation))


def test_an_address_on_one_side_only_stays_there() -> None:
    keys = keys_of([(0, 1), (0, 2), (9, 3), (9, 4)])
    y = np.array([1, 0, 1, 0])

    ((fit, held_out),) = TimeAddressFolds(1, embargo_days=3).split(None, y, keys)

    assert [0, 1] == fit.tolist()
    assert [2, 3] == held_out.tolist()


def test_addresses_on_both_sides_are_divided_class_by_class() -> None:
    keys = keys_of([(day, address) for day in (0, 9) for address in range(8)])
    y = np.array([1, 1, 0, 0, 0, 0, 0, 0] * 2)

    ((fit, held_out),) = TimeAddressFolds(1, embargo_days=3).split(None, y, keys)

    assert (4, 4) == (len(fit), len(held_out))
    assert (1, 1) == (y[fit].sum(), y[held_out].sum())


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = make_rows(n_addresses=60, n_days=30)
    order = np.random.default_rng(1).permutation(len(rows.y))
    shuffled = rows.take(order)

    folds = TimeAddressFolds(3).split(None, rows.y, rows.keys)
    again = TimeAddressFolds(3).split(None, shuffled.y, shuffled.keys)

    for (fit, held_out), (other_fit, other_held_out) in zip(folds, again, strict=True):
        assert set(fit) == set(order[other_fit])
        assert set(held_out) == set(order[other_held_out])


def test_too_few_days_for_the_folds_are_named() -> None:
    keys = keys_of([(day, address) for day in range(10) for address in range(4)])

    with pytest.raises(TooFewSnapshotsError, match=r"10 daily snapshots.*needs 11.*3 validation"):
        list(TimeAddressFolds(3).split(None, np.ones(len(keys)), keys))


def test_no_rows_at_all_are_too_few_days() -> None:
    with pytest.raises(TooFewSnapshotsError, match="0 daily snapshots"):
        list(TimeAddressFolds(3).split(None, np.array([]), keys_of([])))


def test_a_fold_of_one_class_is_named() -> None:
    keys = keys_of([(day, address) for day in range(20) for address in range(4)])
    y = (keys["processing_date"] < date(2024, 1, 3)).to_numpy().astype(int)

    with pytest.raises(OneClassError, match="fold 1 validation rows hold 0 positive"):
        list(TimeAddressFolds(2).split(None, y, keys))
