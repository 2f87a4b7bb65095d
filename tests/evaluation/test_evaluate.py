"""An evaluation measures every model, and gives words where there is no number."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.errors import (
    MissingColumnsError,
    NoAlertsToMeasureError,
    UnknownNameError,
    WrongTypeError,
)
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.reports import Evaluation
from tests.evaluation.factories import make_predictions


def measured(predictions: pl.DataFrame) -> Evaluation:
    return evaluate(predictions, review_budget=5, n_bootstrap=60, seed=7)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return measured(make_predictions())


def test_every_model_of_the_frame_is_measured_on_every_population(evaluation: Evaluation) -> None:
    assert evaluation.models[:3] == ("model", "logistic", "rule")
    assert {"validation", "test_all", "test_known", "test_new"} == {
        entry.split for entry in evaluation.metrics
    }


def test_every_value_lies_in_its_interval(evaluation: Evaluation) -> None:
    table = evaluation.table(segment=None).filter(pl.col("ci_low").is_not_null())

    assert table.height > 100
    assert table.filter(~pl.col("value").is_between("ci_low", "ci_high")).is_empty()


def test_the_threshold_gives_the_budget_on_validation(evaluation: Evaluation) -> None:
    assert evaluation.thresholds[0].validation_alerts_per_day == pytest.approx(5, abs=0.2)
    assert evaluation.get("model", "alerts_per_day", split="validation").value == pytest.approx(
        evaluation.thresholds[0].validation_alerts_per_day
    )


def test_known_and_new_alerts_add_up_to_all(evaluation: Evaluation) -> None:
    n_rows = {size.split: size.n_labelled for size in evaluation.populations}

    assert n_rows["test_all"] == n_rows["test_known"] + n_rows["test_new"]


def test_the_same_seed_gives_the_same_evaluation(evaluation: Evaluation) -> None:
    shuffled = make_predictions().sample(fraction=1.0, shuffle=True, seed=1)

    assert evaluation == measured(shuffled)


def test_an_evaluation_survives_its_json(evaluation: Evaluation) -> None:
    assert evaluation == Evaluation.model_validate_json(evaluation.model_dump_json())


def test_a_score_that_is_no_probability_gets_words_for_calibration(evaluation: Evaluation) -> None:
    found = evaluation.get("rule", "brier_score")

    assert found.value is None
    assert found.text == "the score is not a probability"


def test_small_segments_get_words(evaluation: Evaluation) -> None:
    small = make_predictions().with_columns(
        typology_type=pl.when(pl.col("address") < "0x0010")
        .then(pl.lit("RARE"))
        .otherwise(pl.lit("COMMON"))
    )

    found = measured(small)

    rare = found.get("model", "average_precision", segment="typology_type=RARE")
    assert rare.value is None
    assert "fewer than 20: not shown" in rare.note
    assert found.get("model", "roc_auc", segment="typology_type=COMMON").value is not None
    assert evaluation.get("model", "alerts_per_day", segment="severity=low").value is not None


def test_a_test_without_confirmed_alerts_gets_words_instead_of_zeros() -> None:
    cleared = make_predictions().with_columns(
        y=pl.when(pl.col("split") == "test").then(pl.col("y") * 0).otherwise("y")
    )

    found = measured(cleared)

    assert found.get("model", "roc_auc").note == "no confirmed alerts"
    assert found.get("model", "average_precision").value is None
    assert found.get("model", "precision_at_budget").note.startswith("no interval")


def test_a_test_without_labels_gets_words() -> None:
    unlabelled = make_predictions().with_columns(
        y=pl.when(pl.col("split") == "validation").then("y")
    )

    found = measured(unlabelled)

    assert found.get("model", "average_precision").note == "no labelled alerts"


def test_confirmed_alerts_of_one_address_give_a_value_without_interval() -> None:
    predictions = make_predictions()
    first = predictions.filter(pl.col("y") == 1, pl.col("split") == "test")["address"][0]
    lonely = predictions.with_columns(
        y=pl.when((pl.col("y") == 1) & (pl.col("address") != first)).then(None).otherwise("y")
    )

    found = measured(lonely).get("model", "roc_auc")

    assert found.value is not None
    assert found.ci_low is None
    assert "fewer than two addresses" in found.note


def test_without_rivals_only_the_model_is_measured() -> None:
    alone = make_predictions().drop("score_rule", "score_logistic")

    assert measured(alone).models == ("model",)


def test_without_test_alerts_an_error_names_the_split() -> None:
    with pytest.raises(NoAlertsToMeasureError, match="no test alerts"):
        measured(make_predictions().filter(pl.col("split") == "validation"))


def test_a_frame_without_scores_is_refused() -> None:
    with pytest.raises(MissingColumnsError, match="the predictions lacks the columns score"):
        measured(make_predictions().drop("score"))


def test_an_alert_without_a_score_is_refused() -> None:
    gappy = make_predictions().with_columns(
        score_rule=pl.when(pl.col("score") > 0.1).then("score_rule")
    )

    with pytest.raises(WrongTypeError, match="score_rule do not hold a number for every alert"):
        measured(gappy)


def test_asking_for_an_unmeasured_metric_lists_what_there_is(evaluation: Evaluation) -> None:
    with pytest.raises(UnknownNameError, match="model/test_all/all/roc_auc"):
        evaluation.get("model", "accuracy")


def test_the_headline_gives_all_and_new_addresses(evaluation: Evaluation) -> None:
    assert {"test_all", "test_new"} == {entry.split for entry in evaluation.headline}
    assert all(entry.model == "model" for entry in evaluation.headline)
