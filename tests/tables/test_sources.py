"""What was extracted, and what is missing."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from alertmill.tables.sources import (
    describe_categories,
    describe_columns,
    describe_sources,
    describe_times,
    list_queries,
    missing_sentence,
    missing_values,
    set_aside_sentence,
)
from alertmill.training.data.extracted import ExtractedQuery
from tests.tables.factories import days


def test_queries_are_listed_with_their_bound_values() -> None:
    query = ExtractedQuery(
        name="alerts",
        sql="SELECT 1",
        parameters={"window_days": 7, "start": "2024-01-01"},
        n_rows=3,
        content_hash="abc",
    )

    assert list_queries([query]).rows() == [("alerts", 3, "window_days=7, start=2024-01-01", "abc")]


def test_no_query_gives_an_empty_list() -> None:
    assert list_queries([]).columns == ["query", "n_rows", "parameters", "digest"]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ({}, "No row of a loaded file was set aside."),
        ({"amount": 1}, "1 row of the loaded files was set aside and is in no snapshot: amount 1."),
        (
            {"unpriced": 1200, "amount": 3},
            (
                "1,203 rows of the loaded files were set aside and are in no snapshot: amount 3, "
                "unpriced 1,200."
            ),
        ),
    ],
)
def test_rows_that_were_set_aside_are_counted_by_reason(
    rows: dict[str, int], sentence: str
) -> None:
    frame = pl.DataFrame({"reason": list(rows), "n_rows": list(rows.values())})

    assert sentence == set_aside_sentence(frame)


def test_sources_are_described_by_size_dates_and_addresses() -> None:
    dated = pl.DataFrame({"processing_date": [*days(2), days(2)[0]], "address": ["a", "b", "a"]})

    described = describe_sources(dated=dated, plain=pl.DataFrame({"x": [1]}))

    assert described.rows() == [
        ("dated", 3, 2, days(1)[0], days(2)[1], 2, 2),
        ("plain", 1, 1, None, None, None, None),
    ]


def test_columns_are_described_by_location_spread_and_tails() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0, None], "word": ["a"] * 4})

    row = describe_columns(frame).row(0, named=True)

    assert (row["column"], row["n_values"], row["missing_share"]) == ("x", 3, 0.25)
    assert (row["mean"], row["sd"], row["min"], row["median"], row["max"]) == (2, 1, 1, 2, 3)
    assert (row["p25"], row["p75"], row["p99"]) == pytest.approx((1.5, 2.5, 2.98))


def test_booleans_count_as_zero_and_one() -> None:
    assert describe_columns(pl.DataFrame({"flag": [True, False]}))["mean"].to_list() == [0.5]


def test_times_are_days_and_have_no_mean() -> None:
    frame = pl.DataFrame({"seen_timestamp": [0, 86_400_000, 4 * 86_400_000, None], "x": [1] * 4})

    assert ["x"] == describe_columns(frame)["column"].to_list()
    assert [
        ("seen_timestamp", 3, 0.25, date(1970, 1, 1), date(1970, 1, 2), date(1970, 1, 5))
    ] == describe_times(frame).rows()


def test_a_frame_without_times_or_without_rows_describes_none() -> None:
    empty = pl.DataFrame({"seen_timestamp": pl.Series([], dtype=pl.Int64)})

    assert describe_times(pl.DataFrame({"x": [1]})).is_empty()
    assert [("seen_timestamp", 0, 0.0, None, None, None)] == describe_times(empty).rows()


def test_a_column_without_values_has_no_statistics() -> None:
    row = describe_columns(pl.DataFrame({"x": pl.Series([None], dtype=pl.Float64)})).row(
        0, named=True
    )

    assert (row["n_values"], row["mean"], row["max"]) == (0, None, None)


def test_kinds_are_counted_with_empty_and_missing_words() -> None:
    frame = pl.DataFrame({"kind": ["a", "a", "", None]})

    assert describe_categories(frame, "kind").rows() == [
        ("kind", "a", 2, 0.5),
        ("kind", "(empty)", 1, 0.25),
        ("kind", "(missing)", 1, 0.25),
    ]


def test_only_columns_with_missing_values_are_listed() -> None:
    one = pl.DataFrame({"x": [1, None], "y": [1, 2]})
    two = pl.DataFrame({"z": pl.Series([None, None], dtype=pl.Int64)})

    missing = missing_values(one=one, two=two)

    assert missing.rows() == [("two", "z", 2, 2, 1.0), ("one", "x", 2, 1, 0.5)]


def test_a_sentence_names_the_column_that_misses_most() -> None:
    frame = pl.DataFrame({"x": [1, None], "y": [1, 2]})

    sentence = missing_sentence(missing_values(alerts=frame), alerts=frame)

    assert sentence == "1 of 2 columns have missing values; most has x of alerts (50.0 %)."


def test_a_sentence_says_so_when_nothing_is_missing() -> None:
    frame = pl.DataFrame({"x": [1]})

    sentence = missing_sentence(missing_values(alerts=frame), alerts=frame)

    assert sentence == "None of the 1 columns has a missing value."
