"""The delivery report reads well for none, one and many, and survives being written and read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from alertmill.errors import DeliveryAbsentError, DeliveryRefusedError, DeliveryReportError
from alertmill.snapshots.deliveries import (
    DeliveryReport,
    FolderProblem,
    MissingSnapshots,
    OldWindow,
    read_delivery_report,
    read_delivery_reports,
    write_delivery_report,
)
from alertmill.vocabulary import Network

DAY = date(2024, 1, 10)
CHECKED = datetime(2024, 1, 10, 5, 0, 30, tzinfo=UTC)


def report(**fields: object) -> DeliveryReport:
    given = {"network": "ethereum", "url": "deliveries", "checked_at": CHECKED, "day": DAY}
    return DeliveryReport.model_validate(given | fields)


def problem(day: int | None, reason: str = "META.json is missing") -> FolderProblem:
    return FolderProblem(
        place=f"/up/ethereum/2024-01-{day}/7",
        processing_date=None if day is None else date(2024, 1, day),
        window_days=None if day is None else 7,
        reason=reason,
        action="copy it again",
    )


def missing(first: int, last: int, window_days: int | None = 7) -> MissingSnapshots:
    return MissingSnapshots(
        window_days=window_days,
        first=date(2024, 1, first),
        last=date(2024, 1, last),
        n_snapshots=last - first + 1,
    )


def test_a_place_without_deliveries_is_no_failure() -> None:
    empty = report()

    assert not empty.needs_attention
    assert empty.summary == "No snapshots of ethereum at deliveries yet."
    assert empty.line == (
        "ethereum: no snapshots of ethereum at deliveries yet (checked 2024-01-10 05:00 UTC)"
    )
    empty.raise_failures()


def test_counts_that_are_zero_are_left_out() -> None:
    assert report(n_new=1).outcome == "1 delivery of ethereum: 1 new"
    assert report(n_new=1, n_replaced=2, n_unchanged=1200).outcome == (
        "1,203 deliveries of ethereum: 1 new, 2 replaced, 1,200 unchanged"
    )


def test_one_refused_folder_is_named_with_its_reason() -> None:
    one = report(n_unchanged=1, refused=[problem(8)])

    assert one.failures == ["1 delivery was refused: 2024-01-08 (7 days): META.json is missing"]
    assert one.summary == (
        "1 delivery was refused: 2024-01-08 (7 days): META.json is missing. "
        "2 deliveries of ethereum: 1 unchanged, 1 refused."
    )


def test_of_many_refused_folders_three_are_named_and_the_rest_counted() -> None:
    many = report(refused=[problem(day, "broken") for day in range(1, 6)])

    (sentence,) = many.failures
    assert sentence == (
        "5 deliveries were refused: 2024-01-01 (7 days): broken; 2024-01-02 (7 days): broken; "
        "2024-01-03 (7 days): broken; and 2 more"
    )


def test_a_folder_of_an_unknown_date_is_named_by_its_place() -> None:
    assert (
        "refused: /up/ethereum/2024-01-None/7: broken"
        in report(refused=[problem(None, "broken")]).line
    )


@pytest.mark.parametrize(
    ("absent", "windows", "sentence"),
    [
        ([missing(10, 10)], [7], "expected 2024-01-10, absent"),
        ([missing(10, 10, None)], [], "expected 2024-01-10, absent"),
        ([missing(8, 10)], [7], "expected 2024-01-08 to 2024-01-10, absent"),
        ([missing(10, 10, 1)], [1, 7], "expected 2024-01-10 (1 day), absent"),
    ],
)
def test_what_is_absent_is_named_by_its_dates_and_by_its_window_among_several(
    absent: list[MissingSnapshots], windows: list[int], sentence: str
) -> None:
    assert report(absent=absent, windows=windows).failures == [sentence]


def test_the_newest_snapshot_that_is_too_old_is_named_with_its_age() -> None:
    old = OldWindow(window_days=7, newest=date(2024, 1, 9), max_age_days=0)
    none = OldWindow(window_days=None, newest=None, max_age_days=2)

    assert report(too_old=[old], windows=[7]).failures == [
        "the newest snapshot is of 2024-01-09, 1 day before 2024-01-10, at most 0 days accepted"
    ]
    assert report(too_old=[none]).failures == [
        "no snapshot up to 2024-01-10 in the database, at most 2 days accepted"
    ]


def test_gaps_and_folders_being_copied_are_remarks_and_no_failures() -> None:
    fine = report(waiting=[problem(10)], gaps=[missing(2, 2), missing(4, 5)], windows=[7], n_new=1)

    assert not fine.needs_attention
    assert fine.remarks == [
        "1 delivery is not complete yet: 2024-01-10 (7 days)",
        "2 gaps: no snapshot of 2024-01-02, 2024-01-04 to 2024-01-05",
    ]
    assert fine.summary.startswith("2 deliveries of ethereum: 1 new, 1 waiting. 1 delivery is not")


def test_of_many_gaps_three_are_named() -> None:
    gaps = [missing(day, day) for day in (2, 4, 6, 8, 10)]

    assert report(gaps=gaps).remarks == [
        "5 gaps: no snapshot of 2024-01-02, 2024-01-04, 2024-01-06, and 2 more"
    ]


def test_a_refused_folder_is_bad_input_and_an_absent_one_a_failure() -> None:
    with pytest.raises(DeliveryRefusedError, match=r"refused: .*; expected 2024-01-10") as refused:
        report(refused=[problem(8)], absent=[missing(10, 10)]).raise_failures()
    with pytest.raises(DeliveryAbsentError, match="expected 2024-01-10, absent") as absent:
        report(absent=[missing(10, 10)]).raise_failures()

    assert (2, 1) == (refused.value.exit_code, absent.value.exit_code)


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = report(refused=[problem(8)], gaps=[missing(2, 2)], windows=[7], newest_date=DAY)

    path = write_delivery_report(tmp_path, written)

    assert path == tmp_path / "ethereum" / "deliveries.json"
    assert written == read_delivery_report(tmp_path, Network.ETHEREUM)
    assert [written] == read_delivery_reports(tmp_path)
    assert read_delivery_report(tmp_path, Network.TORUS) is None


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format_version": 2}', b"\xff"])
def test_a_report_that_is_damaged_or_of_another_version_is_named(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "ethereum" / "deliveries.json"
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(DeliveryReportError, match=r"deliveries\.json is no delivery report"):
        read_delivery_reports(tmp_path)


def test_fields_of_a_later_version_are_left_alone(tmp_path: Path) -> None:
    path = write_delivery_report(tmp_path, report())
    path.write_text(path.read_text().replace("{", '{"later": 1,', 1))

    assert read_delivery_report(tmp_path, Network.ETHEREUM) == report()
