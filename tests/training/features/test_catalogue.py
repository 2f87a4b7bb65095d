"""The catalogue says in words what every column of the matrix is."""

from __future__ import annotations

import polars as pl
import pytest
from pydantic import ValidationError

from alertmill.snapshots.contracts.tables import TABLES
from alertmill.storage import Client, fetch
from alertmill.training.data.columns import HISTORY_COLUMNS
from alertmill.training.features.catalogue import (
    FeatureCatalogue,
    FeatureDefinition,
    FeatureGroup,
    Latest,
)
from alertmill.training.features.declarations import DECLARED, DeclaredFeature, build_catalogue
from alertmill.training.features.declarations.declaration import Declare, Level, ratio
from alertmill.training.features.declarations.left_out import LEFT_OUT
from alertmill.training.features.refusals import refuse
from alertmill.vocabulary import Typology

CATALOGUE = build_catalogue()
FORBIDDEN = ("label", "risk_level", "month", "year", "first_seen", "_id", "scheme")
SOURCES = {source for feature in CATALOGUE.features for source in feature.sources}
LABEL_AND_SECRET_TABLES = ("raw_address_labels", "sim_ground_truth")
PROBES = (*(s * x for s in (-1, 1) for x in (0.3, 1, 1.4, 2.8, 4.5, 23, 1e6)), 0.0)


def define(name: str, **values: object) -> FeatureDefinition:
    words = {
        "group": "alert",
        "description": "What it is.",
        "lowest": 0,
        "highest": 1,
        "sources": (),
        "latest": "the end of its window",
        "reads_labels_of_others": False,
        "missing_means": "",
    }
    return FeatureDefinition.model_validate({"name": name} | words | values)


def test_there_are_enough_features_and_not_too_many() -> None:
    assert 120 <= len(CATALOGUE.names) <= 200
    assert set(FeatureGroup) == {feature.group for feature in CATALOGUE.features}


def test_groups_stand_together_in_their_order() -> None:
    places = [list(FeatureGroup).index(feature.group) for feature in CATALOGUE.features]

    assert places == sorted(places)


@pytest.mark.parametrize("feature", CATALOGUE.features, ids=lambda f: f.name)
def test_every_feature_has_words_and_sources(feature: FeatureDefinition) -> None:
    assert feature.description.endswith(".")
    assert feature.description[0].isupper()
    assert feature.sources
    assert feature.missing_means


@pytest.mark.parametrize("feature", CATALOGUE.features, ids=lambda f: f.name)
def test_no_feature_is_made_of_a_label_an_id_or_the_calendar(feature: FeatureDefinition) -> None:
    assert not [part for part in FORBIDDEN if part in feature.name]
    assert not [s for s in feature.sources if s.startswith(LABEL_AND_SECRET_TABLES)]


def test_every_column_of_the_five_tables_is_a_source_or_left_out_with_a_reason(
    client: Client,
) -> None:
    tables = "raw_alerts", "raw_features", "raw_clusters", "raw_money_flows", "raw_address_labels"
    stored = fetch(
        client,
        """
        SELECT table || '.' || name AS column FROM system.columns
        WHERE database = currentDatabase() AND has({tables:Array(String)}, table)
        """,
        {"tables": list(tables)},
    )["column"]

    assert set(stored) == SOURCES | set(LEFT_OUT)
    assert all(LEFT_OUT.values())


def test_a_column_left_out_is_not_read_by_itself() -> None:
    # Days and addresses are keys that counts of the past are made of.
    assert {"raw_alerts.processing_date", "raw_alerts.address"} >= SOURCES & set(LEFT_OUT)


COPIES = [
    declared
    for declared in DECLARED
    if declared.level is Level.ADDRESS
    and declared.expression.meta.is_column()
    and declared.definition.name in TABLES["raw_features"].names
]


@pytest.mark.parametrize("declared", COPIES, ids=lambda d: d.definition.name)
def test_what_the_contract_lets_into_the_table_is_in_the_range_of_the_feature(
    declared: DeclaredFeature,
) -> None:
    column = TABLES["raw_features"][declared.definition.name]
    probes = pl.DataFrame({column.name: PROBES, "processing_date": 1})
    if column.dtype == pl.Boolean():
        probes = probes.filter(pl.col(column.name).is_in([0.0, 1.0]))
    if column.dtype.is_unsigned_integer():
        probes = probes.filter(pl.col(column.name) >= 0)
    allowed = probes.filter(pl.all_horizontal(pl.lit(True), *(r.holds for r in column.rules)))  # noqa: FBT003

    _, refused = refuse(allowed, [declared.definition])

    assert allowed.height > 0
    assert refused.is_empty()


def test_what_sees_no_more_than_days_before_reads_the_history_alone() -> None:
    before = [d for d in DECLARED if d.definition.latest is not Latest.END_OF_WINDOW]

    assert len(before) > 0
    for declared in before:
        assert set(declared.expression.meta.root_names()) <= set(HISTORY_COLUMNS)


def test_a_number_without_unit_and_range_cannot_be_declared() -> None:
    with pytest.raises(KeyError):
        Declare(FeatureGroup.ALERT, Level.ALERT)("x", "What it is.", unit="bananas")


@pytest.mark.parametrize(
    ("lowest", "highest", "words"),
    [(0, 1, "0 to 1"), (0, None, "from 0"), (None, 2.5, "up to 2.5"), (None, None, "any")],
)
def test_a_range_reads_as_words(lowest: float | None, highest: float | None, words: str) -> None:
    assert words == define("a", lowest=lowest, highest=highest).range


def test_names_of_the_vocabulary_keep_their_position_as_code() -> None:
    (typology,) = (f for f in CATALOGUE.features if f.name == "typology_type")

    assert tuple(Typology) == typology.categories
    assert ("typology_type", "pattern_type", "suspected_address_type") == CATALOGUE.categorical


def test_declarations_and_catalogue_are_the_same_list() -> None:
    assert tuple(declared.definition.name for declared in DECLARED) == CATALOGUE.names


def test_a_saved_catalogue_reads_back_with_its_hash() -> None:
    loaded = FeatureCatalogue.model_validate_json(CATALOGUE.model_dump_json())

    assert CATALOGUE == loaded
    assert CATALOGUE.hash == loaded.hash


def test_the_hash_changes_with_a_word_and_with_the_order() -> None:
    a, b = define("a"), define("b")

    hashes = {
        FeatureCatalogue(features=features).hash
        for features in [(a, b), (b, a), (a, define("b", unit="USD"))]
    }

    assert 3 == len(hashes)


def test_a_name_declared_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="declared more than once: a"):
        FeatureCatalogue(features=(define("a"), define("a")))


def test_categories_belong_to_categorical_features_only() -> None:
    with pytest.raises(ValidationError, match="categories belong to categorical"):
        define("a", categories=("x",))
    with pytest.raises(ValidationError, match="categories belong to categorical"):
        define("a", kind="categorical")


def test_a_ratio_to_nothing_is_missing() -> None:
    frame = pl.DataFrame({"a": [1.0, 1.0, None, 1.0], "b": [2.0, 0.0, 1.0, None]})

    assert [0.5, None, None, None] == frame.select(ratio("a", "b")).to_series().to_list()
