"""An evaluation measures every model, and gives words where there is no number."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from alertmill.errors import (
    ConfigurationError,
    MissingColumnsError,
    NoAlertsToMeasureError,
    UnknownNameError,
    WrongTypeError,
)
from alertmill.evaluation.comparison import compare
from alertmill.evaluation.curves import budget_table, roc_table
from alertmill.evaluation.evaluate import at_threshold, evaluate
from alertmill.evaluation.reports import Evaluation
from alertmill.evaluation.scores import by_population
from alertmill.evaluation.selective_labels import label_selection
from alertmill.evaluation.typologies import recall_by_typology
from alertmill.tables.daily import daily_performance
from alertmill.tables.decisions import confusion_table, threshold_table
from alertmill.tables.mistakes import decided_alerts
from alertmill.tables.score_distributions import score_histogram
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


def test_another_threshold_moves_what_depends_on_it_and_nothing_else(
    evaluation: Evaluation,
) -> None:
    predictions, higher = make_predictions(), evaluation.threshold + 0.1
    same, moved = (
        at_threshold(evaluation, predictions, threshold=threshold, n_bootstrap=60, seed=7)
        for threshold in (evaluation.threshold, higher)
    )
    outcomes = decided_alerts(predictions, threshold=higher)["outcome"].to_list()
    n_caught, n_false = outcomes.count("caught"), outcomes.count("false alarm")

    assert same == evaluation
    assert higher == moved.threshold
    found = moved.get("model", "precision")
    assert found.value == pytest.approx(n_caught / (n_caught + n_false))
    assert found.ci_low is not None
    assert "model" == {m.model for m in moved.metrics if m not in evaluation.metrics}.pop()
    changed = {m.metric for m in moved.metrics if m not in evaluation.metrics}
    assert changed <= {"precision", "recall", "f1_score", "alerts_per_day"}


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


# --- budgets beyond what there is ---------------------------------------------------------------


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Leave the process half a gigabyte beyond what it has, so that a wrong size fails at once."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + 512 * 2**20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.usefixtures("little_memory")
def test_a_budget_beyond_the_alerts_of_a_day_reviews_them_all_and_draws_no_more() -> None:
    predictions = make_predictions()
    n_alerts = predictions.height

    huge, enough = (
        evaluate(predictions, review_budget=budget, n_bootstrap=60, seed=7)
        for budget in (10**9, n_alerts)
    )
    compared = compare(predictions, review_budget=10**9, n_bootstrap=60, seed=7)

    assert huge.metrics == enough.metrics
    assert huge.thresholds == enough.thresholds
    assert huge.get("model", "recall_at_budget").value == 1.0
    assert compared.review_budget == 10**9


@pytest.mark.usefixtures("little_memory")
def test_tables_by_budget_and_day_end_where_the_alerts_do() -> None:
    predictions = make_predictions()

    budgets = budget_table(predictions, review_budget=10**9)
    days = daily_performance(predictions, review_budget=10**9)
    typologies = recall_by_typology(predictions, review_budget=10**9, n_bootstrap=20, seed=1)

    assert budgets["budget"].max() <= predictions.height
    assert days["recall_at_budget"].drop_nulls().min() == 1.0
    assert typologies["recall"].drop_nulls().min() == 1.0


@pytest.mark.parametrize("review_budget", [0, -1, 2.5, True])
def test_a_budget_is_a_number_of_alerts(review_budget: int) -> None:
    calls: list[Callable[..., object]] = [
        lambda p, **how: evaluate(p, n_bootstrap=9, seed=1, **how),
        lambda p, **how: compare(p, n_bootstrap=9, seed=1, **how),
        lambda p, **how: recall_by_typology(p, n_bootstrap=9, seed=1, **how),
        budget_table,
        daily_performance,
    ]
    for call in calls:
        with pytest.raises(ConfigurationError, match="expected a whole number of alerts a day"):
            call(make_predictions(), review_budget=review_budget)


# --- nothing that means something else ----------------------------------------------------------

OF_POPULATION: list[Callable[..., object]] = [
    by_population,
    confusion_table,
    threshold_table,
    score_histogram,
    roc_table,
    label_selection,
    decided_alerts,
]
_NEEDED = {confusion_table: {"threshold": 0.5}, decided_alerts: {"threshold": 0.5},
           threshold_table: {"in_use": 0.5},
           label_selection: {"seed": 1}}  # fmt: skip


@pytest.mark.parametrize("table", OF_POPULATION)
def test_a_population_that_does_not_exist_is_not_the_whole_test(
    table: Callable[..., object],
) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown population 'test_nwe'; .*test_new"):
        table(make_predictions(), population="test_nwe", **_NEEDED.get(table, {}))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"models": ("mode1",)}, "unknown model 'mode1'"),
        ({"metrics": ("auc",)}, "unknown metric 'auc'; .*roc_auc"),
        ({"splits": ("test",)}, "unknown split 'test'; .*test_all"),
        ({"segment": "severity=hgih"}, "unknown segment 'severity=hgih'; .*severity=high"),
    ],
)
def test_a_table_of_what_was_not_measured_is_not_empty(
    evaluation: Evaluation, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnknownNameError, match=message):
        evaluation.table(**asked)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("y", 2, "0, 1 or null"),
        ("split", "tset", "validation or test"),
        ("is_new_address", None, "true or false"),
    ],
)
def test_a_value_that_would_be_left_out_is_refused(
    column: str, value: object, expected: str
) -> None:
    wrong = make_predictions().with_columns(
        pl.when(pl.int_range(pl.len()) == 3).then(pl.lit(value)).otherwise(column).alias(column)
    )

    with pytest.raises(WrongTypeError, match=f"{column} do not hold {expected}"):
        measured(wrong)


def test_a_pandas_frame_of_predictions_is_refused_in_one_sentence() -> None:
    with pytest.raises(WrongTypeError, match=r"are a pandas DataFrame; expected a polars"):
        measured(make_predictions().to_pandas())  # type: ignore[arg-type]  # the point of the test
