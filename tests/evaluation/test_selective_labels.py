"""Labels that follow the score are called no fair sample, and known chances of review undo it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, precision_score, recall_score, roc_auc_score

from alertmill.errors import WrongTypeError
from alertmill.evaluation.selective_labels import (
    ESTIMATED_METRICS,
    NOT_ESTIMATED,
    estimate_all_alerts,
    label_selection,
    selection_sentence,
    selection_table,
)
from tests.evaluation.factories import make_predictions

THRESHOLD = 0.3


def reviewed_by_score() -> pl.DataFrame:
    """Label only the addresses whose highest score is in the upper half."""
    highest = pl.col("score").max().over("address")
    return make_predictions(labelled_share=1.0).with_columns(
        y=pl.when(highest > highest.median()).then("y")
    )


def table_of(predictions: pl.DataFrame) -> pl.DataFrame:
    return selection_table(predictions, threshold=THRESHOLD, n_bootstrap=60, seed=1)


def test_labels_by_chance_are_not_called_biased() -> None:
    selection = label_selection(make_predictions(), seed=1)

    assert not selection.is_biased
    assert "does not prove that labels are a fair sample" in selection_sentence(selection)


def test_labels_that_follow_the_score_are_called_biased() -> None:
    selection = label_selection(reviewed_by_score(), seed=1)

    sentence = selection_sentence(selection)

    assert selection.is_biased
    assert selection.outscoring > 0.9
    assert "They are no fair sample of all" in sentence
    assert "recall among all alerts is likely to be lower" in sentence


def test_complete_labels_and_none_are_said_plainly() -> None:
    complete = make_predictions(labelled_share=1.0)
    empty = complete.with_columns(y=pl.lit(None, dtype=pl.Int8))

    said = [selection_sentence(label_selection(frame, seed=1)) for frame in (complete, empty)]

    assert said[0].startswith("Each of the ")
    assert said[1].startswith("None of the ")


def test_without_chances_of_review_nothing_is_estimated() -> None:
    table = table_of(make_predictions())

    assert table["all alerts, estimated"].to_list() == [NOT_ESTIMATED] * len(ESTIMATED_METRICS)


def test_the_bounds_hold_what_all_labels_would_give() -> None:
    complete = make_predictions(labelled_share=1.0).filter(pl.col("split") == "test")
    flagged = complete["score"] >= THRESHOLD
    truth = {
        "precision": precision_score(complete["y"], flagged),
        "recall": recall_score(complete["y"], flagged),
    }

    table = table_of(make_predictions(labelled_share=0.6))
    full = table_of(complete)

    for name, value in truth.items():
        row = table.row(by_predicate=pl.col("metric") == name, named=True)
        assert row["lowest"] < value < row["highest"]
        met = full.row(by_predicate=pl.col("metric") == name, named=True)
        assert (value, value) == pytest.approx((met["lowest"], met["highest"]))


def test_estimates_equal_scikit_learn_with_the_same_weights() -> None:
    rng = np.random.default_rng(3)
    frame = make_predictions().filter(pl.col("split") == "test")
    chance = pl.Series(rng.uniform(0.1, 1.0, frame.height))
    frame = frame.with_columns(review_probability=chance)
    labelled = frame.drop_nulls("y")
    y, score = labelled["y"].to_numpy(), labelled["score"].to_numpy()
    weights = {"sample_weight": 1 / labelled["review_probability"].to_numpy()}

    found = estimate_all_alerts(frame, threshold=THRESHOLD, n_bootstrap=50, seed=1)

    expected = [
        precision_score(y, score >= THRESHOLD, **weights),
        recall_score(y, score >= THRESHOLD, **weights),
        average_precision_score(y, score, **weights),
        roc_auc_score(y, score, **weights),
    ]
    assert expected == pytest.approx([entry.value for entry in found], rel=1e-9)


def test_chances_of_one_change_nothing() -> None:
    table = table_of(make_predictions().with_columns(review_probability=pl.lit(1.0)))

    assert table["labelled alerts"].to_list() == table["all alerts, estimated"].to_list()


def test_a_metric_without_a_number_is_words() -> None:
    cleared = make_predictions().with_columns(y=pl.col("y") * 0)

    assert table_of(cleared)["labelled alerts"].to_list()[1:] == ["no confirmed alerts"] * 3


@pytest.mark.parametrize("chance", [0.0, 1.5, None])
def test_a_chance_that_is_none_is_refused(chance: float | None) -> None:
    wrong = make_predictions().with_columns(review_probability=pl.lit(chance, dtype=pl.Float64))

    with pytest.raises(WrongTypeError, match="review_probability"):
        table_of(wrong)
