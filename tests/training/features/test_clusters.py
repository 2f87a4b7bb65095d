"""A cluster is described by its members, labelled by them, and new only if all of them are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from alertmill.errors import NoClustersError
from alertmill.parameters import SplitParameters, TrainingParameters
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureBuilder
from alertmill.training.features.clusters import (
    OWN,
    cluster_features,
    cluster_targets,
    describe_clusters,
)
from alertmill.training.features.units import build_unit_features, build_units
from alertmill.vocabulary import ModelType
from tests.training.training_data import FIRST_DAY, make_data

DATA = make_data()
ALERTS = FeatureBuilder().build(DATA)
PARAMETERS = TrainingParameters(
    network="ethereum",
    start_date=FIRST_DAY,
    end_date=date(2024, 12, 31),
    window_days=1,
    model_type=ModelType.CLUSTER_SCORER,
    split=SplitParameters(validation_days=4, test_days=4),
)


def members_of(place: int) -> pl.DataFrame:
    """Feature rows of the members of a cluster."""
    row = DATA.clusters.row(place, named=True)
    return ALERTS.features.filter(
        pl.col("processing_date") == row["processing_date"],
        pl.col("alert_id").is_in(row["related_alert_ids"]),
    )


def test_features_are_those_of_the_members_put_together() -> None:
    built = cluster_features(ALERTS, DATA)
    members = members_of(2)["degree_in"]
    row = built.features.filter(alert_id=DATA.clusters["cluster_id"][2])

    found = row.select("degree_in_min", "degree_in_mean", "degree_in_max").row(0)

    assert found == (members.min(), pytest.approx(members.mean()), members.max())


def test_every_column_is_in_the_catalogue() -> None:
    built = cluster_features(ALERTS, DATA)
    numeric = [f for f in ALERTS.catalogue.features if f.kind == "numeric"]

    assert [name for name in built.features.columns if name not in KEYS] == [*built.catalogue.names]
    assert len(built.catalogue.names) == len(OWN) + 3 * len(numeric)


def test_the_features_of_a_cluster_do_not_depend_on_other_days() -> None:
    day = DATA.clusters["processing_date"][0]
    of_day = pl.col("processing_date") == day
    alone = replace(DATA, alerts=DATA.alerts.filter(of_day), clusters=DATA.clusters.filter(of_day))

    built = build_unit_features(alone, ModelType.CLUSTER_SCORER).features

    whole = build_unit_features(DATA, ModelType.CLUSTER_SCORER).features
    assert built.equals(whole.filter(of_day), null_equal=True)


def test_one_confirmed_member_makes_a_cluster_true_and_no_label_leaves_it_open() -> None:
    first, second, third = (DATA.clusters.row(place, named=True) for place in range(3))
    outcome = {
        **dict.fromkeys(first["related_alert_ids"], 0),
        first["related_alert_ids"][0]: 1,
        **dict.fromkeys(second["related_alert_ids"], 0),
    }
    targets = ALERTS.features.select(KEYS).with_columns(
        y=pl.col("alert_id").replace_strict(outcome, default=None, return_dtype=pl.Int8),
        weight=pl.lit(1.0),
        split=pl.lit("train"),
        label_status=pl.lit("labelled"),
        is_new_address=pl.lit(value=True),
    )

    found = dict(cluster_targets(targets, DATA).select("alert_id", "y").iter_rows())

    ids = [cluster["cluster_id"] for cluster in (first, second, third)]
    assert [found[name] for name in ids] == [1, 0, None]


def test_a_cluster_is_new_only_if_all_its_members_are() -> None:
    units = build_units(DATA, PARAMETERS)
    is_new = build_units(
        DATA, PARAMETERS.model_copy(update={"model_type": ModelType.ALERT_SCORER})
    ).targets.filter("is_new_address")["alert_id"]

    members = DATA.clusters.select("cluster_id", "related_alert_ids").rows_by_key("cluster_id")

    for row in units.targets.iter_rows(named=True):
        ids = members[row["alert_id"]][0][0]
        assert row["is_new_address"] == all(name in is_new for name in ids)


def test_clusters_get_the_columns_that_baselines_read() -> None:
    described = describe_clusters(DATA)

    assert described.height == DATA.clusters.height
    assert {"severity", "volume_usd", "typology_type"} <= set(described.columns)
    assert described.null_count().sum_horizontal().item() == 0


def test_a_range_without_clusters_says_so() -> None:
    with pytest.raises(NoClustersError, match="train an alert_scorer"):
        build_units(replace(DATA, clusters=DATA.clusters.clear()), PARAMETERS)
