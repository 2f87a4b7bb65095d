"""Which deliveries are absent, too old or in a gap follows from the day of the run alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alertmill.parameters import IngestionParameters
from alertmill.snapshots.deliveries import DeliveryReport
from alertmill.snapshots.folders import FolderOutcome, IngestReport, Status
from alertmill.snapshots.folders.expectations import Expectation, compare
from alertmill.snapshots.folders.table import COLUMNS, delivery_rows

FIRST = date(2024, 1, 1)
AT = datetime(2024, 1, 10, 6, 0, tzinfo=UTC)
PARAMETERS = IngestionParameters.model_validate({"network": "ethereum"})


def days(*numbers: int) -> list[date]:
    return [FIRST + timedelta(days=number - 1) for number in numbers]


def folder(status: Status, day: int, window_days: int = 7) -> FolderOutcome:
    return FolderOutcome(f"/up/{day}", status, *days(day), window_days, reason="broken")


def judged(
    loaded: dict[int, list[date]],
    *folders: FolderOutcome,
    at: datetime = AT,
    expect_by: time | None = None,
    max_age_days: int | None = None,
    every_days: int = 1,
    windows: Sequence[int] = (),
) -> DeliveryReport:
    ingested = IngestReport(folders, loaded_dates={w: frozenset(d) for w, d in loaded.items()})
    expectation = Expectation(
        at,
        expect_by=expect_by,
        every_days=every_days,
        max_age_days=max_age_days,
        windows=windows,
    )
    return compare(ingested, PARAMETERS, expectation, checked_at=AT)


SIX = time(6)


def test_nothing_is_expected_unless_it_is_asked_for() -> None:
    assert not judged({}).needs_attention
    assert not judged({7: days(1)}).needs_attention


@pytest.mark.parametrize(
    ("minute", "sentences"),
    [(time(5, 59), []), (time(6, 0), ["expected 2024-01-10, absent"])],
)
def test_the_snapshot_of_a_day_is_due_from_the_time_on_by_which_it_is_expected(
    minute: time, sentences: list[str]
) -> None:
    at = datetime.combine(AT.date(), minute, UTC)

    assert judged({7: days(8, 9)}, at=at, expect_by=SIX).failures == sentences


def test_the_time_is_that_of_utc_whatever_the_zone_of_the_run() -> None:
    berlin = timezone(timedelta(hours=1))
    early = datetime(2024, 1, 10, 6, 30, tzinfo=berlin)

    assert judged({7: days(9)}, at=early, expect_by=SIX).failures == []
    assert judged({7: days(8)}, at=early, expect_by=SIX).failures == ["expected 2024-01-09, absent"]


def test_after_days_without_a_delivery_all_of_them_are_absent() -> None:
    assert judged({7: days(7)}, expect_by=SIX).failures == [
        "expected 2024-01-08 to 2024-01-10, absent"
    ]


def test_where_nothing_was_ever_delivered_the_day_itself_is_expected() -> None:
    assert judged({}, expect_by=SIX).failures == ["expected 2024-01-10, absent"]


def test_a_run_for_a_past_day_expects_what_was_due_then() -> None:
    loaded = {7: days(8, 9, 10, 11, 12)}

    assert judged(loaded, expect_by=SIX).failures == []
    assert judged({7: days(8, 11, 12)}, expect_by=SIX).failures == [
        "expected 2024-01-09 to 2024-01-10, absent"
    ]


def test_a_day_before_the_first_snapshot_is_not_expected() -> None:
    assert judged({7: days(20, 21)}, expect_by=SIX).failures == []


def test_a_refused_folder_has_come_and_one_being_copied_has_not() -> None:
    refused = judged({7: days(9)}, folder(Status.REFUSED, 10), expect_by=SIX)
    waiting = judged({7: days(9)}, folder(Status.WAITING, 10), expect_by=SIX)

    assert refused.absent == ()
    assert waiting.failures == ["expected 2024-01-10, absent"]
    assert waiting.remarks == ["1 delivery is not complete yet: 2024-01-10 (7 days)"]


def test_each_window_that_was_delivered_is_expected() -> None:
    loaded = {7: days(9, 10), 30: days(9)}

    assert judged(loaded, expect_by=SIX).failures == ["expected 2024-01-10 (30 days), absent"]
    assert judged(loaded, expect_by=SIX, windows=[7]).failures == []
    assert judged(loaded, expect_by=SIX, windows=[7, 90]).failures == [
        "expected 2024-01-10 (90 days), absent"
    ]


def test_snapshots_of_every_week_are_expected_every_week() -> None:
    weekly = {7: days(1, 8)}

    assert judged(weekly, expect_by=SIX, every_days=7).failures == []
    late = judged(weekly, at=AT + timedelta(days=5), expect_by=SIX, every_days=7)
    assert late.failures == ["expected 2024-01-15, absent"]
    assert judged(weekly, every_days=7).gaps == ()


@pytest.mark.parametrize(("limit", "is_old"), [(2, False), (1, True), (0, True)])
def test_the_newest_snapshot_may_be_as_old_as_the_limit(limit: int, *, is_old: bool) -> None:
    found = judged({7: days(8)}, max_age_days=limit)

    assert found.needs_attention == is_old


def test_refused_data_is_no_newer_data() -> None:
    found = judged({7: days(8)}, folder(Status.REFUSED, 10), max_age_days=1)

    assert [date(2024, 1, 8)] == [one.newest for one in found.too_old]


def test_an_empty_database_is_too_old_for_any_limit() -> None:
    assert judged({}, max_age_days=3).failures == [
        "no snapshot up to 2024-01-10 in the database, at most 3 days accepted"
    ]


def test_gaps_are_found_for_each_window_and_do_not_fail_the_run() -> None:
    found = judged({7: days(1, 2, 5, 6), 30: days(3, 5)}, folder(Status.REFUSED, 4))

    assert [(7, *days(3, 3)), (30, *days(4, 4))] == [
        (gap.window_days, gap.first, gap.last) for gap in found.gaps
    ]
    assert found.failures == ["1 delivery was refused: 2024-01-04 (7 days): broken"]


@given(st.sets(st.integers(1, 60), max_size=60), st.integers(1, 60))
def test_every_date_up_to_the_due_one_has_come_or_is_absent_or_in_a_gap(
    numbers: set[int], due: int
) -> None:
    at = datetime.combine(days(due)[0], SIX, UTC)
    come = set(days(*numbers))

    found = judged({7: sorted(come)} if come else {}, at=at, expect_by=SIX)

    spans = [*found.absent, *found.gaps]
    lacking = {
        span.first + timedelta(days=n)
        for span in spans
        for n in range((span.last - span.first).days + 1)
    }
    first = min(come, default=days(due)[0])
    expected = {day for day in days(*range(1, 61)) if first <= day <= days(due)[0]}
    assert expected - come <= lacking
    assert not lacking & come


def test_the_table_shows_first_what_needs_attention() -> None:
    ingested = IngestReport(
        [folder(Status.REFUSED, 8), folder(Status.WAITING, 9), folder(Status.UNCHANGED, 4)],
        loaded_dates={7: frozenset(days(4))},
    )
    expectation = Expectation(AT, expect_by=SIX, max_age_days=1)
    rows = delivery_rows(ingested, compare(ingested, PARAMETERS, expectation, checked_at=AT))

    assert ["refused", "waiting", "absent", "too old", "gap", "unchanged"] == [
        row["status"] for row in rows
    ]
    assert {COLUMNS} == {tuple(row) for row in rows}
    assert ("2024-01-09 to 2024-01-10", "2 snapshots expected") == (
        rows[2]["date"],
        rows[2]["reason"],
    )


# --- parameters ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["06:00", "06:00:00", "06:00Z", "06:00+00:00"])
def test_a_time_is_text_in_utc(text: str) -> None:
    parameters = IngestionParameters.model_validate({"network": "ethereum", "expect_by": text})

    assert parameters.expect_by == SIX
    assert parameters == IngestionParameters.model_validate_json(parameters.model_dump_json())


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("expect_by", 360, "a time of day in UTC, such as 06:00, as text in quotes"),
        ("expect_by", "06:00+02:00", "without the offset of a time zone"),
        ("expect_by", "25:00", "expect_by"),
        ("max_age_days", -1, "greater than or equal to 0"),
        ("every_days", 0, "greater than or equal to 1"),
        ("expect_windows", [7, 400], "expected windows of 1 to 366 days, found 400"),
        ("settle_minutes", -1, "greater than or equal to 0"),
        ("url", "", "at least 1 character"),
    ],
)
def test_an_impossible_parameter_is_refused_by_name(field: str, value: object, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        IngestionParameters.model_validate({"network": "ethereum", field: value})

    assert field in str(caught.value)
    assert words in str(caught.value)
