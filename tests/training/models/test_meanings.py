"""A model keeps what its inputs mean, and scores by names of categories, not by their codes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertmill.errors import (
    ArtifactChangedError,
    CanaryScoresError,
    MissingColumnsError,
    WrongTypeError,
)
from alertmill.storage import Client
from alertmill.tables.comparison_tables import rivals_table
from alertmill.training.data import queries
from alertmill.training.features.catalogue import (
    FeatureCatalogue,
    FeatureDefinition,
    FeatureGroup,
    Latest,
)
from alertmill.training.features.declarations import build_catalogue
from alertmill.training.features.declarations.declaration import formula_of
from alertmill.training.models.meanings import (
    UNKNOWN_SCHEMA,
    FeatureMeanings,
    describe_changes,
    describe_unknown,
)
from alertmill.training.models.model import AlertModel, digest
from alertmill.training.models.trainer import ModelTrainer
from alertmill.training.registry.champions import ScoredChampion, score_champion
from alertmill.training.registry.rivals import FairTerms, RivalReports
from tests.training.labelled_rows import make_rows, rows_between
from tests.training.registry.models import FIRST_TEST_DAY, PARAMETERS, promoted

ROWS = make_rows(n_addresses=600, separation=0.2)
SCHEMES = ("fan_in", "layering", "peeling", "swap")
KIND = "feature_5"
"""The feature that holds a scheme."""
NUMBERS = tuple(name for name in ROWS.X.columns if name != KIND)


def declare(name: str, **changed: object) -> FeatureDefinition:
    """Declare a feature; a scheme if it has categories."""
    given = {
        "name": name,
        "group": FeatureGroup.ALERT,
        "description": "A number.",
        "unit": "USD",
        "lowest": None,
        "highest": None,
        "sources": ("raw_alerts.volume_usd",),
        "formula": f"col({name})",
        "latest": Latest.END_OF_WINDOW,
        "reads_labels_of_others": False,
        "missing_means": "never missing",
    }
    return FeatureDefinition.model_validate(given | changed)


def catalogue_of(schemes: Sequence[str], **changed: object) -> FeatureCatalogue:
    """Declare the features of the rows; what is changed, is changed in the first number."""
    kind = declare(KIND, kind="categorical", categories=tuple(schemes), unit="")
    first, *others = NUMBERS
    numbers = [declare(first, **changed), *map(declare, others)]
    return FeatureCatalogue(features=(*numbers, kind))


def rows_in(schemes: Sequence[str], names: Sequence[str]) -> pl.DataFrame:
    """Code the names of every alert's scheme by their places in a list."""
    places = {name: float(place) for place, name in enumerate(schemes)}
    return ROWS.X.with_columns(pl.Series(KIND, [places.get(name) for name in names]))


def draw_names() -> list[str]:
    """Draw a scheme for every alert; true alerts are layered more often."""
    rng = np.random.default_rng(3)
    likely = rng.random(len(ROWS.y)) < 0.9
    drawn = rng.choice(SCHEMES, len(ROWS.y))
    return np.where((ROWS.y == 1) & likely, "layering", drawn).tolist()


NAMES = draw_names()


def make_model(
    catalogue: FeatureCatalogue,
    *,
    seed: int = 7,
    schemes: Sequence[str] = SCHEMES,
) -> AlertModel:
    rows = replace(ROWS, X=rows_in(schemes, NAMES))
    trainer = ModelTrainer(seed=seed, n_threads=1)
    train, validation = rows_between(rows, 0, 12), rows_between(rows, 20, 29)
    fitted = trainer.fit(train, validation, categorical=[KIND])
    return fitted.model.with_meanings(catalogue)


@pytest.fixture(scope="module")
def model() -> AlertModel:
    made = make_model(catalogue_of(SCHEMES))
    assert KIND == made.gain_importance()["feature"][0], "the model does not look at the schemes"
    return made


# --- categories -------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.permutations([*SCHEMES, "smurfing", "wash"]))
def test_scores_follow_the_names_in_whatever_order_they_are_coded(
    model: AlertModel, today: list[str]
) -> None:
    """Inserting, appending and reordering categories changes no score."""
    coded = rows_in(today, NAMES)
    meanings = FeatureMeanings.of(catalogue_of(today), model.feature_names)

    named = meanings.name_codes(coded)

    assert np.array_equal(model.predict(rows_in(SCHEMES, NAMES)), model.predict(named))
    assert np.array_equal(model.predict(named), model.predict(named.to_pandas()))


def test_a_category_that_the_model_does_not_know_is_missing_counted_and_named(
    model: AlertModel, caplog: pytest.LogCaptureFixture
) -> None:
    renamed = ["swapping" if name == "swap" else name for name in NAMES]
    named = ROWS.X.with_columns(pl.Series(KIND, renamed))

    with caplog.at_level(logging.WARNING):
        scores = model.predict(named)

    assert np.array_equal(model.predict(rows_in(SCHEMES[:3], NAMES)), scores)
    n_renamed = NAMES.count("swap")
    assert f"count as missing: swapping ({KIND}, {n_renamed} alerts)" in caplog.text


def test_names_are_refused_by_a_model_that_does_not_know_what_they_mean(model: AlertModel) -> None:
    silent = replace(model, meanings=None)

    with pytest.raises(WrongTypeError, match=KIND):
        silent.predict(ROWS.X.with_columns(pl.Series(KIND, NAMES)))


def test_a_code_without_a_name_is_refused(model: AlertModel) -> None:
    assert model.meanings is not None
    codes = ROWS.X.with_columns(pl.lit(4.0).alias(KIND))

    with pytest.raises(WrongTypeError, match="hold 4; expected 0 to 3"):
        model.meanings.name_codes(codes)


def test_a_feature_that_no_catalogue_declares_is_refused() -> None:
    with pytest.raises(MissingColumnsError, match="feature_9"):
        FeatureMeanings.of(catalogue_of(SCHEMES), ("feature_9",))


# --- comparisons ------------------------------------------------------------------------------


def compare(
    client: Client, folder: Path, champion: AlertModel, challenger: AlertModel, X: pl.DataFrame
) -> ScoredChampion:
    terms = FairTerms(PARAMETERS, challenger, FIRST_TEST_DAY)
    return score_champion(promoted(client, champion, folder), X, terms=terms)


def test_an_inserted_category_does_not_change_the_champions_scores(
    client: Client, tmp_path: Path, model: AlertModel
) -> None:
    today = ("fan_in", "gather_scatter", *SCHEMES[1:])
    challenger = make_model(catalogue_of(today), seed=1, schemes=today)

    scored = compare(client, tmp_path, model, challenger, rows_in(today, NAMES))

    assert scored.scores is not None
    assert np.array_equal(model.predict(rows_in(SCHEMES, NAMES)), scored.scores.to_numpy())
    assert "" == scored.report.unknown


def test_the_report_names_a_category_that_the_champion_does_not_know(
    client: Client, tmp_path: Path, model: AlertModel
) -> None:
    today = (*SCHEMES[:3], "swapping")
    names = ["swapping" if name == "swap" else name for name in NAMES]
    challenger = make_model(catalogue_of(today), seed=1)

    scored = compare(client, tmp_path, model, challenger, rows_in(today, names))

    (met,) = rivals_table(scored.report, RivalReports())["met"]
    assert f"yes; categories that it does not know count as missing: swapping ({KIND}," in met


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"formula": "col(volume_usd) / 2"}, "the formula of feature_0 changed"),
        ({"unit": "days"}, "the unit of feature_0 was USD and is days"),
        ({"unit": ""}, "the unit of feature_0 was USD and is none"),
        (
            {"sources": ("raw_features.age_days",)},
            "feature_0 was made of raw_alerts.volume_usd and is made of raw_features.age_days",
        ),
    ],
)
def test_a_champion_whose_feature_changed_its_meaning_is_not_met(
    client: Client, tmp_path: Path, model: AlertModel, changed: dict[str, object], reason: str
) -> None:
    challenger = make_model(catalogue_of(SCHEMES, **changed), seed=1)

    scored = compare(client, tmp_path, model, challenger, rows_in(SCHEMES, NAMES))

    assert scored.scores is None
    assert f"its features mean something else: {reason}" == scored.report.reason


def test_words_for_readers_change_no_meaning(
    client: Client, tmp_path: Path, model: AlertModel
) -> None:
    catalogue = catalogue_of(SCHEMES, description="The value.", missing_means="nobody knows")
    challenger = make_model(catalogue, seed=1)

    scored = compare(client, tmp_path, model, challenger, rows_in(SCHEMES, NAMES))

    assert "" == scored.report.reason


def test_a_champion_that_does_not_say_what_it_reads_is_not_met(
    client: Client, tmp_path: Path, model: AlertModel
) -> None:
    rows = replace(ROWS, X=rows_in(SCHEMES, NAMES))
    silent = ModelTrainer(n_threads=1).fit(
        rows_between(rows, 0, 11), rows_between(rows, 20, 29), categorical=[KIND]
    )

    scored = compare(client, tmp_path, silent.model, model, rows.X)

    assert scored.report.reason.startswith("its folder does not say what its features mean")


# --- the files of a model ---------------------------------------------------------------------


def test_a_saved_model_knows_its_categories_again(tmp_path: Path, model: AlertModel) -> None:
    model.save(tmp_path)

    loaded = AlertModel.load(tmp_path)

    named = ROWS.X.with_columns(pl.Series(KIND, NAMES))
    assert model == loaded
    assert np.array_equal(model.predict(named), loaded.predict(named))


def test_equal_trees_on_other_categories_are_another_model(model: AlertModel) -> None:
    other = make_model(catalogue_of(("gather", *SCHEMES[1:])))

    assert model.booster_text == other.booster_text
    assert model.metadata.model_id != other.metadata.model_id


def test_a_changed_file_of_meanings_is_found(tmp_path: Path, model: AlertModel) -> None:
    model.save(tmp_path)
    file = tmp_path / "features.json"
    file.write_text(file.read_text().replace("layering", "layered"))

    with pytest.raises(ArtifactChangedError, match=r"features\.json"):
        AlertModel.load(tmp_path)


def test_the_canary_goes_through_the_coding(model: AlertModel) -> None:
    """Lists in another order with a digest that fits them: only the canary can tell."""
    assert model.meanings is not None
    assert model.canary is not None
    assert set(model.canary.categories[KIND]) <= set(SCHEMES)
    shifted = FeatureMeanings.of(catalogue_of(SCHEMES[::-1]), model.feature_names)
    metadata = model.metadata.model_copy(update={"meanings_sha256": digest(shifted.text)})

    with pytest.raises(CanaryScoresError):
        replace(model, metadata=metadata, meanings=shifted).read_trees()


# --- formulas ---------------------------------------------------------------------------------


def test_every_feature_says_how_it_is_computed() -> None:
    assert [] == [f.name for f in build_catalogue().features if not f.formula]


def test_a_formula_names_every_element_of_its_lists() -> None:
    long = [f"scheme_{number}" for number in range(40)]

    one, other = (formula_of(pl.col("volume_usd").is_in(names)) for names in (long, long[::-1]))

    assert one != other


def test_a_query_counts_without_comments_and_line_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, before = queries.query_text("history"), queries.query_digest("history")

    monkeypatch.setattr(queries, "query_text", lambda _: f"-- words\n{ours}\n\n".replace(" ", "  "))
    assert before == queries.query_digest("history")

    monkeypatch.setattr(queries, "query_text", lambda _: f"{ours} LIMIT 1")
    assert before != queries.query_digest("history")


# --- words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unknown", "words"),
    [
        ([("a", "x", 1)], "x (a, 1 alert)"),
        ([("a", "x", 1200), ("a", "y", 2)], "x (a, 1,200 alerts), y (a, 2 alerts)"),
        (
            [("a", name, 1) for name in "vwxyz"],
            "v (a, 1 alert), w (a, 1 alert), x (a, 1 alert) and 2 more",
        ),
    ],
)
def test_unknown_categories_in_words(unknown: list[tuple[str, str, int]], words: str) -> None:
    said = describe_unknown(pl.DataFrame(unknown, schema=UNKNOWN_SCHEMA, orient="row"))

    assert f"categories that it does not know count as missing: {words}" == said


def test_no_unknown_category_takes_no_words() -> None:
    assert "" == describe_unknown(pl.DataFrame(schema=UNKNOWN_SCHEMA))


@pytest.mark.parametrize(
    ("n_changes", "words"),
    [(1, "1 changed"), (3, "1 changed; 2 changed; 3 changed"),
     (4, "1 changed; 2 changed; 3 changed; 1 more feature changed"),
     (5, "1 changed; 2 changed; 3 changed; 2 more features changed")],
)  # fmt: skip
def test_changes_in_words(n_changes: int, words: str) -> None:
    assert words == describe_changes([f"{number} changed" for number in range(1, n_changes + 1)])
