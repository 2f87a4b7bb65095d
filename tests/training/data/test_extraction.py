"""An extraction holds what the range asks for, joined and summed as computed here by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from alertmill.errors import (
    ConfigurationError,
    ContractError,
    DateRangeError,
    NoAlertsError,
    OtherNetworkError,
    SnapshotsChangingError,
)
from alertmill.snapshots.loading import LABEL_TYPES, load_labels
from alertmill.storage import Client, fetch
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.vocabulary import Network
from tests.training.training_data import make_label

DAY = date(2024, 1, 8)
WEEK = 7
_MONEY = {"volume_usd": pl.Decimal(38, 18), "total_volume_usd": pl.Decimal(38, 18)}


def put(client: Client, table: str, rows: list[dict[str, object]]) -> None:
    """Insert rows of a snapshot table; the columns left out have their defaults."""
    defaults = {"window_days": WEEK, "processing_date": DAY}
    frame = pl.DataFrame([defaults | row for row in rows], schema_overrides=_MONEY)
    with open_batch(client, Delivery(Network.ETHEREUM, f"{table} {rows}"), [table]) as batch:
        batch.insert(table, frame)
        batch.commit()


def put_alerts(client: Client, *rows: dict[str, object]) -> None:
    defaults = {
        "address": "a",
        "volume_usd": 100,
        "alert_confidence_score": 0.5,
        "typology_type": "PEEL_CHAIN",
        "severity": "low",
        "suspected_address_type": "wallet",
    }
    put(client, "raw_alerts", [defaults | row for row in rows])


def put_features(client: Client, *rows: dict[str, object]) -> None:
    times = {f"{end}_activity_timestamp": 1_704_067_200_000 for end in ("first", "last")}
    defaults = {"hourly_activity": [0] * 24, "daily_activity": [0] * 7, **times}
    put(client, "raw_features", [defaults | row for row in rows])


def put_missing_features(client: Client) -> None:
    """Insert a row of features for every address of an alert or a flow, as contracts demand."""
    sql = """
        SELECT DISTINCT window_days, toDate32(processing_date) AS processing_date, address
        FROM (
            SELECT window_days, processing_date, address FROM raw_alerts
            UNION ALL
            SELECT window_days, processing_date, arrayJoin([from_address, to_address])
            FROM raw_money_flows
        )
        WHERE (window_days, processing_date, address) NOT IN (
            SELECT window_days, processing_date, address FROM raw_features)
    """
    missing = fetch(client, sql).to_dicts()
    if missing:
        put_features(client, *missing)


def put_flows(client: Client, *rows: dict[str, object]) -> None:
    put(client, "raw_money_flows", [{"tx_count": 1} | row for row in rows])


def put_clusters(client: Client, *rows: dict[str, object]) -> None:
    defaults = {"cluster_id": "c", "primary_alert_id": "1", "severity_max": "low"}
    put(client, "raw_clusters", [defaults | row for row in rows])


def milliseconds(at: datetime) -> int:
    return int(at.replace(tzinfo=UTC).timestamp() * 1000)


def extract(
    client: Client,
    first: date | str = DAY,
    last: date | str = DAY,
    *,
    window_days: int = WEEK,
) -> TrainingData:
    put_missing_features(client)
    extractor = FeatureExtractor(client)
    return extractor.extract_training_data(first, last, window_days, network="ethereum")


# --- while snapshots are replaced -------------------------------------------------------------


def replacing(client: Client, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    """Replace the snapshot whenever flows are about to be read, the first so many times."""
    read = FeatureExtractor._extract  # noqa: SLF001 - the moment between two queries
    left = list(range(times))

    def overtaken(self: FeatureExtractor, name: str, bound: dict[str, Any]) -> object:
        if name == "flows" and left:
            put_alerts(client, {"alert_id": f"later {left.pop()}"})
        return read(self, name, bound)

    monkeypatch.setattr(FeatureExtractor, "_extract", overtaken)


def test_frames_are_read_again_when_a_snapshot_was_replaced_in_between(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alerts(client, {"alert_id": "1"})
    put_features(client, {"address": "a"})
    replacing(client, monkeypatch, times=2)

    data = extract(client)

    assert ["1", "later 0", "later 1"] == sorted(data.alerts["alert_id"])


def test_snapshots_that_keep_changing_are_not_read(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_alerts(client, {"alert_id": "1"})
    put_features(client, {"address": "a"})
    replacing(client, monkeypatch, times=9)

    with pytest.raises(SnapshotsChangingError, match="each of 3 attempts"):
        extract(client)


# --- ranges -----------------------------------------------------------------------------------


def test_an_empty_range_names_the_dates_that_exist(client: Client) -> None:
    days = [DAY + timedelta(days=n) for n in range(3)]
    put_alerts(client, *({"alert_id": f"a{day}", "processing_date": day} for day in days))

    with pytest.raises(NoAlertsError, match="the table holds 2024-01-08 to 2024-01-10"):
        extract(client, "2024-02-01", "2024-02-05")


def test_a_window_without_alerts_names_the_other_windows(client: Client) -> None:
    put_alerts(
        client,
        {"alert_id": "1", "window_days": 90},
        {"alert_id": "2", "window_days": 30},
    )

    with pytest.raises(NoAlertsError, match=r"only windows of \[30, 90\] days"):
        extract(client)


def test_an_empty_table_says_how_to_fill_it(client: Client) -> None:
    with pytest.raises(NoAlertsError, match="the table is empty: run `alertmill demo`"):
        extract(client)


def test_a_range_that_ends_before_it_starts_is_refused(client: Client) -> None:
    with pytest.raises(DateRangeError, match="start_date is 2024-01-09, end_date is 2024-01-08"):
        extract(client, date(2024, 1, 9), "2024-01-08")


def test_a_range_beyond_the_dates_that_a_snapshot_can_have_is_refused(client: Client) -> None:
    with pytest.raises(DateRangeError, match="2024-01-08 to 2200-01-01 goes beyond the dates"):
        extract(client, DAY, date(2200, 1, 1))


def test_another_network_than_the_database_holds_is_refused(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"})
    put_features(client, {"address": "a"})

    with pytest.raises(OtherNetworkError, match=r"is 'torus', but .* holds rows of ethereum"):
        FeatureExtractor(client).extract_training_data(DAY, DAY, WEEK, network="torus")


def test_a_database_of_another_name_needs_the_network(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"})

    with pytest.raises(ConfigurationError, match=r"'test_.*give network, one of bitcoin"):
        FeatureExtractor(client).extract_training_data(DAY, DAY, WEEK)


def test_only_alerts_of_the_window_and_the_days_come(client: Client) -> None:
    put_alerts(
        client,
        {"alert_id": "before", "processing_date": date(2024, 1, 7)},
        {"alert_id": "first"},
        {"alert_id": "last", "processing_date": date(2024, 1, 9), "risk_indicators": ["x", "y"]},
        {"alert_id": "after", "processing_date": date(2024, 1, 10)},
        {"alert_id": "wide", "window_days": 30},
    )

    alerts = extract(client, DAY, date(2024, 1, 9)).alerts

    assert ["first", "last"] == alerts["alert_id"].to_list()
    assert [DAY, date(2024, 1, 9)] == alerts["processing_date"].to_list()
    assert [100.0, 100.0] == alerts["volume_usd"].to_list()
    assert [[], ["x", "y"]] == alerts["risk_indicators"].to_list()


def test_days_may_be_given_as_text(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"})

    by_text, by_date = extract(client, "2024-01-08", "2024-01-08"), extract(client)

    assert_frame_equal(by_text.alerts, by_date.alerts)
    assert by_text.queries == by_date.queries


# --- what surrounds an alert ------------------------------------------------------------------


def test_features_come_of_addresses_alerted_that_day(client: Client) -> None:
    tomorrow = DAY + timedelta(days=1)
    put_alerts(client, {"alert_id": "1"}, {"alert_id": "2", "address": "b"})
    put_alerts(client, {"alert_id": "3", "processing_date": tomorrow})
    put_features(
        client,
        {"address": "a", "degree_in": 1, "hourly_activity": [1] * 24},
        {"address": "b", "degree_in": 2, "hourly_activity": [2] * 24},
        {"address": "c", "degree_in": 3, "hourly_activity": [3] * 24},
        {"address": "a", "degree_in": 4, "hourly_activity": [4] * 24, "processing_date": tomorrow},
        {"address": "b", "degree_in": 5, "hourly_activity": [5] * 24, "processing_date": tomorrow},
        {"address": "a", "degree_in": 6, "hourly_activity": [6] * 24, "window_days": 30},
    )

    features = extract(client, DAY, tomorrow).address_features

    keys = features.select("processing_date", "address", "degree_in").rows()
    assert [(DAY, "a", 1), (DAY, "b", 2), (tomorrow, "a", 4)] == keys
    assert [4] * 24 == features["hourly_activity"].to_list()[2]
    assert not {"window_days", "created_at"} & set(features.columns)
    assert not [n for n, kind in features.schema.items() if kind in (pl.Decimal, pl.Categorical)]


def test_flows_are_summed_over_both_directions(client: Client) -> None:
    new, old = (milliseconds(datetime(2024, 1, day)) for day in (7, 6))  # noqa: DTZ001 - made UTC there
    put_alerts(client, {"alert_id": "1"}, {"alert_id": "2"})
    common = {"unique_assets": 1, "is_bidirectional": False, "reciprocity_ratio": 0.0}
    put_flows(
        client,
        common
        | {"from_address": "a", "to_address": "b", "tx_count": 3, "amount_usd_sum": 300}
        | {"active_days": 2, "first_seen_timestamp": old},
        common
        | {"from_address": "a", "to_address": "c", "tx_count": 1, "amount_usd_sum": 100}
        | {"active_days": 1, "first_seen_timestamp": new, "unique_assets": 2}
        | {"is_bidirectional": True, "reciprocity_ratio": 0.5},
        common
        | {"from_address": "c", "to_address": "a", "tx_count": 2, "amount_usd_sum": 50}
        | {"active_days": 2, "first_seen_timestamp": new - 1}
        | {"is_bidirectional": True, "reciprocity_ratio": 0.5},
        common
        | {"from_address": "b", "to_address": "c", "tx_count": 9, "amount_usd_sum": 900}
        | {"active_days": 7, "first_seen_timestamp": old},
    )

    flows = extract(client).flows

    assert {
        "processing_date": DAY,
        "address": "a",
        "flow_out_pairs": 2,
        "flow_in_pairs": 1,
        "flow_out_usd": 400.0,
        "flow_in_usd": 50.0,
        "flow_out_max_usd": 300.0,
        "flow_in_max_usd": 50.0,
        "flow_out_top_share": 0.75,
        "flow_in_top_share": 1.0,
        "flow_out_tx_mean": 2.0,
        "flow_in_tx_mean": 2.0,
        "flow_out_concentration": 0.75**2 + 0.25**2,
        "flow_in_concentration": 1.0,
        "flow_active_days_mean": pytest.approx(5 / 3),
        "flow_reciprocity_mean": pytest.approx(1 / 3),
        "flow_bidirectional_share": pytest.approx(2 / 3),
        "flow_unique_assets_max": 2,
        "flow_out_new_pairs": 1,
        "flow_in_new_pairs": 0,
    } == flows.row(0, named=True)
    assert 1 == flows.height


def test_a_direction_without_flows_has_zero_pairs_and_undefined_means(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"})
    put_flows(
        client,
        {"from_address": "b", "to_address": "a", "tx_count": 1, "amount_usd_sum": 0},
    )

    flow = extract(client).flows.row(0, named=True)

    assert (0, 1) == (flow["flow_out_pairs"], flow["flow_in_pairs"])
    assert (0.0, 0.0) == (flow["flow_out_usd"], flow["flow_in_usd"])
    undefined = ("max_usd", "top_share", "tx_mean", "concentration")
    assert [None] * 4 == [flow[f"flow_out_{name}"] for name in undefined]
    assert flow["flow_in_top_share"] is None


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (
            {"tx_count": 0},
            r"tx_count: expected at least 1 in 6 rows: \(2024-01-08, 'a', 'b0'\) has 0",
        ),
        ({"amount_usd_sum": -5}, "amount_usd_sum: expected not negative in 6 rows: .* has -5"),
        ({"amount_sum": -2}, "amount_sum: expected not negative in 6 rows: .* has -2"),
        (
            {"from_address": "nobody"},
            "from_address: expected the same name in raw_features.address of its snapshot in 6",
        ),
        (
            {"to_address": "nobody"},
            "to_address: expected the same name in raw_features.address of its snapshot in 6",
        ),
    ],
    ids=lambda case: next(iter(case)) if isinstance(case, dict) else "",
)
def test_flows_that_break_their_contract_are_counted_and_named(
    client: Client, broken: dict[str, object], told: str
) -> None:
    put_alerts(client, {"alert_id": "1"})
    others = [f"b{number}" for number in range(6)]
    put_features(client, *({"address": name} for name in ("a", *others)))
    put_features(client, {"address": "nobody", "processing_date": date(2024, 1, 9)})
    sound = {"amount_sum": 1, "amount_usd_sum": 1}
    put_flows(client, *(sound | {"from_address": "a", "to_address": name} for name in others))
    extractor = FeatureExtractor(client)
    extractor.extract_training_data(DAY, DAY, WEEK, network="ethereum")

    flows = [sound | {"from_address": "a", "to_address": name} | broken for name in others]
    put_flows(client, *flows)

    with pytest.raises(ContractError, match=told) as caught:
        extractor.extract_training_data(DAY, DAY, WEEK, network="ethereum")
    assert [(6, True)] == [(b.count, 1 <= len(b.examples) <= 5) for b in caught.value.breaches]


def test_clusters_leave_the_alert_itself_out(client: Client) -> None:
    put_alerts(
        client,
        {"alert_id": "1", "volume_usd": 100, "alert_confidence_score": 0.5},
        {"alert_id": "2", "volume_usd": 150, "alert_confidence_score": 0.25},
        {"alert_id": "3", "address": "b", "volume_usd": 400, "alert_confidence_score": 0.75},
        {"alert_id": "4", "address": "c"},
    )
    put_clusters(
        client,
        {
            "cluster_id": "entity",
            "cluster_type": "same_entity",
            "related_alert_ids": ["1", "2"],
            "addresses_involved": ["a"],
            "total_alerts": 2,
            "total_volume_usd": 150,
            "confidence_avg": 0.375,
        },
        {
            "cluster_id": "network",
            "cluster_type": "related_network",
            "related_alert_ids": ["1", "2", "3"],
            "addresses_involved": ["a", "b"],
            "total_alerts": 3,
            "total_volume_usd": 550,
            "confidence_avg": 0.5,
        },
    )

    clusters = extract(client).alert_clusters

    def others(of: str) -> pl.DataFrame:
        fields = ("n_clusters", "alerts", "volume_usd", "confidence", "addresses")
        return clusters.select(
            "alert_id", *(f"{of}_{'' if f == 'n_clusters' else 'other_'}{f}" for f in fields)
        )

    assert [
        ("1", 1, 1, 0.0, 0.25, 0),
        ("2", 1, 1, 0.0, 0.5, 0),
        ("3", 0, 0, 0.0, None, 0),
    ] == others("same_entity").rows()
    assert [
        ("1", 1, 2, 400.0, 0.5, 1),
        ("2", 1, 2, 400.0, 0.625, 1),
        ("3", 1, 2, 150.0, 0.375, 1),
    ] == others("related_network").rows()
    assert [0] * 3 == clusters["same_pattern_n_clusters"].to_list()


def test_a_cluster_of_another_day_or_window_does_not_count(client: Client) -> None:
    other_day = date(2024, 1, 9)
    put_alerts(client, {"alert_id": "1"}, {"alert_id": "1", "processing_date": other_day})
    cluster = {"cluster_type": "same_entity", "related_alert_ids": ["1"], "total_alerts": 1}
    put_clusters(client, cluster | {"processing_date": other_day}, cluster | {"window_days": 30})

    clusters = extract(client, DAY, other_day).alert_clusters

    assert [other_day] == clusters["processing_date"].to_list()


def test_a_cluster_of_one_alert_has_no_confidence_of_others(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"})
    put_clusters(
        client,
        {
            "cluster_type": "same_pattern",
            "related_alert_ids": ["1"],
            "addresses_involved": ["a"],
            "total_alerts": 1,
            "total_volume_usd": 100,
            "confidence_avg": 0.5,
        },
    )

    row = extract(client).alert_clusters.row(0, named=True)

    assert (1, 0) == (row["same_pattern_n_clusters"], row["same_pattern_other_alerts"])
    assert (0.0, 0) == (
        row["same_pattern_other_volume_usd"],
        row["same_pattern_other_addresses"],
    )
    assert row["same_pattern_other_confidence"] is None
    assert row["same_pattern_other_severity"] is None


@pytest.mark.parametrize(
    ("severities", "others"),
    [
        (["critical", "low", "medium"], [1.0, 3.0, 3.0]),
        (["critical", "critical", "low"], [3.0, 3.0, 3.0]),
        (["low", "low", "low"], [0.0, 0.0, 0.0]),
    ],
)
def test_the_urgency_of_a_cluster_is_that_of_the_other_alerts(
    client: Client, severities: list[str], others: list[float]
) -> None:
    ids = ["1", "2", "3"]
    put_alerts(
        client,
        *({"alert_id": i, "severity": s} for i, s in zip(ids, severities, strict=True)),
    )
    cluster = {"cluster_type": "same_entity", "related_alert_ids": ids, "total_alerts": 3}
    put_clusters(client, cluster)

    assert others == extract(client).alert_clusters["same_entity_other_severity"].to_list()


def test_snapshots_count_the_whole_population(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"}, {"alert_id": "2"})
    hours, days = [1] + [0] * 23, [2] + [0] * 6
    activity = {"hourly_activity": hours, "daily_activity": days}
    put_features(client, *({"address": name} | activity for name in "abc"))
    put_features(client, {"address": "a", "processing_date": date(2024, 1, 9)} | activity)
    put_flows(
        client,
        {"from_address": "a", "to_address": "b", "amount_usd_sum": 10},
        {"from_address": "b", "to_address": "c", "amount_usd_sum": 5},
    )

    snapshots = extract(client, DAY, date(2024, 1, 9)).snapshots

    hourly, weekday = [3] + [0] * 23, [6] + [0] * 6
    assert (DAY, 3, 2, 15.0, 2, 1, hourly, weekday) == snapshots.row(0)
    assert (date(2024, 1, 9), 1, 0, 0.0, 0, 0, hours, days) == snapshots.row(1)


def test_labels_come_with_their_whole_history_of_one_network(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"})
    first, second, third, last = (milliseconds(datetime(2020, 1, day)) for day in (1, 2, 3, 9))  # noqa: DTZ001 - UTC is set there
    versions = [
        make_label("b", known_at=last),
        make_label("a", known_at=second, revoked_at=third),
        make_label("a", known_at=first, risk_level="low"),
        make_label("a", network="torus"),
    ]
    load_labels(
        client,
        pl.DataFrame(versions, schema=LABEL_TYPES),
        Delivery(Network.ETHEREUM, "made by hand"),
    )

    labels = extract(client).address_labels

    found = labels.select("address", "known_at", "revoked_at", "risk_level").rows()
    assert [
        ("a", first, None, "low"),
        ("a", second, third, "high"),
        ("b", last, None, "high"),
    ] == found
    assert {"ethereum"} == set(labels["network"])


# --- what is recorded -------------------------------------------------------------------------


def test_every_query_is_recorded_with_its_bound_values_and_rows(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"}, {"alert_id": "2"})

    data = extract(client)

    queries = {query.name: query for query in data.queries}
    bound = {"w": 7, "start": "2024-01-08", "end": "2024-01-08"}
    assert {name: getattr(data, name).height for name in queries} == {
        name: query.n_rows for name, query in queries.items()
    }
    assert 2 == queries["alerts"].n_rows
    assert {"network": "ethereum"} == queries["address_labels"].parameters
    severities = {"severities": ["low", "medium", "high", "critical"]}
    assert bound | severities | {"h": 7} == queries["history"].parameters
    assert bound | severities == queries["alert_clusters"].parameters
    assert {} == queries["set_aside"].parameters
    assert bound | {"network": "ethereum", "h": 7} == queries["batches"].parameters
    own = ("address_labels", "history", "alert_clusters", "set_aside", "batches")
    others = [query.parameters for name, query in queries.items() if name not in own]
    assert [bound] * 6 == others
    assert "degree_in" in queries["address_features"].sql
    assert "2024" not in "".join(query.sql for query in data.queries)


def test_the_batches_that_the_rows_come_from_are_recorded(client: Client) -> None:
    """Of the snapshots those that count and are looked back on; of labels also earlier ones."""
    source = Delivery(Network.ETHEREUM, "labels.csv", source_sha256="ab" * 32)
    for address in ("a", "b"):
        load_labels(client, pl.DataFrame([make_label(address)], schema=LABEL_TYPES), source)
    for n_days in (30, 7, 0):
        day = DAY - timedelta(days=n_days)
        put_delivered_alert(client, day, source_sha256=f"{n_days:064}")

    batches = extract(client).batches

    labels = batches.filter(table="raw_address_labels")
    assert [("ab" * 32, False), ("ab" * 32, True)] == labels["source_sha256", "is_current"].rows()
    alerts = batches.filter(table="raw_alerts")
    assert [(DAY - timedelta(days=7), f"{7:064}"), (DAY, f"{0:064}")] == alerts[
        "processing_date", "source_sha256"
    ].rows()


def put_delivered_alert(client: Client, day: date, *, source_sha256: str) -> None:
    """Load one alert as a snapshot of its day."""
    row = {"window_days": WEEK, "processing_date": day, "alert_id": f"a{day}", "address": "a"}
    values = {
        "typology_type": "PEEL_CHAIN",
        "severity": "low",
        "suspected_address_type": "wallet",
        "alert_confidence_score": 0.5,
    }
    delivery = Delivery(Network.ETHEREUM, f"folder {day}", source_sha256, WEEK, day)
    with open_batch(client, delivery, ["raw_alerts"]) as batch:
        batch.insert("raw_alerts", pl.DataFrame([row | values]))
        batch.commit()


def test_the_content_hash_follows_the_rows(client: Client) -> None:
    put_alerts(client, {"alert_id": "1"})
    before, same = (extract(client).queries[0].content_hash for _ in range(2))

    put_alerts(client, {"alert_id": "2"})
    after = extract(client).queries[0].content_hash

    assert before == same != after


def test_extracted_data_read_back_as_they_were(client: Client, tmp_path: Path) -> None:
    put_alerts(client, {"alert_id": "1"}, {"alert_id": "2", "address": "b"})
    put_features(client, {"address": "a", "daily_activity": [1] * 7, "is_whale": True})
    put_flows(client, {"from_address": "a", "to_address": "b", "tx_count": 1})
    data = extract(client)

    data.save(tmp_path)
    loaded = TrainingData.load(tmp_path)

    assert data.queries == loaded.queries
    for query in data.queries:
        assert_frame_equal(getattr(data, query.name), getattr(loaded, query.name))
    assert_frame_equal(data.trained_models, loaded.trained_models)
