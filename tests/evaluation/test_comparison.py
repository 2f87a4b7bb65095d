"""The comparison tells models apart, and says when it cannot."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.evaluation.comparison import COMPARED_METRICS, compare
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.permutation import count_permutations, holm
from alertmill.evaluation.reports import Comparison
from alertmill.evaluation.scores import scored_models, title_of, with_ensembles
from tests.evaluation.factories import make_predictions


def compared(predictions: pl.DataFrame) -> Comparison:
    return compare(predictions, review_budget=5, n_bootstrap=99, seed=7)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared(make_predictions())


def test_every_rival_and_ensemble_is_compared_on_every_metric(comparison: Comparison) -> None:
    found = comparison.table().filter(pl.col("split") == "test_all")

    rivals = {"logistic", "rule", "ensemble_mean", "ensemble_rank_mean", "ensemble_stacked"}
    assert len(rivals) * len(COMPARED_METRICS) == found.height
    assert rivals == set(found["rival"])


def test_a_difference_is_that_of_the_values_in_the_evaluation(comparison: Comparison) -> None:
    evaluation = evaluate(make_predictions(), review_budget=5, n_bootstrap=60, seed=7)
    entry = next(d for d in comparison.differences if d.rival == "rule" and d.metric == "roc_auc")

    assert entry.value == evaluation.get("model", "roc_auc").value
    assert entry.rival_value == evaluation.get("rule", "roc_auc").value
    assert entry.difference == pytest.approx((entry.value or 0) - (entry.rival_value or 0))


def test_p_values_are_adjusted_over_the_rivals_of_a_metric(comparison: Comparison) -> None:
    group = [
        d
        for d in comparison.differences
        if d.metric == "roc_auc" and d.split == "test_all" and d.p_value is not None
    ]

    assert len(group) == 5
    assert holm([d.p_value or 0 for d in group]) == [d.p_adjusted for d in group]


def test_a_rank_score_is_not_compared_on_probabilities(comparison: Comparison) -> None:
    entry = next(
        d for d in comparison.differences if d.rival == "rule" and d.metric == "brier_score"
    )

    assert entry.p_value is None
    assert entry.note == "the score is not a probability"


def test_the_choice_is_the_best_on_validation_whatever_the_test_says(
    comparison: Comparison,
) -> None:
    candidates = comparison.selection.candidates

    best = max(candidates, key=lambda entry: entry.validation or 0)
    assert best.model == comparison.selection.best
    spoiled = make_predictions().with_columns(
        score_rule=pl.when((pl.col("split") == "test") & pl.col("y").is_not_null())
        .then(pl.col("y") * 100.0)
        .otherwise("score_rule")
    )
    assert comparison.selection.best == compared(spoiled).selection.best


def test_a_simpler_model_as_good_as_the_best_is_named() -> None:
    copied = make_predictions().with_columns(score_rule=pl.col("score"))

    assert compared(copied).selection.simplest_within_one_error == "rule"


def test_ranks_of_an_ensemble_are_taken_within_the_day() -> None:
    frame = make_predictions()
    one_day = frame.filter(pl.col("processing_date") == frame["processing_date"][0])

    alone, together = with_ensembles(one_day), with_ensembles(frame)

    column = "score_ensemble_rank_mean"
    assert alone[column].to_list() == together[column].head(one_day.height).to_list()


def test_a_comparison_survives_its_json(comparison: Comparison) -> None:
    assert comparison == Comparison.model_validate_json(comparison.model_dump_json())


def test_without_rivals_there_is_no_second_candidate() -> None:
    alone = compared(make_predictions().drop("score_rule", "score_logistic"))

    assert alone.differences == ()
    assert alone.selection.second is None
    assert alone.selection.note == "there is no second candidate"


def test_without_confirmed_alerts_the_comparison_is_words() -> None:
    cleared = make_predictions().with_columns(y=pl.col("y") * 0)

    found = compared(cleared)

    assert found.selection.best is None
    assert found.selection.note == "no choice: on validation there are no confirmed alerts"
    assert all(
        d.note == "no confirmed alerts"
        for d in found.differences
        if d.metric in ("roc_auc", "average_precision")
    )


RIVALS = ("alert_scorer-0a1b2c3d4e5f@1.10.0", "alert_ranker-f5e4d3c2b1a0@1.9.0")


def with_rivals(predictions: pl.DataFrame) -> pl.DataFrame:
    """Add a good and a bad registered model."""
    return predictions.with_columns(
        pl.col("score").alias(f"score_{RIVALS[0]}"),
        (1 - pl.col("score")).alias(f"score_{RIVALS[1]}"),
    )


def test_registered_models_stand_between_this_one_and_the_baselines() -> None:
    models = scored_models(with_ensembles(with_rivals(make_predictions())))

    assert ("model", *RIVALS, "logistic", "rule") == tuple(model.name for model in models)[:5]
    assert title_of(RIVALS[0]) == models[1].title == "1.10.0 alert_scorer-0a1b2c3d4e5f"


def test_registered_models_are_tested_and_corrected_for_like_all_others() -> None:
    found = compared(with_rivals(make_predictions()))

    group = [d for d in found.differences if (d.metric, d.split) == ("roc_auc", "test_all")]
    assert [*RIVALS, "logistic", "rule"] == [d.rival for d in group][:4]
    assert holm([d.p_value or 0 for d in group]) == [d.p_adjusted for d in group]
    assert (group[0].difference, group[0].p_value) == (0, 1)
    assert (group[1].p_adjusted or 1) < 0.05


def test_models_of_earlier_runs_are_no_candidates() -> None:
    """They may have been fitted on the validation days; a perfect score there proves nothing."""
    predictions = make_predictions()
    knows = pl.when(split="validation").then(pl.col("y").fill_null(0.5)).otherwise("score")
    rival, other = (f"score_{name}" for name in RIVALS)
    seen = with_rivals(predictions).with_columns(
        knows.alias(rival), knows.alias(other), knows.alias("score_champion")
    )

    found = compared(seen).selection

    earlier = [c for c in found.candidates if c.model in (*RIVALS, "champion")]
    assert 3 == len(earlier)
    assert all(c.validation is None and c.test is not None for c in earlier)
    assert {"a model of an earlier run may have been fitted on these alerts"} == {
        c.note for c in earlier
    }
    assert compared(predictions).selection.best == found.best


def test_models_of_earlier_runs_are_measured_on_the_test_alone() -> None:
    evaluation = evaluate(with_rivals(make_predictions()), review_budget=5, n_bootstrap=60, seed=7)

    on_validation = evaluation.table(models=(RIVALS[0],), splits=("validation",))
    on_test = evaluation.table(models=(RIVALS[0],), splits=("test_all",))
    assert on_validation["value"].null_count() == on_validation.height > 0
    assert on_test["value"].null_count() < on_test.height


def test_two_models_as_good_as_each_other_are_told_by_no_number_of_tests() -> None:
    evaluation = evaluate(with_rivals(make_predictions()), review_budget=5, n_bootstrap=60, seed=7)

    assert evaluation.get("model", "roc_auc") == evaluation.get(RIVALS[0], "roc_auc").model_copy(
        update={"model": "model"}
    )


@pytest.mark.parametrize("n_rivals", [1, 5, 30, 100])
def test_with_many_rivals_a_clear_difference_can_still_pass_the_correction(n_rivals: int) -> None:
    n_permutations = count_permutations(n_rivals, n_bootstrap=50)

    smallest = holm([1 / (1 + n_permutations)] * n_rivals)[0]

    assert smallest < 0.05
