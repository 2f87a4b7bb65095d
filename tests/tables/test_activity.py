"""The network by day, hour and weekday."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.tables.activity import (
    activity_by_day,
    activity_by_hour,
    activity_by_weekday,
    activity_changes,
    mean_shares,
)
from tests.tables.factories import days, make_snapshots


def _snapshots(n_alerts: list[int]) -> pl.DataFrame:
    n = len(n_alerts)
    return pl.DataFrame(
        {
            "processing_date": days(n),
            "n_addresses": [100] * n,
            "n_flows": [10] * n,
            "total_usd": [5.0] * n,
            "n_alerts": n_alerts,
            "n_alerted_addresses": [1] * n,
            "hourly": [[1, 3]] * n,
            "weekday": [[2, 0, 2]] * n,
        }
    )


def test_every_measure_has_a_row_for_every_snapshot() -> None:
    by_day = activity_by_day(_snapshots([1, 2, 3]))

    assert by_day.group_by("measure").len()["len"].to_list() == [3] * 6


def test_alerts_are_also_counted_per_thousand_addresses() -> None:
    by_day = activity_by_day(_snapshots([7]))

    rate = by_day.filter(pl.col("measure").str.contains("1,000"))
    assert rate["value"].to_list() == [70.0]


def test_the_trailing_mean_waits_for_seven_snapshots() -> None:
    by_day = activity_by_day(_snapshots([1, 2, 3, 4, 5, 6, 7, 15]))

    means = by_day.filter(pl.col("measure") == "alerts")["trailing_mean"]
    assert means.to_list() == [None] * 6 + [4.0, 6.0]


def test_snapshots_are_put_into_the_order_of_time() -> None:
    by_day = activity_by_day(_snapshots([1, 2, 3]).reverse())

    assert by_day.filter(pl.col("measure") == "alerts")["value"].to_list() == [1, 2, 3]


def test_changes_compare_the_first_and_the_last_seven_snapshots() -> None:
    changes = activity_changes(activity_by_day(_snapshots([2] * 7 + [9] + [3] * 7)))

    row = changes.filter(pl.col("measure") == "alerts").row(0, named=True)
    assert (row["first_week"], row["last_week"], row["change_share"]) == (2, 3, 0.5)
    assert (row["lowest"], row["highest"], row["highest_day"]) == (2, 9, days(8)[-1])


def test_shares_by_hour_are_those_of_the_transfers_of_a_snapshot() -> None:
    by_hour = activity_by_hour(_snapshots([1]))

    assert by_hour.select("hour", "share").rows() == [(0, 0.25), (1, 0.75)]


def test_shares_by_weekday_sum_to_one() -> None:
    by_weekday = activity_by_weekday(make_snapshots(n_days=3))

    sums = by_weekday.group_by("processing_date").agg(pl.sum("share"))["share"]
    assert sums.to_list() == pytest.approx([1.0] * 3)


def test_mean_shares_weigh_every_snapshot_alike() -> None:
    snapshots = _snapshots([1, 1]).with_columns(hourly=pl.Series([[1, 1], [30, 10]]))

    means = mean_shares(activity_by_hour(snapshots))

    assert means.rows() == [(0, 0.625), (1, 0.375)]


def test_a_first_week_of_nothing_has_no_change() -> None:
    measures = pl.DataFrame(
        {
            "processing_date": days(20) * 2,
            "measure": ["flows"] * 20 + ["alerts"] * 20,
            "value": [0.0] * 27 + [50.0] * 13,
        }
    )

    assert [None, None] == activity_changes(measures)["change_share"].to_list()
