"""Where there is nothing to measure, an evaluation and its tables have words and no number."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.lifts import lift_by_tenth
from alertmill.evaluation.reports import Evaluation
from alertmill.evaluation.selective_labels import selection_table
from alertmill.evaluation.summaries import metrics_by_population, segment_table, side_by_side
from alertmill.evaluation.typologies import recall_by_typology
from tests.evaluation.factories import make_predictions

RANKING = ("roc_auc", "average_precision", "recall", "f1_score", "lift_at_top_10_percent")
ON_TEST = pl.col("split") == "test"


def with_test_labels(label: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    """Change the labels of the test; the others stay."""
    return make_predictions().with_columns(
        y=pl.when(ON_TEST).then(label(pl.col("y"))).otherwise("y").cast(pl.Int8)
    )


def single_confirmed() -> pl.DataFrame:
    """Clear all test alerts but one."""
    predictions = make_predictions()
    one = predictions.filter(ON_TEST, pl.col("y") == 1)["alert_id"][0]
    is_one = pl.col("alert_id") == one
    return predictions.with_columns(
        y=pl.when(ON_TEST & ~is_one).then(pl.col("y") * 0).otherwise("y")
    )


CASES = {
    "all cleared": (with_test_labels(lambda y: y * 0), "no confirmed alerts"),
    "all confirmed": (with_test_labels(lambda y: y * 0 + 1), "no alerts that were cleared"),
    "one confirmed": (single_confirmed(), "a single confirmed alert"),
    "no labels": (with_test_labels(lambda y: pl.when(y > 1).then(y)), "no labelled alerts"),
}


def measured(predictions: pl.DataFrame) -> Evaluation:
    return evaluate(predictions, review_budget=5, n_bootstrap=50, seed=7)


@pytest.mark.parametrize("case", CASES)
def test_a_population_that_cannot_be_ranked_has_words(case: str) -> None:
    predictions, words = CASES[case]

    evaluation = measured(predictions)

    names = RANKING[:1] if case == "all confirmed" else RANKING
    entries = [evaluation.get("model", name) for name in names]
    assert {(None, words)} == {(entry.value, entry.text) for entry in entries}


@pytest.mark.parametrize("case", CASES)
def test_no_table_of_a_report_holds_what_is_no_number(case: str) -> None:
    predictions, _ = CASES[case]
    evaluation = measured(predictions)

    texts = [metrics_by_population(evaluation), side_by_side(evaluation), segment_table(evaluation)]
    texts.append(selection_table(predictions, threshold=0.3, n_bootstrap=50, seed=1))
    recall = recall_by_typology(predictions, review_budget=5, n_bootstrap=50, seed=1)
    lifts = lift_by_tenth(predictions, n_bootstrap=50, seed=1)

    said = pl.concat(
        [
            table.select(pl.selectors.string()).unpivot(variable_name="column", value_name="text")
            for table in texts
        ]
    )["text"]
    assert not said.str.contains(r"\bnan\b|None").any()
    for table in (recall, lifts):
        numbers = table.select(pl.selectors.float())
        assert (
            not numbers.fill_null(0).select(pl.any_horizontal(pl.all().is_nan())).to_series().any()
        )
        assert table.filter(pl.col("ci_low").is_null(), pl.col("note") == "").is_empty()


def test_a_population_without_alerts_has_words() -> None:
    evaluation = measured(make_predictions().with_columns(is_new_address=pl.lit(value=False)))

    texts = {entry.text for entry in evaluation.metrics if entry.split == "test_new"}

    assert {"no labelled alerts", "no alerts", "the score is not a probability"} >= texts


def test_a_segment_of_few_confirmed_alerts_has_words() -> None:
    rare = make_predictions().with_columns(
        typology_type=pl.when(pl.col("address") < "0x0010")
        .then(pl.lit("RARE"))
        .otherwise(pl.lit("REST"))
    )

    entry = measured(rare).get("model", "average_precision", segment="typology_type=RARE")

    assert entry.value is None
    assert "not shown" in entry.text
