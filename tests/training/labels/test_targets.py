"""Targets know what a team knew when the model went live, and no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from alertmill.errors import TooFewSnapshotsError
from alertmill.parameters import SplitParameters, TrainingParameters
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.features.build import FeatureBuilder
from alertmill.training.labels.targets import build_targets, end_of_knowledge, split_dates
from alertmill.vocabulary import Network
from tests.training.training_data import (
    FIRST_DAY,
    make_alerts,
    make_data,
    make_label,
    make_labels,
    milliseconds,
)

# 40 days: train 0-9, embargo 10-16, validation 17-22, embargo 23-29, test 30-39
N_DAYS, FIRST_TEST_DAY = 40, FIRST_DAY + timedelta(days=30)
PARAMETERS = TrainingParameters(
    network=Network.ETHEREUM,
    start_date=FIRST_DAY,
    end_date=FIRST_DAY + timedelta(days=N_DAYS - 1),
    window_days=7,
    split=SplitParameters(validation_days=6, test_days=10),
)


def data_of(alerts: pl.DataFrame, *labels: dict[str, object]) -> TrainingData:
    return replace(make_data(n_days=N_DAYS), alerts=alerts, address_labels=make_labels(*labels))


def targets_of(alerts: pl.DataFrame, *labels: dict[str, object]) -> pl.DataFrame:
    return build_targets(data_of(alerts, *labels), alerts, PARAMETERS)


def test_every_day_is_in_its_split() -> None:
    alerts = make_alerts(*((day, "a", f"{day:02d}") for day in range(N_DAYS)))

    lengths = targets_of(alerts)["split"].rle().struct.unnest()

    splits = ["train", "embargo", "validation", "embargo", "test"]
    assert splits == lengths["value"].to_list()
    assert [10, 7, 6, 7, 10] == lengths["len"].to_list()


def test_rows_and_order_are_those_of_the_features() -> None:
    data = make_data(n_days=N_DAYS)
    features = FeatureBuilder().build(data).features

    targets = build_targets(data, features, PARAMETERS)

    assert_frame_equal(features.select(KEYS), targets.select(KEYS))
    added = ["y", "weight", "split", "label_status", "is_new_address"]
    assert [*KEYS, *added] == targets.columns
    assert LabelledRows.of(features, targets, split="train").y.sum() > 0


def test_a_label_known_on_the_first_test_day_is_too_late_for_training() -> None:
    alerts = make_alerts((0, "a", "1"), (18, "a", "2"), (25, "a", "3"), (35, "a", "4"))
    on_the_day, just_before = milliseconds(FIRST_TEST_DAY), milliseconds(FIRST_TEST_DAY) - 1

    late = targets_of(alerts, make_label("a", known_at=on_the_day))
    in_time = targets_of(alerts, make_label("a", known_at=just_before))

    assert [None, None, None, 1] == late["y"].to_list()
    assert [1, 1, 1, 1] == in_time["y"].to_list()


def test_a_revision_in_the_test_period_reaches_test_alerts_only() -> None:
    alerts = make_alerts((0, "a", "1"), (35, "a", "2"))
    revised = make_label("a", risk_level="low", known_at=milliseconds(date(2024, 2, 5)))

    assert [1, 0] == targets_of(alerts, make_label("a"), revised)["y"].to_list()


def test_labels_that_come_after_the_last_snapshot_label_test_alerts() -> None:
    alerts = make_alerts((35, "a", "1"))

    months_later = make_label("a", known_at=milliseconds(date(2024, 6, 1)))

    assert [1] == targets_of(alerts, months_later)["y"].to_list()


def test_labels_of_assumed_age_label_every_split() -> None:
    alerts = make_alerts((0, "a", "1"), (35, "a", "2"))

    assumed = make_label("a", known_at=0, known_at_source="assumed")

    assert [1, 1] == targets_of(alerts, assumed)["y"].to_list()


def test_what_is_known_in_the_test_period_changes_no_earlier_target() -> None:
    data = make_data(n_days=N_DAYS)
    later = make_labels(
        *(
            make_label(
                a, risk_level="low", confidence_score=0.1, known_at=milliseconds(FIRST_TEST_DAY)
            )
            for a in data.alerts["address"].unique()
        )
    )
    more = replace(data, address_labels=pl.concat([data.address_labels, later]))
    is_earlier = pl.col("split") != "test"

    targets, others = (build_targets(d, data.alerts, PARAMETERS) for d in (data, more))

    assert_frame_equal(targets.filter(is_earlier), others.filter(is_earlier))
    assert not targets.equals(others)


def test_an_address_is_new_without_an_alert_up_to_the_last_validation_day() -> None:
    seen_in = {"train": 0, "validation": 18, "first embargo": 12, "second embargo": 25}
    earlier = [(day, name, f"{name} early") for name, day in seen_in.items()]
    later = [(35, name, f"{name} late") for name in [*seen_in, "nowhere"]]
    alerts = make_alerts(*earlier, *later)

    test = targets_of(alerts).filter(split="test")

    new = dict(test.select("address", "is_new_address").rows())
    assert {
        "train": False,
        "validation": False,
        "first embargo": False,
        "second embargo": True,
        "nowhere": True,
    } == new


def test_days_without_alerts_count_as_days() -> None:
    split = split_dates(data_of(make_alerts((0, "a", "1"))), PARAMETERS)

    assert FIRST_TEST_DAY == split.test.first


def test_too_short_a_range_says_what_is_needed() -> None:
    data = make_data(n_days=20)

    with pytest.raises(TooFewSnapshotsError, match=r"20 daily snapshots.*needs 31"):
        build_targets(data, data.alerts, PARAMETERS)


def test_knowledge_ends_with_the_last_snapshot_or_the_last_label() -> None:
    dates = pl.Series([date(2024, 2, 9), date(2024, 1, 1)])
    label = make_labels(make_label("a", known_at=milliseconds(date(2024, 3, 1))))

    assert datetime(2024, 2, 9, tzinfo=UTC) == end_of_knowledge(dates, make_labels())
    assert datetime(2024, 3, 1, 0, 0, 0, 1000, UTC) == end_of_knowledge(dates, label)


def with_labels(**values: object) -> TrainingParameters:
    return TrainingParameters.model_validate({**PARAMETERS.model_dump(), **values})


def test_young_test_alerts_are_left_out_and_counted() -> None:
    alerts = make_alerts((0, "a", "1"), (35, "a", "2"), (36, "a", "3"), (39, "b", "4"))
    parameters = with_labels(label_maturity_days=3)

    targets = build_targets(data_of(alerts, make_label("a")), alerts, parameters)

    assert ["labelled", "labelled", "labelled", "too_young"] == targets["label_status"].to_list()
    assert [1, 1, 1, None] == targets["y"].to_list()


def test_the_embargo_leaves_no_young_alert_in_training_or_validation() -> None:
    data = make_data(n_days=N_DAYS)

    targets = build_targets(data, data.alerts, with_labels(label_maturity_days=4))

    young = targets.filter(pl.col("label_status").cast(pl.String) == "too_young")["split"]
    assert {"embargo", "test"} == set(young)


def test_labels_of_unknown_age_keep_every_split_whole() -> None:
    data = make_data(n_days=N_DAYS)
    assumed = data.address_labels.with_columns(known_at_source=pl.lit("assumed"))
    parameters = with_labels(label_maturity_days=4)
    data = replace(data, address_labels=assumed)

    targets = build_targets(data, data.alerts, parameters)

    old = build_targets(data, data.alerts, PARAMETERS)
    assert old["y"].equals(targets["y"])


def test_as_of_labels_an_alert_by_what_was_known_at_its_own_time() -> None:
    alerts = make_alerts((0, "a", "1"), (6, "a", "2"), (35, "a", "3"))
    on_day_eight = make_label("a", known_at=milliseconds(FIRST_DAY + timedelta(days=8)) - 1)
    parameters = with_labels(label_maturity_days=2, label_knowledge="as_of")

    targets = build_targets(data_of(alerts, on_day_eight), alerts, parameters)

    assert [None, 1, 1] == targets["y"].to_list()


def test_the_parameters_name_the_strategy() -> None:
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"))
    data = data_of(alerts, make_label("a", address_type="scam"), make_label("b"))
    by_type = with_labels(label_strategy="tests.training.labels.test_labels:ByType")

    assert [1, None] == build_targets(data, alerts, by_type)["y"].to_list()
    assert [1, 1] == build_targets(data, alerts, PARAMETERS)["y"].to_list()


def test_confidence_weighs_alerts_and_is_no_feature() -> None:
    data = make_data(n_days=N_DAYS)
    rng = np.random.default_rng(4)
    confidence = pl.Series("confidence_score", rng.random(data.address_labels.height))
    other = replace(data, address_labels=data.address_labels.with_columns(confidence))

    features, others = (FeatureBuilder().build(d).features for d in (data, other))
    targets = build_targets(data, features, PARAMETERS)
    reweighed = build_targets(other, features, PARAMETERS)

    assert_frame_equal(features, others)
    assert_frame_equal(targets.drop("weight"), reweighed.drop("weight"))
    assert not targets["weight"].equals(reweighed["weight"])
