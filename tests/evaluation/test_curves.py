"""Points of the curves equal scikit-learn's, and queues are counted by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sklearn_metrics

from alertmill.evaluation.curves import (
    MAX_POINTS,
    budget_table,
    gains_table,
    precision_recall_table,
    roc_table,
)
from alertmill.evaluation.evaluate import evaluate
from tests.evaluation.factories import make_predictions


def labelled_test(predictions: pl.DataFrame) -> pl.DataFrame:
    return predictions.filter(pl.col("split") == "test", pl.col("y").is_not_null())


def small_predictions() -> pl.DataFrame:
    return make_predictions(n_addresses=30)


def test_roc_points_equal_scikit_learn() -> None:
    rows = labelled_test(small_predictions())

    own = roc_table(small_predictions()).filter(pl.col("model") == "model")

    false, true, thresholds = sklearn_metrics.roc_curve(
        rows["y"], rows["score"], drop_intermediate=False
    )
    assert own["false_positive_rate"].to_numpy() == pytest.approx(false, abs=1e-12)
    assert own["true_positive_rate"].to_numpy() == pytest.approx(true, abs=1e-12)
    assert own["threshold"].to_numpy()[1:] == pytest.approx(thresholds[1:])


def test_precision_recall_points_equal_scikit_learn() -> None:
    rows = labelled_test(small_predictions())

    own = precision_recall_table(small_predictions()).filter(pl.col("model") == "model")

    precision, recall, _ = sklearn_metrics.precision_recall_curve(rows["y"], rows["score"])
    assert own["precision"].to_numpy()[::-1] == pytest.approx(precision[:-1])
    assert own["recall"].to_numpy()[::-1] == pytest.approx(recall[:-1])


def test_a_long_curve_keeps_its_ends_and_few_points() -> None:
    table = roc_table(make_predictions(n_addresses=900)).filter(pl.col("model") == "model")

    assert table.height <= MAX_POINTS
    assert table.select("false_positive_rate", "true_positive_rate").row(0) == (0.0, 0.0)
    assert table.select("false_positive_rate", "true_positive_rate").row(-1) == (1.0, 1.0)


def test_tenths_hold_all_labelled_alerts_and_all_true_ones() -> None:
    predictions = make_predictions()
    rows = labelled_test(predictions)

    own = gains_table(predictions).filter(pl.col("model") == "model")

    assert own["n_alerts"].sum() == pytest.approx(rows.height)
    assert own["n_positives"].sum() == pytest.approx(rows["y"].sum())
    assert own["cumulative_recall"][-1] == pytest.approx(1.0)
    assert np.average(own["lift"], weights=own["n_alerts"]) == pytest.approx(1.0)


@pytest.mark.parametrize("digits", [6, 1], ids=["distinct scores", "tied scores"])
def test_the_lift_of_the_first_tenth_is_the_metric(digits: int) -> None:
    predictions = make_predictions().with_columns(pl.col("score").round(digits))
    metric = evaluate(predictions, review_budget=5, n_bootstrap=20, seed=1).get(
        "model", "lift_at_top_10_percent"
    )

    first = gains_table(predictions).filter(model="model", tenth=1)

    assert first["lift"][0] == pytest.approx(metric.value)


def test_without_one_class_there_are_no_tenths() -> None:
    nobody = make_predictions().with_columns(y=pl.lit(0, dtype=pl.Int8))

    assert gains_table(nobody).is_empty()


def test_the_queue_of_each_budget_pools_the_days() -> None:
    days = [date(2024, 1, 1)] * 3 + [date(2024, 1, 2)] * 2
    predictions = pl.DataFrame(
        {
            "processing_date": days,
            "address": list("abcde"),
            "alert_id": list("abcde"),
            "split": "test",
            "is_new_address": False,
            "y": [1, 0, 1, None, 1],
            "score": [0.9, 0.8, 0.1, 0.9, 0.2],
        }
    )

    table = budget_table(predictions, review_budget=1)

    # first of each day: true, unlabelled; second: false, true; third: true
    assert [1, 2, 3] == table["budget"].to_list()[:3]
    assert [1.0, 2 / 3, 3 / 4] == pytest.approx(table["precision"].to_list()[:3])
    assert [1 / 3, 2 / 3, 1.0] == pytest.approx(table["recall"].to_list()[:3])


@pytest.mark.parametrize("table", [roc_table, precision_recall_table, gains_table])
def test_one_class_gives_no_points(table: object) -> None:
    cleared = make_predictions().with_columns(y=pl.col("y") * 0)

    assert table(cleared).is_empty()  # type: ignore[operator]
