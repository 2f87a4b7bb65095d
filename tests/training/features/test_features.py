"""A feature says what was known of an alert on its day, and nothing else."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from alertmill.errors import DuplicateRowsError, MissingColumnsError
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureBuilder
from tests.training.training_data import (
    ADDRESSED,
    DATED,
    FIRST_DAY,
    make_alerts,
    make_data,
    make_label,
    make_labels,
    until,
)


def build(data: TrainingData) -> pl.DataFrame:
    return FeatureBuilder().build(data).features


def with_alerts(data: TrainingData, alerts: pl.DataFrame) -> TrainingData:
    return replace(data, alerts=alerts)


def day(n: int) -> date:
    return FIRST_DAY + timedelta(days=n)


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return make_data()


@pytest.fixture(scope="module")
def features(data: TrainingData) -> pl.DataFrame:
    return build(data)


# --- shape ------------------------------------------------------------------------------------


def test_the_matrix_has_one_row_per_alert_in_the_order_of_the_keys(
    data: TrainingData, features: pl.DataFrame
) -> None:
    assert_frame_equal(data.alerts.select(KEYS).sort(KEYS), features.select(KEYS))


def test_every_feature_is_a_float_column_in_the_order_of_the_catalogue(
    data: TrainingData, features: pl.DataFrame
) -> None:
    names = FeatureBuilder().build(data).catalogue.names

    assert [*KEYS, *names] == features.columns
    assert {pl.Float64} == set(features.drop(KEYS).dtypes)


def test_the_columns_are_the_same_for_any_data(features: pl.DataFrame) -> None:
    other = build(make_data(n_days=9, n_addresses=3, seed=11))
    none = build(with_alerts(make_data(), make_alerts()))

    assert features.columns == other.columns == none.columns
    assert features.schema == none.schema


def test_the_order_of_the_input_rows_does_not_matter(
    data: TrainingData, features: pl.DataFrame
) -> None:
    shuffled = {f: getattr(data, f).sample(fraction=1, shuffle=True, seed=1) for f in ADDRESSED}

    assert_frame_equal(features, build(replace(data, **shuffled)), check_exact=True)


def test_every_feature_says_something_in_made_up_data(features: pl.DataFrame) -> None:
    empty = [name for name in features.columns if features[name].null_count() == features.height]

    assert [] == empty


# --- point in time ----------------------------------------------------------------------------


@pytest.mark.parametrize("last", [3, 9, 15])
def test_deleting_the_future_leaves_earlier_rows_bit_identical(
    data: TrainingData, features: pl.DataFrame, last: int
) -> None:
    earlier = build(until(data, day(last)))

    assert earlier.height > 0
    assert_frame_equal(
        features.filter(pl.col("processing_date") <= day(last)), earlier, check_exact=True
    )


def test_an_alert_alone_has_the_row_that_it_has_in_the_range(
    data: TrainingData, features: pl.DataFrame
) -> None:
    for alert_id in data.alerts["alert_id"].gather_every(17):
        alone = build(with_alerts(data, data.alerts.filter(alert_id=alert_id)))
        expected = features.filter(alert_id=alert_id)
        assert_frame_equal(expected, alone, check_exact=True)


def test_a_day_alone_has_the_rows_that_it_has_in_the_range(
    data: TrainingData, features: pl.DataFrame
) -> None:
    is_day = pl.col("processing_date") == day(12)

    alone = build(replace(data, **{f: getattr(data, f).filter(is_day) for f in DATED}))

    assert_frame_equal(features.filter(is_day), alone, check_exact=True)


def test_labels_enter_no_feature(data: TrainingData, features: pl.DataFrame) -> None:
    other = make_labels(*(make_label(a, risk_level="low") for a in data.alerts["address"].unique()))

    assert_frame_equal(features, build(replace(data, address_labels=other)), check_exact=True)
    assert_frame_equal(
        features, build(replace(data, address_labels=make_labels())), check_exact=True
    )


def test_moving_all_dates_moves_no_feature(data: TrainingData, features: pl.DataFrame) -> None:
    shift, ms = pl.duration(days=400), 400 * 86_400_000
    moved = {f: getattr(data, f).with_columns(pl.col("processing_date") + shift) for f in DATED}
    moved["address_features"] = moved["address_features"].with_columns(
        pl.col("first_activity_timestamp", "last_activity_timestamp") + ms
    )

    later = build(replace(data, **moved))

    assert_frame_equal(features.drop(KEYS), later.drop(KEYS), check_exact=True)


def test_renaming_addresses_and_alerts_changes_no_feature(
    data: TrainingData, features: pl.DataFrame
) -> None:
    new_name = pl.lit("zz") + pl.col("address")
    renamed = {f: getattr(data, f).with_columns(address=new_name) for f in ADDRESSED}

    assert_frame_equal(
        features.drop(KEYS), build(replace(data, **renamed)).drop(KEYS), check_exact=True
    )


# --- values -----------------------------------------------------------------------------------


def test_names_become_their_position_and_unknown_names_are_missing(data: TrainingData) -> None:
    catalogue = FeatureBuilder().build(data).catalogue
    (typology,) = (f for f in catalogue.features if f.name == "typology_type")
    alerts = make_alerts((0, "a", "1"), (0, "a", "2")).with_columns(
        typology_type=pl.Series(["STRUCTURING", "NEVER_HEARD_OF"])
    )

    codes = build(with_alerts(data, alerts))["typology_type"].to_list()

    assert [float(typology.categories.index("STRUCTURING")), None] == codes


def test_an_address_without_a_feature_row_is_missing_not_an_error(data: TrainingData) -> None:
    alerts = make_alerts((12, "0xunknown", "1"))

    row = build(with_alerts(data, alerts)).row(0, named=True)

    assert row["total_volume_usd"] is None
    assert row["flow_active_days_mean"] is None
    assert (1000.0, 0.0) == (row["alert_volume_usd"], row["n_clusters"])


def test_an_alert_outside_of_a_kind_of_cluster_has_none_of_its_values(data: TrainingData) -> None:
    clusters = data.alert_clusters.with_columns(
        same_pattern_n_clusters=pl.lit(0), same_pattern_other_volume_usd=pl.lit(0.0)
    )

    built = build(replace(data, alert_clusters=clusters))

    assert built["same_pattern_other_volume_usd"].null_count() == built.height
    assert built["related_network_other_volume_usd"].count() == clusters.height


def test_absurd_values_become_missing_and_are_counted(data: TrainingData) -> None:
    is_first = pl.int_range(pl.len()) == 0
    broken = data.address_features.with_columns(
        pagerank=pl.when(is_first).then(float("inf")).otherwise("pagerank"),
        closeness=pl.when(is_first).then(float("nan")).otherwise("closeness"),
        max_tx_usd=pl.when(is_first).then(1e20).otherwise("max_tx_usd"),
    )
    first = broken.row(0, named=True)

    built = FeatureBuilder().build(replace(data, address_features=broken))

    rows = built.features.filter(processing_date=first["processing_date"], address=first["address"])
    counts = {name: (reason, n) for name, reason, n in built.refused.rows()}
    assert ("infinite", rows.height) == counts["pagerank"]
    assert ("not a number", rows.height) == counts["closeness"]
    assert ("above the range", rows.height) == counts["max_tx_usd"]
    for name in ("pagerank", "closeness", "max_tx_usd"):
        assert rows[name].null_count() == rows.height
    assert (
        not built.features.drop(KEYS)
        .select(pl.any_horizontal(pl.all().is_infinite()))
        .to_series()
        .any()
    )


def test_clean_data_count_nothing(data: TrainingData) -> None:
    assert FeatureBuilder().build(data).refused.is_empty()


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize("frame", ADDRESSED)
def test_a_repeated_key_is_refused_with_the_name_of_its_table(
    data: TrainingData, frame: str
) -> None:
    rows = getattr(data, frame)
    doubled = replace(data, **{frame: pl.concat([rows, rows.head(2)])})

    with pytest.raises(DuplicateRowsError, match=f"^{frame} holds 2 repeated keys"):
        build(doubled)


@pytest.mark.parametrize(
    ("frame", "column"),
    [
        ("alerts", "severity"),
        ("address_features", "pass_through_ratio"),
        ("address_ranks", "rank_of_age_days"),
        ("history", "past_alerts"),
        ("flows", "flow_out_pairs"),
        ("alert_clusters", "same_pattern_n_clusters"),
    ],
)
def test_a_missing_column_is_named_with_its_table(
    data: TrainingData, frame: str, column: str
) -> None:
    without = replace(data, **{frame: getattr(data, frame).drop(column)})

    with pytest.raises(MissingColumnsError, match=f"^{frame} lacks the columns {column};"):
        build(without)


# --- by hand ----------------------------------------------------------------------------------


def test_training_features_are_the_labelled_alerts_as_pandas(
    data: TrainingData, features: pl.DataFrame
) -> None:
    X, y = FeatureBuilder().build_training_features(data)

    labelled = features.filter(pl.col("address").is_in(data.address_labels["address"].implode()))
    assert list(KEYS) == list(X.index.names) == list(y.index.names)
    assert labelled.height == len(X) == len(y)
    assert labelled.drop(KEYS).columns == list(X.columns)
    np.testing.assert_array_equal(labelled.drop(KEYS).to_numpy(), X.to_numpy())
    assert {0, 1} == set(y)
    assert isinstance(X, pd.DataFrame)
    assert {np.dtype("float64")} == set(X.dtypes)


def test_training_features_go_straight_into_the_trainer() -> None:
    from alertmill.training.models.trainer import ModelTrainer

    X, y = FeatureBuilder().build_training_features(make_data(n_days=45, n_addresses=60))

    model, metrics = ModelTrainer("alert_scorer").train(X, y, cv_folds=2)

    assert 0 <= metrics["test_auc"] <= 1
    assert model.feature_names == tuple(X.columns)


def test_ten_thousand_alerts_take_less_than_two_seconds() -> None:
    data = make_data(n_days=60, n_addresses=340)
    started = time.perf_counter()

    built = build(data)

    assert built.height > 10_000 * 0.9
    assert time.perf_counter() - started < 2
