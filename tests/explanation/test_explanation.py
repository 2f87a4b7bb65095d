"""Explanations add up, find what was planted, and leave the model as it is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from alertmill.errors import ConfigurationError, UnknownNameError
from alertmill.explanation.contributions import (
    Contributions,
    contribution_table,
    explain_some,
    group_table,
    sample_alerts,
)
from alertmill.explanation.dependence import MAX_GRID, partial_dependence
from alertmill.explanation.importance import (
    group_parts,
    permutation_importance,
    single_parts,
    tree_importance,
)
from alertmill.explanation.interactions import (
    interaction_matrix,
    interaction_table,
    top_interactions,
)
from alertmill.explanation.reasons import (
    FeatureWords,
    describe,
    explain_alerts,
    numeric_only,
    reasons,
)
from tests.explanation.factories import WORDS, Example, make_example

GROUPS = (
    ("volume_usd", "alert"),
    ("suspected_address_type", "alert"),
    ("n_counterparties", "network"),
    ("age_days", "history"),
    ("noise", "noise"),
)


@pytest.fixture(scope="module")
def example() -> Example:
    return make_example()


@pytest.fixture(scope="module")
def contributions(example: Example) -> Contributions:
    return Contributions.of(example.model, sample_alerts(example.features, example.predictions))


def test_contributions_add_up_to_the_score(example: Example, contributions: Contributions) -> None:
    rows = sample_alerts(example.features, example.predictions)

    score = 1 / (1 + np.exp(-contributions.log_odds))

    assert example.model.raw_score(rows) == pytest.approx(score, rel=1e-9)


def test_only_test_alerts_are_sampled_always_the_same(example: Example) -> None:
    chosen = sample_alerts(example.features, example.predictions, n=50)

    splits = chosen.join(example.predictions, on="alert_id")["split"]
    assert set(splits) == {"test"}
    assert chosen.equals(sample_alerts(example.features, example.predictions, n=50))
    assert chosen.height == 50


def test_the_table_names_strength_and_direction(contributions: Contributions) -> None:
    table = contribution_table(contributions)

    assert table["share"].sum() == pytest.approx(1.0)
    directions = dict(table.select("feature", "direction").iter_rows())
    assert directions["n_counterparties"] > 0.5
    assert directions["age_days"] < -0.5
    assert directions["suspected_address_type"] is None


def test_groups_keep_the_whole(contributions: Contributions) -> None:
    table = group_table(contribution_table(contributions), GROUPS)

    assert table["share"].sum() == pytest.approx(1.0)
    assert table["n_features"].sum() == 5


def test_tree_importance_is_in_shares(example: Example) -> None:
    table = tree_importance(example.model)

    assert table["gain_share"].sum() == pytest.approx(1.0)
    assert table["split_share"].sum() == pytest.approx(1.0)


def test_shuffling_noise_costs_nothing_and_what_matters_costs_much(example: Example) -> None:
    table = permutation_importance(
        example.model,
        example.features,
        example.predictions,
        parts=single_parts(example.model.feature_names),
    )

    drops = dict(table.select("part", "drop").iter_rows())
    assert abs(drops["noise"]) < 0.03
    assert drops["age_days"] > 0.05


def test_groups_are_shuffled_together(example: Example) -> None:
    parts = group_parts(GROUPS, example.model.feature_names)

    table = permutation_importance(
        example.model, example.features, example.predictions, parts=parts
    )

    assert ("alert", ("volume_usd", "suspected_address_type")) in parts
    assert set(table["n_features"]) == {1, 2}


def test_without_both_classes_there_is_no_permutation_importance(example: Example) -> None:
    cleared = example.predictions.with_columns(y=pl.col("y") * 0)

    table = permutation_importance(
        example.model, example.features, cleared, parts=single_parts(["noise"])
    )

    assert table.is_empty()


def test_dependence_follows_the_planted_direction(example: Example) -> None:
    table = partial_dependence(
        example.model, example.features, names=["n_counterparties", "suspected_address_type"]
    )

    rising = table.filter(pl.col("feature") == "n_counterparties")
    assert rising["score"][-1] > rising["score"][0] + 0.05
    assert table.filter(pl.col("score") < pl.col("low").min()).is_empty()
    codes = table.filter(pl.col("feature") == "suspected_address_type")["value"]
    assert [0.0, 1.0, 2.0] == codes.to_list()


def test_dependence_at_a_value_is_the_mean_score_with_that_value(example: Example) -> None:
    rows = example.features.head(40)

    table = partial_dependence(example.model, rows, names=["suspected_address_type"])

    changed = rows.with_columns(suspected_address_type=pl.lit(1.0))
    expected = example.model.predict(changed).mean()
    found = table.filter(pl.col("value") == 1.0)["score"][0]
    assert expected == pytest.approx(found)


def test_a_feature_that_is_always_missing_is_left_out(example: Example) -> None:
    missing = example.features.with_columns(noise=pl.lit(None, pl.Float64))

    assert partial_dependence(example.model, missing, names=["noise"]).is_empty()


def test_interactions_add_up_to_the_contributions(example: Example) -> None:
    rows = example.features.head(1)

    matrix = interaction_matrix(example.model, rows)

    assert np.allclose(matrix, matrix.T)
    total = np.diag(matrix).sum() + np.triu(matrix, 1).sum()
    pushed = np.abs(example.model.contributions(rows)[0, :-1].sum())
    assert total >= pushed - 1e-9  # absolute values cannot cancel


def test_the_strongest_pairs_come_first(example: Example) -> None:
    names = example.model.feature_names
    matrix = interaction_matrix(example.model, example.features, n_alerts=30)

    table = interaction_table(matrix, names)
    part, shown = top_interactions(matrix, names, n=3)

    assert table["interaction"].is_sorted(descending=True)
    assert (3, 3) == part.shape
    assert {table["feature"][0], table["other"][0]} <= set(shown)
    assert (np.diag(part) == 0).all()


def test_reasons_name_value_and_unit(contributions: Contributions) -> None:
    table = reasons(contributions, WORDS, n=2)

    first = contributions.values[0]
    strongest = contributions.names[int(np.argmax(first))]
    assert table["raised"][0].startswith(f"{strongest} = ")
    assert all(len(text.split("; ")) <= 2 for text in table["raised"])


@pytest.mark.parametrize(
    ("words", "value", "text"),
    [
        (FeatureWords("a", "", "USD"), 1234567.8, "1,234,568 USD"),
        (FeatureWords("a", "", ""), 0.1234, "0.12"),
        (FeatureWords("a", "", ""), 0.00001234, "1.2e-05"),
        (FeatureWords("a", "", "days"), float("nan"), "unknown"),
        (FeatureWords("a", "", "", ("low", "high")), 1.0, "high"),
        (FeatureWords("a", "", "", ("low", "high")), 7.0, "other"),
    ],
)
def test_a_value_is_said_in_words(words: FeatureWords, value: float, text: str) -> None:
    assert text == words.of(value)


def test_codes_are_told_from_numbers() -> None:
    assert ["noise"] == numeric_only(["suspected_address_type", "noise"], WORDS)


def test_a_table_gets_the_meaning_of_its_features(contributions: Contributions) -> None:
    table = describe(contribution_table(contributions), WORDS)

    row = table.row(by_predicate=pl.col("feature") == "age_days", named=True)
    assert ("Days since its first transfer.", "days") == (row["meaning"], row["unit"])


# --- names that do not exist --------------------------------------------------------------------


def test_an_alert_is_found_by_its_id(contributions: Contributions) -> None:
    ids = contributions.keys["alert_id"]

    assert contributions.position_of(ids[7]) == 7
    with pytest.raises(UnknownNameError, match=r"'nowhere' is not among the \d+ explained alerts"):
        contributions.position_of("nowhere")


def test_alerts_without_features_are_not_left_out(example: Example) -> None:
    alerts = example.predictions.head(3).with_columns(
        alert_id=pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("x1")).otherwise("alert_id")
    )

    for explain in (
        lambda: explain_some(example.model, example.features, alerts),
        lambda: explain_alerts(example.model, example.features, alerts, WORDS),
    ):
        with pytest.raises(UnknownNameError, match=r"1 of 3 alerts have no row .* first is 'x1'"):
            explain()


def test_a_feature_that_the_model_lacks_is_refused_with_the_nearest_names(
    example: Example, contributions: Contributions
) -> None:
    with pytest.raises(UnknownNameError, match=r"'nois' .*names such as noise"):
        contributions.column("nois")
    more = example.features.with_columns(alien=pl.lit(1.0))
    with pytest.raises(UnknownNameError, match="'alien' in names"):
        partial_dependence(example.model, more, names=["noise", "alien"])
    with pytest.raises(UnknownNameError, match="'alien' in the part own"):
        permutation_importance(
            example.model, more, example.predictions, parts=[("own", ("alien",))]
        )


def test_one_text_is_no_list_of_features(example: Example) -> None:
    with pytest.raises(ConfigurationError, match=r"Pass \['noise'\]"):
        partial_dependence(example.model, example.features, names="noise")
    with pytest.raises(ConfigurationError, match=r"Pass \['noise'\]"):
        single_parts("noise")


def test_many_categories_are_shown_at_codes_that_exist(example: Example) -> None:
    code = pl.int_range(pl.len()) % 40
    many = example.features.with_columns(
        suspected_address_type=pl.when(code < 37).then(code * 2.0).otherwise(6.0)
    )

    table = partial_dependence(example.model, many, names=["suspected_address_type"])

    assert table.height == MAX_GRID
    assert set(table["value"]) <= set(many["suspected_address_type"])
    assert 6.0 in table["value"]
