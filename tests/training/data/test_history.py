"""An alert's past holds the days before its own, whole or not at all, computed here by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import rankdata

from alertmill.storage import Client
from alertmill.training.data.columns import HISTORY_DAYS
from tests.training.data.test_extraction import (
    DAY,
    WEEK,
    extract,
    put_alerts,
    put_features,
)


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def put_snapshots(client: Client, *days: int, **of_address: object) -> None:
    """Insert a snapshot for each day, so many days before `DAY`."""
    rows = [{"address": "other", "processing_date": ago(day)} for day in days]
    put_features(client, *rows)
    if of_address:
        put_features(client, *({**row, "address": "a", **of_address} for row in rows))


def put_look_back(client: Client) -> None:
    put_snapshots(client, *range(1, HISTORY_DAYS + 1))


def past(client: Client, *, typology: str = "PEEL_CHAIN") -> dict[str, object]:
    """What is known of the days before the alert of ``a`` on `DAY`."""
    rows = extract(client).history.filter(address="a", typology_type=typology)
    return {name.removeprefix("past_"): value for name, value in rows.row(0, named=True).items()}


# --- alerts of the days before ----------------------------------------------------------------


def test_alerts_of_the_days_before_are_counted_and_those_of_the_day_itself_are_not(
    client: Client,
) -> None:
    put_look_back(client)
    put_alerts(
        client,
        {"alert_id": "today"},
        {"alert_id": "also today", "typology_type": "MOTIF_FANOUT", "volume_usd": 9_000},
        {"alert_id": "1", "processing_date": ago(1)},
        {"alert_id": "2", "processing_date": ago(3), "typology_type": "MOTIF_FANOUT"},
        {"alert_id": "3", "processing_date": ago(3), "typology_type": "CYCLE_DETECTION"},
        {"alert_id": "4", "processing_date": ago(HISTORY_DAYS)},
        {"alert_id": "too long ago", "processing_date": ago(HISTORY_DAYS + 1)},
        {"alert_id": "another's", "processing_date": ago(1), "address": "b"},
    )

    known = past(client)

    assert known["alerts"] == 4
    assert known["alert_days"] == 3
    assert known["typologies"] == 3
    assert known["same_typology_alerts"] == 2
    assert known["days_since_alert"] == 1
    assert known["days_since_first_alert"] == HISTORY_DAYS
    assert known["alert_volume_usd"] == 100
    assert past(client, typology="MOTIF_FANOUT")["same_typology_alerts"] == 1


def test_the_gravest_alert_of_the_days_before_is_kept(client: Client) -> None:
    put_look_back(client)
    put_alerts(
        client,
        {"alert_id": "today", "severity": "critical", "alert_confidence_score": 1.0},
        {"alert_id": "1", "processing_date": ago(1), "severity": "medium", "volume_usd": 300},
        {"alert_id": "2", "processing_date": ago(2), "alert_confidence_score": 0.75},
    )

    known = past(client)

    assert (known["severity_level"], known["confidence"], known["alert_volume_usd"]) == (
        1,
        0.75,
        300,
    )


def test_days_without_an_alert_count_none_and_know_no_last_one(client: Client) -> None:
    put_look_back(client)
    put_alerts(client, {"alert_id": "today"})

    known = past(client)

    counts = ("alerts", "alert_days", "typologies", "same_typology_alerts")
    assert [known[name] for name in counts] == [0, 0, 0, 0]
    unknown = ("days_since_alert", "days_since_first_alert", "severity_level", "alert_volume_usd")
    assert [known[name] for name in unknown] == [None] * 4


@pytest.mark.parametrize("absent", range(1, HISTORY_DAYS + 1))
def test_a_snapshot_that_is_missing_makes_the_past_missing_not_calmer(
    client: Client, absent: int
) -> None:
    put_snapshots(client, *(day for day in range(1, HISTORY_DAYS + 1) if day != absent))
    put_alerts(client, {"alert_id": "today"})
    if absent != 1:
        put_alerts(client, {"alert_id": "1", "processing_date": ago(1)})

    known = past(client)

    assert known["alerts"] is None
    assert known["alert_days"] is None
    assert known["severity_level"] is None
    assert (known["total_volume_usd"] is None) == (absent == WEEK)


def test_the_past_of_a_day_does_not_depend_on_the_range_it_is_extracted_in(
    client: Client,
) -> None:
    put_snapshots(client, *range(1, 2 * HISTORY_DAYS))
    days = (0, 1, 2, 4, 6)
    put_alerts(client, *({"alert_id": f"{n}", "processing_date": ago(n)} for n in days))

    alone = extract(client).history
    whole = extract(client, ago(6), DAY).history

    assert alone.equals(whole.filter(processing_date=DAY))
    assert alone["past_alerts"].to_list() == [4]


# --- the window before ------------------------------------------------------------------------


def test_behaviour_is_compared_with_the_last_window_that_shares_no_transfer(
    client: Client,
) -> None:
    put_snapshots(client, WEEK - 1, WEEK + 1, total_volume_usd=7)
    put_snapshots(
        client,
        WEEK,
        total_volume_usd=2_000,
        tx_total_count=20,
        unique_counterparties=4,
        pagerank=1.5,
    )
    put_alerts(client, {"alert_id": "today"})

    known = past(client)

    columns = ("total_volume_usd", "tx_total_count", "unique_counterparties", "pagerank")
    assert [known[column] for column in columns] == [2_000, 20, 4, 1.5]


def test_an_address_that_was_inactive_moved_nothing_in_the_window_before(client: Client) -> None:
    put_snapshots(client, WEEK)
    put_alerts(client, {"alert_id": "today"})

    known = past(client)

    columns = ("total_volume_usd", "tx_total_count", "unique_counterparties", "pagerank")
    assert [known[column] for column in columns] == [0, 0, 0, None]


# --- ranks ------------------------------------------------------------------------------------


def ranks(client: Client, column: str, *values: object, n_alerted: int) -> list[float | None]:
    """Rank addresses with these values, the first of which have an alert; give these their rank."""
    alerted = [{"alert_id": f"{n}", "address": f"{n}"} for n in range(n_alerted)]
    put_alerts(client, *alerted)
    put_features(
        client,
        *({"address": f"{n}", column: value} for n, value in enumerate(values)),
        {"address": "0", column: 1e9, "processing_date": ago(1)},
        {"address": "0", column: 1e9, "window_days": 30},
    )
    return extract(client).address_ranks.sort("address")[f"rank_of_{column}"].to_list()


def test_a_rank_is_the_share_of_the_snapshot_that_lies_below(client: Client) -> None:
    found = ranks(client, "max_tx_usd", 10.0, 30.0, 30.0, 20.0, 99.0, n_alerted=4)

    assert found == pytest.approx([0.1, 0.6, 0.6, 0.3])


def test_a_missing_value_has_no_rank_and_takes_none(client: Client) -> None:
    found = ranks(client, "pass_through_ratio", None, 0.5, 0.7, None, n_alerted=3)

    assert found == [None, 0.25, 0.75]


def test_ranks_are_those_of_scipy_in_every_snapshot(client: Client) -> None:
    rng = np.random.default_rng(3)
    days = (ago(1), DAY)
    values = rng.choice([0.0, 0.25, 0.5, 0.75, np.nan], (len(days), 200))
    keys = [{"processing_date": day, "address": f"{n:03}"} for day in days for n in range(200)]
    ratios = [None if np.isnan(value) else value for value in values.ravel()]
    rows = [key | {"pass_through_ratio": value} for key, value in zip(keys, ratios, strict=True)]
    put_features(client, *(rows[n] for n in rng.permutation(len(rows))))
    put_alerts(client, *({"alert_id": f"{n}"} | key for n, key in enumerate(keys)))

    found = extract(client, *days).address_ranks["rank_of_pass_through_ratio"]

    places = rankdata(values, axis=1, nan_policy="omit") - 0.5
    expected = places / np.isfinite(values).sum(axis=1, keepdims=True)
    assert found.fill_null(np.nan).to_list() == pytest.approx(expected.ravel(), nan_ok=True)


def test_values_that_are_not_finite_take_no_rank(client: Client) -> None:
    found = ranks(
        client, "burst_factor", 5.0, 7.0, float("inf"), float("nan"), float("-inf"), n_alerted=2
    )

    assert found == [0.25, 0.75]


def test_a_column_that_a_delivery_lacks_ranks_nobody(client: Client) -> None:
    assert ranks(client, "age_days", None, None, None, n_alerted=2) == [None, None]


def test_every_ranked_column_is_ranked_for_every_alerted_address(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"}, {"alert_id": "2", "address": "b"})
    put_features(client, {"address": "a"}, {"address": "b"}, {"address": "c"})

    found = extract(client).address_ranks

    assert found["address"].to_list() == ["a", "b"]
    assert found.schema["processing_date"] == pl.Date
