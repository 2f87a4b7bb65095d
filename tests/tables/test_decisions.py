"""Counts of decisions equal scikit-learn's, and thresholds are counted by hand."""

from __future__ import annotations

import polars as pl
import pytest
from sklearn import metrics as sklearn_metrics

from alertmill.evaluation.evaluate import evaluate
from alertmill.tables.decisions import (
    classification_report,
    confusion_at_thresholds,
    confusion_table,
    explorer_sentence,
    explorer_table,
    threshold_table,
)
from tests.evaluation.factories import make_predictions

PREDICTIONS = make_predictions()
ROWS = PREDICTIONS.filter(pl.col("split") == "test", pl.col("y").is_not_null())


def test_confusion_counts_equal_scikit_learn() -> None:
    table = confusion_table(PREDICTIONS, threshold=0.3)

    (passed, false), (missed, caught) = sklearn_metrics.confusion_matrix(
        ROWS["y"], ROWS["score"] >= 0.3
    )
    assert [caught, missed, false, passed] == table["n_alerts"].to_list()[:4]


def test_unlabelled_alerts_are_counted_apart() -> None:
    table = confusion_table(PREDICTIONS, threshold=0.3).filter(pl.col("outcome") == "unlabelled")

    test = PREDICTIONS.filter(pl.col("split") == "test")
    assert test["y"].null_count() == table["n_alerts"].sum()


def test_an_empty_cell_is_there_and_its_share_is_not_known() -> None:
    unlabelled = PREDICTIONS.with_columns(y=pl.lit(None, pl.Int8))

    table = confusion_table(unlabelled, threshold=0.3)

    assert table.height == 6
    assert table["share"].null_count() == 4


def test_the_classification_report_equals_scikit_learn() -> None:
    evaluation = evaluate(PREDICTIONS, review_budget=5, n_bootstrap=50, seed=1)

    table = classification_report(PREDICTIONS, evaluation)

    expected = sklearn_metrics.classification_report(
        ROWS["y"], ROWS["score"] >= evaluation.threshold, output_dict=True
    )
    for place, label in enumerate(("1", "0")):
        found = table.row(place, named=True)
        assert expected[label]["precision"] == pytest.approx(found["precision"])
        assert expected[label]["recall"] == pytest.approx(found["recall"])
        assert expected[label]["f1-score"] == pytest.approx(found["f1_score"])
        assert expected[label]["support"] == found["n_alerts"]


def test_every_threshold_is_counted() -> None:
    table = threshold_table(PREDICTIONS, in_use=0.3)

    middle = table.row(table.height // 2, named=True)
    flagged = ROWS["score"] >= middle["threshold"]
    assert middle["true_positives"] == (flagged & (ROWS["y"] == 1)).sum()
    assert middle["false_positives"] == (flagged & (ROWS["y"] == 0)).sum()
    sums = table.select(
        pl.sum_horizontal("true_positives", "false_positives", "false_negatives", "true_negatives")
    )
    assert set(sums.to_series()) == {ROWS.height}


def test_thresholds_to_weigh_are_named() -> None:
    swept = threshold_table(PREDICTIONS, in_use=0.3)

    table = confusion_at_thresholds(swept, chosen=0.3, budget=5)

    assert [0.3] == table.filter(choice="in use")["threshold"].to_list()
    assert table["threshold"].is_sorted()


def test_the_row_of_the_threshold_in_use_is_the_confusion_of_the_model() -> None:
    row = threshold_table(PREDICTIONS, in_use=0.3).filter(threshold=0.3).row(0, named=True)

    counted = ("true_positives", "false_negatives", "false_positives", "true_negatives")
    cells = confusion_table(PREDICTIONS, threshold=0.3).head(4)["n_alerts"].to_list()
    assert cells == [row[name] for name in counted]


def test_every_opened_alert_costs_a_review_whether_it_is_labelled_or_not() -> None:
    row = threshold_table(PREDICTIONS, in_use=0.3, missed_cost=5).filter(threshold=0.3)

    test = PREDICTIONS.filter(pl.col("split") == "test")
    n_opened = (test["score"] >= 0.3).sum()
    n_missed = ((ROWS["score"] < 0.3) & (ROWS["y"] == 1)).sum()
    n_days = test["processing_date"].n_unique()
    assert row["cost_per_day"][0] == pytest.approx((n_opened + 5 * n_missed) / n_days)


def test_without_alerts_there_is_no_threshold_table() -> None:
    validation = PREDICTIONS.filter(pl.col("split") == "validation")

    table = threshold_table(validation, in_use=0.3)

    assert table.is_empty()
    assert confusion_at_thresholds(table, chosen=0.3, budget=5).is_empty()


def test_every_row_of_the_explorer_is_counted() -> None:
    table = explorer_table(PREDICTIONS, in_use=0.3)
    test = PREDICTIONS.filter(pl.col("split") == "test")
    n_days = test["processing_date"].n_unique()

    for row in table.iter_rows(named=True):
        opened, flagged = test["score"] >= row["threshold"], ROWS["score"] >= row["threshold"]
        confirmed = int((flagged & (ROWS["y"] == 1)).sum())
        missed = int((ROWS["y"] == 1).sum()) - confirmed
        assert confirmed == row["true_positives"]
        assert opened.sum() / n_days == pytest.approx(row["alerts_per_day"])
        assert (~opened).sum() / n_days == pytest.approx(row["saved_per_day"])
        assert (opened.sum() + 20 * missed) / n_days == pytest.approx(row["cost_per_day"])


def test_the_explorer_opens_more_from_row_to_row_up_to_all_and_has_the_threshold_in_use() -> None:
    table = explorer_table(PREDICTIONS, in_use=0.3)

    opened = table["alerts_per_day"].to_list()
    assert sorted(set(opened)) == opened
    assert 0 == pytest.approx(table["saved_per_day"][-1])
    assert [0.3] == table.filter(pl.col("choice") == "in use")["threshold"].to_list()


def test_the_explorer_of_one_alert_and_of_ties_has_one_row_for_each_choice() -> None:
    test = PREDICTIONS.filter(pl.col("split") == "test")
    ties = explorer_table(test.with_columns(score=pl.lit(0.5)), in_use=0.5)

    assert 1 == explorer_table(test.head(1), in_use=test["score"][0]).height
    assert [("in use", 0.0)] == ties.select("choice", "saved_per_day").rows()


def test_the_sentence_of_the_explorer_tells_the_row_in_use() -> None:
    table = explorer_table(PREDICTIONS, in_use=0.3)
    row = table.row(by_predicate=pl.col("choice") == "in use", named=True)

    assert explorer_sentence(table) == (
        f"The threshold in use opens {row['alerts_per_day']:.1f} alerts a day on the test; of "
        f"those with a label {100 * row['precision_share']:.0f} % are confirmed, and "
        f"{100 * row['recall_share']:.0f} % of all confirmed alerts are found."
    )


@pytest.mark.parametrize(
    ("predictions", "said"),
    [
        (PREDICTIONS.clear(), "The test holds no alerts"),
        (PREDICTIONS.with_columns(y=pl.lit(None, pl.Int8)), "none of them has a label"),
        (PREDICTIONS.with_columns(y=pl.col("y") * 0), "no alert of the test is confirmed"),
    ],
)
def test_the_sentence_of_the_explorer_says_what_is_missing(
    predictions: pl.DataFrame, said: str
) -> None:
    assert said in explorer_sentence(explorer_table(predictions, in_use=0.3))
