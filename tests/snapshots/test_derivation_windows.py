"""Windows of any length: what is counted over them, and what they ask of an alert."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from alertmill.storage import Client
from tests.snapshots.hand_made import (
    DAY,
    TABLES,
    Label,
    Transfer,
    alerts_of,
    derive,
    features_of,
    random_labels,
    random_transfers,
    rows,
    store,
)
from tests.snapshots.worlds import every_structure

MAY_BE_ALIKE = {
    "raw_features": (
        "processing_date",
        # these need hundreds of payments of one address
        "is_exchange_like",
        "is_high_volume_trader",
        "is_mixer_like",
        "is_retail_active",
    ),
    "raw_money_flows": ("processing_date",),
    "raw_alerts": ("processing_date",),
    "raw_clusters": ("processing_date",),
}
"""Columns that may hold a single value in the world of the test below."""


def days_before(days: float) -> str:
    return (pl.Series([DAY]).cast(pl.Datetime)[0] - timedelta(days=days)).isoformat()


@pytest.mark.parametrize("window_days", [30, 90])
def test_a_long_window_counts_and_averages_over_all_of_its_days(
    client: Client, window_days: int
) -> None:
    first, last = days_before(window_days), days_before(1)
    paid = [Transfer(first, "a", "b", 300.0), Transfer(last, "b", "a", 900.0)]
    store(client, [Transfer(days_before(window_days + 2), "b", "c", 5.0), *paid])

    derive(client, window_days=window_days)

    found = features_of(client, "a")
    mean = 1_200 / window_days
    squares = (300 - mean) ** 2 + (900 - mean) ** 2 + (window_days - 2) * mean**2
    expected = {
        "tx_total_count": 2,
        "total_volume_usd": 1_200.0,
        "activity_days": 2,
        "activity_span_days": window_days,
        "burst_factor": window_days / 2,
        "velocity_score": 2 / (10 * window_days),
        "volume_std": (squares / window_days) ** 0.5,
        "age_days": float(window_days),
        "is_new_address": True,
    }
    assert expected == {name: pytest.approx(found[name]) for name in expected}
    b = features_of(client, "b")
    assert (False, 2.0, window_days + 2.0) == (
        b["is_new_address"],
        b["silent_days"],
        b["age_days"],
    )


@pytest.mark.parametrize(("window_days", "needed"), [(7, 4), (30, 9), (90, 15)])
def test_counts_needed_grow_with_the_root_of_the_window(
    client: Client, window_days: int, needed: int
) -> None:
    enough = [Transfer(days_before(0.1 * i), "a", f"a{i}", 950.0) for i in range(1, needed + 1)]
    too_few = [Transfer(days_before(0.1 * i), "b", f"b{i}", 950.0) for i in range(1, needed)]
    store(client, [*enough, *too_few])

    derive(client, window_days=window_days)

    assert ["a"] == alerts_of(client, "STRUCTURING")


def test_every_column_of_a_month_is_filled(client: Client) -> None:
    known = [
        Label("near0", "exchange", "low", date(2024, 1, 2)),
        Label("near2-1", "defi", "low", date(2024, 1, 2)),
    ]
    woken = [Transfer("2023-06-01", "old", "0x001", 9.0), Transfer(days_before(1), "old", "x", 9.0)]
    rich = [Transfer(days_before(2), "whale", "0x001", 200_000.0, "DAI")]
    both_assets = [Transfer(days_before(2), "0x001", "0x000", 20.0, asset) for asset in ("A", "B")]
    planted = every_structure(5 * 24 * 60)
    store(
        client,
        [*random_transfers(), *planted, *woken, *rich, *both_assets],
        [*random_labels(), *known],
    )

    derive(client, window_days=7)
    derive(client, window_days=30)

    for table in TABLES:
        found = rows(client, table)
        alike = [name for name in found.columns if found[name].n_unique() == 1]
        assert set() == set(alike) - set(MAY_BE_ALIKE[table])
