"""Alerts fire on the structures they name, carry computable numbers, and hang together."""

from __future__ import annotations

from math import log10

import polars as pl
import pytest

from alertmill.snapshots.derivation.addresses import describe_addresses
from alertmill.snapshots.derivation.rules import RISK_INDICATORS, RULES, STRUCTURES
from alertmill.snapshots.derivation.snapshot import make_temporary_tables
from alertmill.snapshots.derivation.window import Window
from alertmill.storage import Client
from alertmill.vocabulary import Network, Typology
from tests.snapshots.hand_made import (
    DAY,
    Transfer,
    alerts_of,
    derive,
    random_labels,
    random_transfers,
    rows,
    store,
)


def test_every_rule_reads_columns_that_addresses_have(client: Client) -> None:
    window = Window(Network.ETHEREUM, DAY, 7)
    store(client, random_transfers(100))
    make_temporary_tables(client, window)

    wide, _ = describe_addresses(client, window)

    named = {rule.volume for rule in RULES}
    named |= {term.column for rule in RULES for term in rule.terms}
    named |= {term.column for _, term in RISK_INDICATORS}
    assert set() == named - set(wide.columns)


def test_every_typology_can_be_raised() -> None:
    raised = {rule.typology for rule in RULES} | set(STRUCTURES)

    assert set(Typology) == raised


def test_confidence_and_severity_of_structuring(client: Client) -> None:
    payments = [Transfer(f"2024-01-0{day}", "a", f"b{day}", 950.0) for day in range(1, 6)]
    store(client, payments)

    derive(client)

    structuring = pl.col("typology_type") == "STRUCTURING"
    alert = rows(client, "raw_alerts").row(
        by_predicate=structuring & (pl.col("address") == "a"), named=True
    )
    # 5 of 4 payments needed, and all of the share of 0.4 needed and more than as much again
    confidence = 0.5 + 0.5 * (0.25 + 1) / 2
    score = 0.5 * 0.8 + 0.3 * log10(5 * 950 / 1_000) / 3 + 0.2 * confidence
    assert pytest.approx(confidence) == alert["alert_confidence_score"]
    assert pytest.approx(5 * 950) == alert["volume_usd"]
    assert 0.5 <= score < 0.65
    assert "medium" == alert["severity"]


def test_counts_and_sums_needed_grow_with_the_root_of_the_window(client: Client) -> None:
    payments = [Transfer(f"2024-01-0{day}", "a", f"b{day}", 950.0) for day in range(1, 6)]
    store(client, payments)

    derive(client, window_days=28)

    assert [] == alerts_of(client, "STRUCTURING")


def test_the_centre_of_a_star_is_alerted_and_not_its_neighbours(client: Client) -> None:
    store(client, [Transfer(f"2024-01-02 0{i}:00", f"s{i}", "hub", 400.0) for i in range(9)])

    derive(client)

    assert ["hub"] == alerts_of(client, "MOTIF_FANIN")


def test_a_path_alerts_its_members_and_what_runs_backwards_in_time_does_not(
    client: Client,
) -> None:
    onward = [("a", "b", 5_000.0), ("b", "c", 4_900.0), ("c", "d", 4_800.0)]
    late_first = [("x", "y", 5_000.0), ("y", "z", 4_900.0), ("z", "w", 4_800.0)]
    store(
        client,
        [
            *(Transfer(f"2024-01-0{i + 2}", *hop) for i, hop in enumerate(onward)),
            *(Transfer(f"2024-01-0{6 - i}", *hop) for i, hop in enumerate(late_first)),
        ],
    )

    derive(client)

    assert ["a", "b", "c", "d"] == alerts_of(client, "LAYERING_PATH")


def test_a_cycle_in_time_order_alerts_each_member_once(client: Client) -> None:
    hops = [("a", "b", 5_000.0), ("b", "c", 4_900.0), ("c", "a", 4_800.0)]
    store(client, [Transfer(f"2024-01-0{i + 2}", *hop) for i, hop in enumerate(hops)])

    derive(client)

    assert ["a", "b", "c"] == alerts_of(client, "CYCLE_DETECTION")


def test_a_source_whose_money_meets_again_alerts_all_on_the_way(client: Client) -> None:
    middles = ["m1", "m2", "m3", "m4"]
    store(
        client,
        [
            *(Transfer("2024-01-02 10:00", "source", middle, 1_000.0) for middle in middles),
            *(Transfer("2024-01-03 10:00", middle, "sink", 970.0) for middle in middles),
        ],
    )

    derive(client)

    assert [*middles, "sink", "source"] == alerts_of(client, "SCATTER_GATHER")


def test_three_middles_are_too_few(client: Client) -> None:
    middles = ["m1", "m2", "m3"]
    store(
        client,
        [
            *(Transfer("2024-01-02 10:00", "source", middle, 1_000.0) for middle in middles),
            *(Transfer("2024-01-03 10:00", middle, "sink", 970.0) for middle in middles),
        ],
    )

    derive(client)

    assert [] == alerts_of(client, "SCATTER_GATHER")


def test_every_alert_has_its_own_id_and_a_feature_row(client: Client) -> None:
    store(client, random_transfers(), random_labels())

    derive(client)

    alerts, features = rows(client, "raw_alerts"), rows(client, "raw_features")
    assert alerts.height == alerts["alert_id"].n_unique()
    assert 0 == alerts.join(features, on="address", how="anti").height
    assert alerts["alert_confidence_score"].is_between(0.5, 1.0).all()


def test_clusters_hold_alerts_of_their_day_and_count_each_address_once(client: Client) -> None:
    store(client, random_transfers(), random_labels())

    derive(client)

    alerts, clusters = rows(client, "raw_alerts"), rows(client, "raw_clusters")
    members = clusters.explode("related_alert_ids").join(
        alerts, left_on="related_alert_ids", right_on="alert_id", how="left"
    )
    largest = members.group_by("cluster_id", "address").agg(usd=pl.col("volume_usd").max())
    totals = largest.group_by("cluster_id").agg(expected=pl.col("usd").sum())
    compared = clusters.join(totals, on="cluster_id")
    assert 0 == members["address"].null_count()
    assert compared["expected"].to_list() == pytest.approx(compared["total_volume_usd"].to_list())
    assert clusters["total_alerts"].to_list() == clusters["related_alert_ids"].list.len().to_list()
    assert clusters.height == clusters["cluster_id"].n_unique()


def test_alerts_of_one_address_form_a_cluster_led_by_the_most_severe(client: Client) -> None:
    store(client, random_transfers(), random_labels())

    derive(client)

    order = {"low": 0, "medium": 1, "high": 2, "critical": 3}
    alerts = rows(client, "raw_alerts").with_columns(
        rank=pl.col("severity").replace_strict(order, return_dtype=pl.Int64)
    )
    several = alerts.filter(pl.len().over("address") > 1)
    entities = rows(client, "raw_clusters").filter(pl.col("cluster_type") == "same_entity")
    led = entities.join(alerts, left_on="primary_alert_id", right_on="alert_id")
    assert several["address"].n_unique() == entities.height
    assert led["severity"].to_list() == led["severity_max"].to_list()
    assert led["address"].to_list() == led["primary_address"].to_list()
    assert dict(several.group_by("address").agg(pl.col("rank").max()).rows()) == dict(
        led.select("address", "rank").rows()
    )
