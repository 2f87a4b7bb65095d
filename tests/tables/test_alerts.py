"""Alerts by day, kind and size."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.tables.alerts import (
    alerts_per_day,
    label_types,
    outcomes_by,
    volume_histogram,
    volume_quantiles,
)
from tests.tables.factories import days, make_alerts, make_targets


def _alerts(severities: list[str], *, day: list[int] | None = None) -> pl.DataFrame:
    n = len(severities)
    dates = days(10)
    return pl.DataFrame(
        {
            "processing_date": [dates[d] for d in day or [0] * n],
            "address": [f"a{i % 2}" for i in range(n)],
            "alert_id": [str(i) for i in range(n)],
            "severity": severities,
            "volume_usd": [10.0 ** (i + 1) for i in range(n)],
        }
    )


def _targets(alerts: pl.DataFrame, y: list[int | None], split: str = "train") -> pl.DataFrame:
    keys = alerts.select("processing_date", "address", "alert_id")
    return keys.with_columns(y=pl.Series(y, dtype=pl.Int8), split=pl.lit(split))


def test_days_without_alerts_are_counted_with_zero() -> None:
    per_day = alerts_per_day(_alerts(["low", "low"], day=[0, 2]), by="severity")

    low = per_day.filter(pl.col("value") == "low")
    assert low["n_alerts"].to_list() == [1, 0, 1]
    assert low["processing_date"].to_list() == days(3)


def test_severities_come_by_falling_urgency() -> None:
    per_day = alerts_per_day(_alerts(["low", "critical"]), by="severity")

    assert per_day["value"].to_list() == ["critical", "high", "medium", "low"]


def test_rare_values_become_other_and_come_last() -> None:
    alerts = _alerts(["x", "x", "x", "b", "b", "c"]).rename({"severity": "kind"})

    per_day = alerts_per_day(alerts, by="kind", n_values=2)

    assert per_day.select("value", "n_alerts").rows() == [("x", 3), ("other", 3)]


def test_no_alert_gives_no_day() -> None:
    assert alerts_per_day(_alerts(["low"]).clear(), by="severity").is_empty()


def test_the_confirmed_share_is_that_of_the_labelled_alerts() -> None:
    alerts = _alerts(["low", "low", "low"])

    row = outcomes_by(alerts, _targets(alerts, [1, 0, None]), column="severity").row(0, named=True)

    assert (row["n_alerts"], row["n_labelled"], row["n_confirmed"]) == (3, 2, 1)
    assert (row["confirmed_share"], row["share"], row["n_addresses"]) == (0.5, 1.0, 2)


def test_labels_of_the_test_range_are_not_looked_at() -> None:
    alerts = _alerts(["low", "low"])

    outcomes = outcomes_by(alerts, _targets(alerts, [1, 1], "test"), column="severity")

    assert outcomes["n_labelled"].to_list() == [0]
    assert outcomes["confirmed_share"].to_list() == [None]


def test_an_address_counts_once_in_each_type_of_its_labels() -> None:
    labels = pl.DataFrame(
        {
            "address": ["a0", "a0", "a0", "b", "c"],
            "address_type": ["scam", "scam", "wallet", "scam", "scam"],
        }
    )

    types = label_types(labels, _alerts(["low"]))

    assert types.rows() == [("scam", 3, 1), ("wallet", 1, 1)]


def test_volumes_are_counted_in_five_bins_a_decade() -> None:
    histogram = volume_histogram(_alerts(["low", "low", "low"]))

    assert histogram.height == 10
    assert histogram["low"][0] == pytest.approx(10)
    assert histogram["high"][-1] == pytest.approx(1000)
    assert histogram["n_alerts"].sum() == 3
    assert histogram["share"].sum() == pytest.approx(1)


def test_alerts_without_a_volume_have_no_histogram() -> None:
    alerts = _alerts(["low"]).with_columns(volume_usd=pl.lit(0.0))

    assert volume_histogram(alerts).is_empty()


def test_one_volume_has_a_decade_of_bins() -> None:
    assert volume_histogram(_alerts(["low"]))["n_alerts"].sum() == 1


def test_quantiles_count_the_alerts_without_volume() -> None:
    alerts = _alerts(["low", "low", "low"]).with_columns(volume_usd=pl.Series([0.0, 2.0, 4.0]))

    row = volume_quantiles(alerts).row(0, named=True)

    assert (row["n_alerts"], row["without_volume"], row["median_usd"]) == (3, 1, 2.0)
    assert (row["p05_usd"], row["max_usd"]) == pytest.approx((0.2, 4.0))
    assert row["total_usd"] == 6.0


def test_every_alert_is_counted_in_some_severity() -> None:
    alerts = make_alerts()

    outcomes = outcomes_by(alerts, make_targets(alerts), column="severity")

    assert outcomes["n_alerts"].sum() == alerts.height
    assert outcomes["value"].to_list() == ["critical", "high", "medium", "low"]
