"""A repeat of yesterday's alert is no new work, and cannot make a model look good."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.repeats import FIRST_OR_CHANGED, mark_repeats
from alertmill.evaluation.summaries import repeats_table
from tests.evaluation.factories import make_predictions

COLUMNS = ("day", "address", "alert_id", "typology_type", "severity")


def alerts_of(*rows: tuple[int, str, str, str, str]) -> pl.DataFrame:
    listed = pl.DataFrame(list(rows), schema=list(COLUMNS), orient="row")
    dates = [date(2024, 1, day) for day in listed["day"]]
    return listed.drop("day").with_columns(processing_date=pl.Series(dates))


def repeats(*rows: tuple[int, str, str, str, str]) -> list[bool]:
    return mark_repeats(alerts_of(*rows))["is_repeat"].to_list()


def test_the_same_alert_on_the_next_snapshot_is_a_repeat() -> None:
    assert [False, True, True] == repeats(
        (1, "a", "1", "PING_PONG", "low"),
        (2, "a", "2", "PING_PONG", "low"),
        (3, "a", "3", "PING_PONG", "low"),
    )


@pytest.mark.parametrize(
    "other",
    [
        (2, "b", "2", "PING_PONG", "low"),
        (2, "a", "2", "STRUCTURING", "low"),
        (2, "a", "2", "PING_PONG", "high"),
    ],
    ids=["another address", "another typology", "another severity"],
)
def test_what_is_new_on_the_address_is_no_repeat(other: tuple[int, str, str, str, str]) -> None:
    assert [False, False] == repeats((1, "a", "1", "PING_PONG", "low"), other)


def test_an_alert_that_was_gone_for_a_day_is_no_repeat() -> None:
    assert [False, False, False] == repeats(
        (1, "a", "1", "PING_PONG", "low"),
        (2, "b", "2", "PING_PONG", "low"),
        (3, "a", "3", "PING_PONG", "low"),
    )


def test_days_without_a_snapshot_are_skipped() -> None:
    assert [False, True] == repeats(
        (1, "a", "1", "PING_PONG", "low"), (8, "a", "2", "PING_PONG", "low")
    )


def test_two_alerts_of_a_kind_on_one_day_do_not_double_the_rows() -> None:
    assert [False, False, True] == repeats(
        (1, "a", "1", "PING_PONG", "low"),
        (1, "a", "2", "PING_PONG", "low"),
        (2, "a", "3", "PING_PONG", "low"),
    )


def one_address_every_day() -> pl.DataFrame:
    """One true address on top of every queue, and others that are mixed as ever."""
    drawn = make_predictions(n_addresses=80, separation=0.3)
    days = drawn.select("processing_date", "split").unique(maintain_order=True)
    top = drawn.filter(pl.col("y") == 1).head(1).drop("processing_date", "split", "alert_id")
    every_day = (
        days.join(top, how="cross")
        .with_columns(
            address=pl.lit("0xtop"),
            alert_id=pl.format("top-{}", "processing_date"),
            score=pl.lit(0.999),
            is_new_address=pl.lit(value=False),
        )
        .select(drawn.columns)
    )
    both = pl.concat([drawn, every_day])
    return both.join(mark_repeats(both), on=["processing_date", "address", "alert_id"])


def test_an_address_that_is_found_every_day_counts_once_among_first_or_changed() -> None:
    measured = evaluate(one_address_every_day(), review_budget=1, n_bootstrap=50, seed=1)

    flattered = measured.get("model", "precision_at_budget")
    honest = measured.get("model", "precision_at_budget", segment=FIRST_OR_CHANGED)
    assert flattered.value == 1.0
    assert honest.value is not None
    assert honest.value < 0.8
    assert honest.n_rows < flattered.n_rows


def test_the_table_shows_both_for_every_population() -> None:
    measured = evaluate(one_address_every_day(), review_budget=2, n_bootstrap=50, seed=1)

    table = repeats_table(measured)

    assert 9 == table.height
    assert (table["n_first_or_changed"] < table["n_alerts"]).any()
    assert table.null_count().sum_horizontal().item() == 0
