"""The comparison is told in tables and sentences, with every model by a name that readers know."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.evaluation.comparison import compare
from alertmill.evaluation.reports import Comparison
from alertmill.evaluation.scores import title_of
from alertmill.tables.comparison_tables import (
    candidate_table,
    difference_table,
    ensemble_table,
    rivals_table,
    selection_sentence,
    stacking_sentence,
    verdict,
)
from alertmill.training.registry.champions import ChampionReport
from alertmill.training.registry.rivals import RivalReport, RivalReports
from tests.evaluation.factories import make_predictions


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(make_predictions(), review_budget=5, n_bootstrap=60, seed=7)


def test_a_difference_has_a_verdict_in_words(comparison: Comparison) -> None:
    table = difference_table(comparison)

    assert set(table["verdict"]) <= {
        "this model is better",
        "the rival is better",
        "no difference shown",
        "the score is not a probability",
    }


def test_a_lower_brier_score_is_better(comparison: Comparison) -> None:
    entry = next(d for d in comparison.differences if d.metric == "brier_score" and d.difference)
    lower = entry.model_copy(update={"difference": -0.1, "p_adjusted": 0.01})

    assert verdict(lower) == "this model is better"


def test_the_ensembles_have_their_own_table(comparison: Comparison) -> None:
    assert set(ensemble_table(comparison)["rival"]) == {
        "mean of model and logistic",
        "mean rank of model and logistic",
        "stacked model and logistic",
    }


def test_the_choice_is_said_in_one_sentence(comparison: Comparison) -> None:
    sentence = selection_sentence(comparison)

    assert sentence.startswith("On validation ")
    assert sentence.endswith(".")
    table = candidate_table(comparison)
    assert table["average_precision on validation"].is_sorted(descending=True)


def test_the_weights_of_the_stacked_mixture_are_told(comparison: Comparison) -> None:
    told = stacking_sentence(comparison)

    assert comparison.stacking is not None
    assert f"this model by {comparison.stacking.model:.2f}" in told
    assert "5 folds of addresses" in told


def test_what_cannot_be_stacked_is_said() -> None:
    one_address = (pl.col("address") == make_predictions()["address"].max()).cast(pl.Int8)
    single = compare(
        make_predictions().with_columns(y=one_address), review_budget=5, n_bootstrap=50, seed=7
    )
    alone = compare(
        make_predictions().drop("score_logistic"), review_budget=5, n_bootstrap=50, seed=7
    )

    assert "needs there at least two addresses with confirmed alerts" in stacking_sentence(single)
    assert "there is no logistic regression" in stacking_sentence(alone)


def test_every_model_asked_for_is_listed_met_or_not() -> None:
    champion = ChampionReport(model_id="alert_scorer-c", version="1.0.0", reason="")
    met = RivalReport(
        model_id="alert_scorer-a", version="1.1.0", name="alert_scorer-a@1.1.0", reason=""
    )
    unmet = RivalReport(model_id="alert_scorer-b", version=None, name=None, reason="it is gone")

    table = rivals_table(champion, RivalReports(models=(met, unmet)))

    assert [
        ("alert_scorer-c", "1.0.0", "champion", "yes"),
        ("alert_scorer-a", "1.1.0", "asked for", "yes"),
        ("alert_scorer-b", "not registered", "asked for", "no: it is gone"),
    ] == table.rows()


def test_the_table_shows_by_which_error_the_simplest_candidate_was_chosen() -> None:
    found = compare(make_predictions(), review_budget=5, n_bootstrap=99, seed=7)
    selection = found.selection
    assert selection.best is not None
    assert selection.simplest_within_one_error is not None

    table = candidate_table(found)

    shown = dict(table.select("candidate", "behind the best").rows())
    errors = dict(table.select("candidate", "standard error of that").rows())
    assert 0 == shown[title_of(selection.best)]
    simplest = title_of(selection.simplest_within_one_error)
    assert shown[simplest] <= errors[simplest]
