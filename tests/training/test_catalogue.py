"""The catalogue says in words what every column of the matrix is."""

from __future__ import annotations

import polars as pl
import pytest
from pydantic import ValidationError

from alertmill.training.catalogue import FeatureCatalogue, FeatureDefinition, FeatureGroup
from alertmill.training.declarations import DECLARED, build_catalogue
from alertmill.training.declarations.declaration import ratio
from alertmill.vocabulary import Typology
from tests.training.training_data import feature_columns

CATALOGUE = build_catalogue()
FORBIDDEN = ("label", "risk_level", "month", "weekday", "year", "first_seen", "_id", "scheme")


def define(name: str, **values: object) -> FeatureDefinition:
    words = {"group": "alert", "description": "What it is.", "sources": (), "missing_means": ""}
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
    assert not [part for source in feature.sources for part in FORBIDDEN if part in source]


def test_every_source_in_raw_features_is_a_column_of_that_table() -> None:
    sources = {source for feature in CATALOGUE.features for source in feature.sources}
    read = {s.removeprefix("raw_features.") for s in sources if s.startswith("raw_features.")}

    assert set() == read - set(feature_columns())


def test_names_of_the_vocabulary_keep_their_position_as_code() -> None:
    (typology,) = (f for f in CATALOGUE.features if f.name == "typology_type")

    assert tuple(Typology) == typology.categories
    assert ("typology_type", "suspected_address_type") == CATALOGUE.categorical


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
