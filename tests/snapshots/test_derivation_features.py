"""Columns of raw_features and raw_money_flows equal numbers computed by hand."""

from __future__ import annotations

import itertools
from datetime import date
from math import log, log2, sqrt

import polars as pl
import pytest

from alertmill.errors import ContractError
from alertmill.snapshots.loading import load_transfers
from alertmill.storage import Client
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Network
from tests.snapshots.hand_made import (
    DAY,
    Label,
    Transfer,
    derive,
    features_of,
    frame_of,
    rows,
    store,
)

FOUR = [
    Transfer("2024-01-01 03:00", "a", "b", 100.0),
    Transfer("2024-01-02 12:00", "c", "a", 300.0),
    Transfer("2024-01-02 18:00", "a", "d", 200.0),
    Transfer("2024-01-06 10:00", "b", "a", 50.0),
]


def test_columns_of_an_address_with_four_legs(client: Client) -> None:
    expected = {
        "degree_in": 2,
        "degree_out": 2,
        "degree_total": 4,
        "unique_counterparties": 3,
        "total_in_usd": 350.0,
        "total_out_usd": 300.0,
        "net_flow_usd": 50.0,
        "total_volume_usd": 650.0,
        "avg_tx_in_usd": 175.0,
        "max_tx_usd": 300.0,
        "min_tx_usd": 50.0,
        "amount_variance": 36_875 / 3,
        "volume_std": sqrt((100**2 + 500**2 + 50**2) / 7 - (650 / 7) ** 2),
        "tx_total_count": 4,
        "activity_days": 3,
        "activity_span_days": 6,
        "avg_daily_volume_usd": 650 / 3,
        "peak_activity_hour": 12,
        "peak_activity_day": 1,
        "hourly_entropy": 2.0,
        "daily_entropy": 1.5,
        "weekend_transaction_ratio": 0.25,
        "night_transaction_ratio": 0.25,
        "burst_factor": 2 * 7 / 4,
        "velocity_score": 4 / 70,
        "small_transaction_ratio": 0.25,
        "concentration_ratio": 300 / 650,
        "counterparty_concentration": 2 * (150 + 2 * 200 + 3 * 300) / (3 * 650) - 4 / 3,
        "flow_concentration": 2 * (50 + 2 * 100 + 3 * 200 + 4 * 300) / (4 * 650) - 5 / 4,
        "flow_diversity": -sum(v / 650 * log(v / 650) for v in (150, 200, 300)) / log(3),
        "reciprocity_ratio": 2 * 50 / 650,
        "flow_reciprocity_entropy": -sum(p * log2(p) for p in (150 / 650, 500 / 650)),
        "counterparty_overlap_ratio": 1 / 3,
        "flow_asymmetry": 50 / 650,
        "pass_through_ratio": 200 / 350,
        "median_hold_hours": 6.0,
        "max_out_share": 2 / 3,
        "is_new_address": True,
        "is_retail_inactive": False,
        "is_regular_user": False,
    }
    store(client, FOUR)

    derive(client)

    found = features_of(client, "a")
    assert (None, None) == (found["regularity_score"], found["silent_days"])
    for name, value in expected.items():
        assert pytest.approx(value, rel=1e-6) == found[name], name


def test_a_window_begins_with_its_first_instant_and_ends_before_the_processing_date(
    client: Client,
) -> None:
    inside = [
        Transfer("2024-01-01 00:00:00", "a", "b", 10.0),
        Transfer("2024-01-07 23:59:59.999", "a", "b", 20.0),
    ]
    outside = [
        Transfer("2023-12-31 23:59:59.999", "a", "b", 1_000.0),
        Transfer("2024-01-08 00:00:00", "a", "b", 2_000.0),
    ]
    store(client, [*inside, *outside])

    derive(client)

    assert 30.0 == features_of(client, "a")["total_out_usd"]


def test_payments_to_oneself_and_of_nothing_are_nobodys_legs(client: Client) -> None:
    store(
        client,
        [*FOUR, Transfer("2024-01-03", "a", "a", 9.0), Transfer("2024-01-03", "e", "f", 0.0)],
    )

    derived = derive(client)

    assert 4 == derived.n_addresses
    assert 4 == features_of(client, "a")["tx_total_count"]


def test_amounts_whose_sum_no_column_holds_are_refused_with_their_contract(client: Client) -> None:
    twice = [Transfer("2024-01-02", "a", "b", 5e16, "SPAM")] * 2
    # Each fits into Decimal(38, 18), and what they add up to does not.
    transfers = frame_of([*FOUR, *twice]).with_columns(
        amount=pl.when(asset_symbol="SPAM").then(9e19).otherwise("amount")
    )
    load_transfers(client, transfers, Delivery(Network.ETHEREUM, "spam"))

    with pytest.raises(ContractError) as caught:
        derive(client)

    said = str(caught.value)
    assert "('spam') has 1e+17" in said
    assert "in 1 row: ('a', 'b', 'spam') has 1.8e+20" in said
    assert rows(client, "raw_features").is_empty()


def test_flows_are_ordered_pairs_with_both_directions_compared(client: Client) -> None:
    store(client, [*FOUR, Transfer("2024-01-06 11:00", "b", "a", 30.0, "DAI")])

    derive(client)

    flows = rows(client, "raw_money_flows")
    back = flows.row(by_predicate=pl.col("from_address") == "b", named=True)
    assert [("a", "b"), ("a", "d"), ("b", "a"), ("c", "a")] == flows.select(
        "from_address", "to_address"
    ).rows()
    assert (2, 80.0, 1, 2, "ETH") == tuple(
        back[name]
        for name in ("tx_count", "amount_usd_sum", "active_days", "unique_assets", "dominant_asset")
    )
    assert pytest.approx(0.8) == back["reciprocity_ratio"]
    assert (1, 1) == (back["hourly_pattern"][10], back["hourly_pattern"][11])
    assert [0, 0, 0, 0, 0, 2, 0] == back["weekly_pattern"]


def test_age_and_silence_look_back_over_all_history(client: Client) -> None:
    old = Transfer("2023-09-23", "a", "z", 10.0)
    store(client, [old, *FOUR])

    derive(client)

    found = features_of(client, "a")
    assert pytest.approx((DAY - date(2023, 9, 23)).days) == found["age_days"]
    assert pytest.approx((date(2024, 1, 1) - date(2023, 9, 23)).days) == found["silent_days"]
    assert (False, True) == (found["is_new_address"], found["is_dormant_reactivated"])


def test_near_thresholds_are_counted_below_each_limit_only(client: Client) -> None:
    amounts = [799.0, 800.0, 999.99, 1_000.0, 2_400.0, 3_000.0, 9_000.0, 600.0]
    store(
        client, [Transfer(f"2024-01-0{i % 7 + 1}", "a", "b", usd) for i, usd in enumerate(amounts)]
    )

    derive(client)

    found = features_of(client, "a")
    assert 4 == found["near_threshold_count"]
    assert pytest.approx(4 / 8) == found["structuring_score"]


def test_hops_count_the_addresses_within_reach_and_their_volume(client: Client) -> None:
    line = ["a", "b", "c", "d", "e"]
    volume = {"a": 10.0, "b": 30.0, "c": 50.0, "d": 70.0, "e": 40.0}
    pairs = itertools.pairwise(line)
    store(
        client,
        [Transfer("2024-01-01", *pair, 10.0 * number) for number, pair in enumerate(pairs, 1)],
    )

    derive(client)

    for address, hops in itertools.product(line, (1, 2, 3)):
        found = features_of(client, address)
        distance = {other: abs(line.index(other) - line.index(address)) for other in line}
        near = [other for other in line if 0 < distance[other] <= hops]
        assert len(near) == found[f"khop{hops}_count"]
        assert sum(volume[other] for other in near) == found[f"khop{hops}_volume_usd"]


def test_exposure_is_the_share_exchanged_with_others_known_to_be_risky(client: Client) -> None:
    store(client, FOUR, [Label("b", "scam", "high", date(2024, 1, 7))])

    derive(client)

    found = features_of(client, "a")
    assert pytest.approx(50 / 350) == found["exposure_in_1hop_share"]
    assert pytest.approx(100 / 300) == found["exposure_out_1hop_share"]
    assert 0.0 == features_of(client, "b")["exposure_in_1hop_share"]


def test_exposure_over_two_hops_leaves_out_what_went_back_to_the_address(client: Client) -> None:
    store(client, FOUR, [Label("b", "scam", "high", date(2024, 1, 7))])

    derive(client)

    # d knows a, whose volume without d is 450, of which 150 with b; all of d's volume is with a.
    assert pytest.approx(150 / 450) == features_of(client, "d")["exposure_2hop_share"]
    # b is itself the risky neighbour of a: without b, a has none.
    assert 0.0 == features_of(client, "b")["exposure_2hop_share"]


def test_exposure_over_two_hops_follows_the_direction_of_the_money(client: Client) -> None:
    store(
        client,
        [
            Transfer("2024-01-01", "risky", "b", 60.0),
            Transfer("2024-01-02", "other", "b", 40.0),
            Transfer("2024-01-03", "b", "a", 80.0),
            Transfer("2024-01-03", "other", "a", 20.0),
            Transfer("2024-01-04", "a", "b", 10.0),
            Transfer("2024-01-05", "a", "c", 30.0),
            Transfer("2024-01-06", "c", "risky", 15.0),
            Transfer("2024-01-06", "c", "other", 5.0),
        ],
        [Label("risky", "scam", "high", date(2023, 12, 1))],
    )

    derive(client)

    a, risky = features_of(client, "a"), features_of(client, "risky")
    # 80 of 100 came from b, of whose income without a 60 of 100 was risky.
    assert pytest.approx(0.8 * 0.6) == a["exposure_in_2hop_share"]
    # 30 of 40 went to c, of whose spending 15 of 20 was risky; b sent nothing to anyone but a.
    assert pytest.approx(0.75 * 0.75) == a["exposure_out_2hop_share"]
    # Its own label enters nowhere: c paid no other risky address.
    assert 0.0 == risky["exposure_in_2hop_share"] == risky["exposure_out_2hop_share"]


def test_one_transfer_alone_makes_a_snapshot(client: Client) -> None:
    store(client, FOUR[:1])

    derived = derive(client)

    assert (2, 1) == (derived.n_addresses, derived.n_flows)
