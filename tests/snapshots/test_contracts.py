"""Derived tables keep their contracts; every breach is named with column, rule, count and keys."""

from __future__ import annotations

import logging
import pickle
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from alertmill.errors import Breach, ContractError
from alertmill.snapshots.contracts import check_extract, check_snapshot, check_table
from alertmill.snapshots.contracts.tables import EXTRACTED, TABLES
from alertmill.snapshots.contracts.types import conform
from alertmill.storage import Client, fetch
from tests.snapshots.hand_made import DAY

SNAPSHOT_TABLES = ("raw_features", "raw_money_flows", "raw_alerts", "raw_clusters")
Frames = dict[str, pl.DataFrame]


def breaches_of(name: str, frame: pl.DataFrame) -> dict[str, Breach]:
    """Return what a table breaks, by column."""
    with pytest.raises(ContractError) as caught:
        check_table(name, frame)
    return {breach.column: breach for breach in caught.value.breaches}


def with_first(frame: pl.DataFrame, column: str, value: object) -> pl.DataFrame:
    """Put a value into the first row of a column."""
    put = pl.Series([value], dtype=frame.schema[column])
    return frame.with_columns(pl.concat([put, frame[column][1:]]).alias(column))


# --- what holds -------------------------------------------------------------------------------


def test_derived_snapshots_keep_every_contract(derived_frames: Frames) -> None:
    check_snapshot({name: derived_frames[name] for name in SNAPSHOT_TABLES}, source="derived")
    for name in ("transfers", "raw_address_labels"):
        assert derived_frames[name].height > 10
        check_table(name, derived_frames[name])


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_contract_declares_the_columns_of_its_table(client: Client, name: str) -> None:
    sql = """
        SELECT name FROM system.columns
        WHERE database = currentDatabase() AND table = {table:String} AND name != 'created_at'
        ORDER BY position
    """
    stored = fetch(client, sql, {"table": name})["name"].to_list()

    assert sorted(stored) == sorted(TABLES[name].names)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_an_empty_table_breaks_nothing(derived_frames: Frames, name: str) -> None:
    check_table(name, derived_frames[name].clear())


def test_the_order_of_the_columns_means_nothing(derived_frames: Frames) -> None:
    features = derived_frames["raw_features"]

    check_table("raw_features", features.select(reversed(features.columns)))


# --- values that no column should hold --------------------------------------------------------


def test_every_column_of_floats_refuses_what_is_not_finite(derived_frames: Frames) -> None:
    features = derived_frames["raw_features"]
    floats = [name for name, dtype in features.schema.items() if dtype.is_float()]
    odd = [float("inf"), float("-inf"), float("nan")]
    replaced = features.with_columns(
        pl.concat([pl.Series(odd, dtype=features.schema[name]), features[name][3:]]).alias(name)
        for name in floats
    )

    with pytest.raises(ContractError) as caught:
        check_table("raw_features", replaced)

    not_finite = [b for b in caught.value.breaches if b.rule == "a finite number"]
    assert len(floats) > 50
    assert sorted(floats) == sorted(b.column for b in not_finite)
    assert {3} == {b.count for b in not_finite}
    assert ["inf", "-inf", "nan"] == [key.split()[-1] for key in not_finite[0].examples]


def test_every_column_of_money_but_the_net_flow_refuses_a_negative_amount(
    derived_frames: Frames,
) -> None:
    for name, frame in derived_frames.items():
        amounts = [c for c, dtype in frame.schema.items() if dtype.is_decimal()]
        if not amounts:
            continue
        negative = frame
        for column in amounts:
            negative = with_first(negative, column, Decimal(-1))

        found = breaches_of(name, negative)

        assert set(amounts) - {"net_flow_usd"} == set(found)
        assert {("not negative", 1)} == {(b.rule, b.count) for b in found.values()}


def test_a_column_of_nulls_breaks_where_a_value_is_needed_and_nowhere_else(
    derived_frames: Frames,
) -> None:
    for name, frame in derived_frames.items():
        declared = TABLES[name].columns
        nulls = frame.with_columns(pl.lit(None, c.dtype).alias(c.name) for c in declared)

        with pytest.raises(ContractError) as caught:
            check_table(name, nulls)

        needed = {b.column: b.count for b in caught.value.breaches if b.rule == "a value"}
        assert {c.name: frame.height for c in declared if not c.is_nullable} == needed


def test_a_constant_column_and_a_negative_zero_are_data(derived_frames: Frames) -> None:
    features = derived_frames["raw_features"]
    floats = [name for name, dtype in features.schema.items() if dtype.is_float()]

    check_table(
        "raw_features",
        features.with_columns(
            pl.lit(-0.0).cast(features.schema[name]).alias(name) for name in floats
        ),
    )


@pytest.mark.parametrize(
    ("table", "column", "value", "rule"),
    [
        ("raw_features", "peak_hour", 24, "at most 23"),
        ("raw_features", "hourly_entropy", 4.6, "at most 4.585"),
        ("raw_features", "flow_asymmetry", -1.5, "at least -1"),
        ("raw_features", "hourly_activity", [1] * 23, "24 counts"),
        ("raw_features", "hourly_activity", [None] * 24, "24 counts"),
        ("raw_features", "address", "", "text that is not empty"),
        ("raw_features", "first_activity_timestamp", 1_704_000_000, "milliseconds since 1970, UTC"),
        ("raw_features", "last_activity_timestamp", 1_300_000_000_000, "not before first_activity"),
        ("raw_alerts", "alert_confidence_score", 1.01, "at most 1"),
        ("raw_alerts", "typology_type", "peel_chain", "one of CYCLE_DETECTION, "),
        ("raw_alerts", "pattern_type", "square", "one of cycle, "),
        ("raw_alerts", "risk_indicators", ["x", None], "a list without nulls"),
        ("raw_clusters", "cluster_type", "same", "one of same_entity, "),
        ("raw_clusters", "total_alerts", 99, "as many as related_alert_ids names, each once"),
        ("raw_money_flows", "tx_count", 0, "at least 1"),
        ("raw_money_flows", "reciprocity_ratio", 1.5, "at most 1"),
        ("transfers", "asset_contract", "", "text that is not empty"),
        ("raw_address_labels", "risk_level", "severe", "one of low, medium, high, critical, or em"),
        ("raw_address_labels", "known_at", 0, "or 0 if only assumed"),
        ("raw_address_labels", "trust_level", "", "one of official, verified, "),
    ],
)
def test_a_value_out_of_its_range_is_named(
    derived_frames: Frames, table: str, column: str, value: object, rule: str
) -> None:
    found = breaches_of(table, with_first(derived_frames[table], column, value))

    assert {column} == set(found)
    assert rule in found[column].rule
    assert 1 == found[column].count == len(found[column].examples)


# --- drift ------------------------------------------------------------------------------------


STOPPED = {
    "a missing column": (lambda f: f.drop("severity"), "severity", "to be there"),
    "a renamed column": (lambda f: f.rename({"volume_usd": "usd"}), "volume_usd", "to be there"),
    "another case": (lambda f: f.rename({"severity": "Severity"}), "severity", "to be there"),
    "a number as text": (
        lambda f: f.with_columns(pl.col("volume_usd").cast(pl.String)),
        "volume_usd",
        "found String",
    ),
    "a text as number": (lambda f: f.with_columns(severity=pl.lit(3)), "severity", "found Int32"),
    "a list as text": (
        lambda f: f.with_columns(risk_indicators=pl.lit("[]")),
        "risk_indicators",
        "found String",
    ),
    "a date as text": (
        lambda f: f.with_columns(pl.col("processing_date").cast(pl.String)),
        "processing_date",
        "found String",
    ),
    "a new severity": (lambda f: f.with_columns(severity=pl.lit("severe")), "severity", "one of"),
    "a severity in capitals": (
        lambda f: f.with_columns(pl.col("severity").str.to_uppercase()),
        "severity",
        "one of low, medium, high, critical",
    ),
    "percent for shares": (
        lambda f: f.with_columns(pl.col("alert_confidence_score") * 100),
        "alert_confidence_score",
        "at most 1",
    ),
}


@pytest.mark.parametrize("variant", sorted(STOPPED))
def test_drift_stops_the_extract_and_is_named(derived_frames: Frames, variant: str) -> None:
    change, column, words = STOPPED[variant]

    with pytest.raises(ContractError) as caught:
        check_extract(
            {
                "raw_alerts": change(derived_frames["raw_alerts"]),
                "raw_features": derived_frames["raw_features"],
            }
        )

    named = {b.column: b.rule for b in caught.value.breaches if b.table == "raw_alerts"}
    assert words in named[column]
    assert f"raw_alerts.{column}: expected" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("raw_clusters", "severity_max", "severe"),
        ("raw_clusters", "primary_alert_id", "nowhere"),
        ("raw_address_labels", "risk_level", "High"),
        ("raw_address_labels", "trust_level", "some"),
    ],
)
def test_clusters_and_labels_of_the_extract_are_held_to_their_contracts(
    derived_frames: Frames, name: str, column: str, value: str
) -> None:
    frames = {table: derived_frames[table] for table in EXTRACTED}
    frames[name] = frames[name].with_columns(pl.lit(value).alias(column))

    with pytest.raises(ContractError) as caught:
        check_extract(frames)

    (breach,) = caught.value.breaches
    assert (name, column) == (breach.table, breach.column)


def test_deliveries_may_contradict_each_other(derived_frames: Frames) -> None:
    labels = derived_frames["raw_address_labels"]
    other = labels.with_columns(risk_level=pl.lit("medium"), confidence_score=pl.lit(0.25))

    check_extract({"raw_address_labels": pl.concat([labels, other], how="vertical_relaxed")})


def test_an_extra_column_of_the_extract_is_logged_and_kept(
    derived_frames: Frames, caplog: pytest.LogCaptureFixture
) -> None:
    features = derived_frames["raw_features"].drop("window_days").with_columns(novel=pl.lit(1))
    alerts = derived_frames["raw_alerts"].select(sorted(derived_frames["raw_alerts"].columns))

    with caplog.at_level(logging.WARNING):
        check_extract({"raw_alerts": alerts, "raw_features": features})

    assert "raw_features holds columns without a contract: ['novel']" in caplog.text


def test_an_extract_may_have_other_widths_of_numbers(derived_frames: Frames) -> None:
    wide = {
        name: frame.drop("window_days", strict=False).cast(
            {pl.Float32: pl.Float64, pl.UInt32: pl.Int64, pl.Decimal(38, 18): pl.Float64}
        )
        for name, frame in derived_frames.items()
        if name in EXTRACTED
    }

    check_extract(wide)


# --- keys and references ----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_key_that_stands_twice_is_named_once(derived_frames: Frames, name: str) -> None:
    frame = derived_frames[name]

    found = breaches_of(name, pl.concat([frame, frame.head(7), frame.head(2)]))

    (breach,) = found.values()
    assert ("each key once", 7 + 7 + 2) == (breach.rule, breach.count)
    assert 5 == len(set(breach.examples))


def test_names_that_lead_nowhere_are_found_in_every_table(derived_frames: Frames) -> None:
    frames = {name: derived_frames[name] for name in SNAPSHOT_TABLES}
    address = frames["raw_money_flows"]["from_address"][0]
    frames["raw_features"] = frames["raw_features"].filter(pl.col("address") != address)
    frames["raw_alerts"] = frames["raw_alerts"][1:]

    with pytest.raises(ContractError) as caught:
        check_snapshot(frames, source="somewhere")

    lost = {(b.table, b.column) for b in caught.value.breaches}
    assert ("raw_money_flows", "from_address") in lost
    assert ("raw_money_flows", "to_address") in lost
    assert ("raw_alerts", "address") in lost
    assert ("raw_clusters", "addresses_involved") in lost
    assert ("raw_clusters", "related_alert_ids") in lost
    assert address in str(caught.value)


def test_rows_whose_names_lead_nowhere_are_counted_and_named_by_their_keys(
    derived_frames: Frames,
) -> None:
    alerts = derived_frames["raw_alerts"]
    lost = alerts.with_columns(address=pl.lit("nowhere"))

    with pytest.raises(ContractError) as caught:
        check_snapshot(
            {"raw_alerts": lost, "raw_features": derived_frames["raw_features"]}, source="somewhere"
        )

    (breach,) = caught.value.breaches
    assert (alerts.height, 5) == (breach.count, len(breach.examples))
    assert f"'{alerts['alert_id'][0]}') has 'nowhere'" in breach.examples[0]


def test_an_address_of_another_day_does_not_count(derived_frames: Frames) -> None:
    alerts, features = derived_frames["raw_alerts"], derived_frames["raw_features"]
    later = pl.col("processing_date") + timedelta(days=30)

    with pytest.raises(ContractError) as caught:
        check_snapshot(
            {"raw_alerts": alerts, "raw_features": features.with_columns(later)}, source="x"
        )

    (breach,) = caught.value.breaches
    assert "the same name in raw_features.address of its snapshot" == breach.rule
    assert alerts.height == breach.count


# --- the message ------------------------------------------------------------------------------


def test_text_of_the_data_is_escaped_and_capped_in_the_message(derived_frames: Frames) -> None:
    hostile = "\x1b[2J\u202e\x00" + "x" * 1_000_000
    alerts = derived_frames["raw_alerts"].with_columns(severity=pl.lit(hostile))

    with pytest.raises(ContractError) as caught:
        check_table("raw_alerts", alerts, source="\x1b[31mfolder")

    said = str(caught.value)
    assert said.isascii()
    assert not [c for c in said if not c.isprintable() and c != "\n"]
    assert r"'\x1b[2J\u202e\x00xxx" in said
    assert len(said) < 2_000


def test_all_breaches_of_all_tables_are_in_one_message(derived_frames: Frames) -> None:
    frames = {
        "raw_alerts": derived_frames["raw_alerts"].with_columns(severity=pl.lit("x")),
        "raw_features": with_first(derived_frames["raw_features"], "kcore", None),
    }

    with pytest.raises(ContractError) as caught:
        check_snapshot(frames, source="here")

    said = str(caught.value)
    assert "here: raw_alerts, raw_features broke the contract in 2 places" in said
    assert "raw_features.kcore: expected a value in 1 row: (7, 2024-01-08, " in said
    assert caught.value.breaches == pickle.loads(pickle.dumps(caught.value)).breaches  # noqa: S301 - our own


# --- types ------------------------------------------------------------------------------------


def test_other_widths_of_the_same_kind_are_brought_into_the_types_of_the_database(
    derived_frames: Frames,
) -> None:
    features = derived_frames["raw_features"]
    delivered = features.cast(
        {pl.Float32: pl.Float64, pl.UInt32: pl.Int64, pl.UInt8: pl.Int32}
    ).with_columns(pl.col("hourly_activity").cast(pl.List(pl.Int16)), extra=pl.lit(1))

    conformed, breaches = conform(TABLES["raw_features"], delivered)

    assert [] == breaches
    assert conformed.equals(features.select(conformed.columns))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("total_in_usd", pl.Series([1e38])),
        ("total_in_usd", pl.Series([float("nan")])),
        ("total_in_usd", pl.Series([Decimal(10) ** 37], dtype=pl.Decimal(38, 0))),
        ("kcore", pl.Series([-1])),
        ("peak_hour", pl.Series([256])),
        ("hourly_activity", pl.Series([[-1] * 24])),
    ],
)
def test_what_the_database_cannot_hold_is_named(
    derived_frames: Frames, column: str, values: pl.Series
) -> None:
    row = derived_frames["raw_features"].head(1).with_columns(values.alias(column))

    _, (breach,) = conform(TABLES["raw_features"], row)

    assert (column, 1) == (breach.column, breach.count)
    assert "can hold" in breach.rule
    assert f"({DAY.isoformat()}" in breach.examples[0].replace("(7, ", "(")
