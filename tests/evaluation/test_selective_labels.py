"""Labels that follow the score are called no fair sample, and known chances of review undo it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

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


def reviewed(rng: np.random.Generator, *, n_addresses: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Draw alerts with all labels, and those that review leaves.

    Review looks at the tenth of the addresses that scored highest on the first day, and at 3 % of
    the others by chance.
    """
    n_days = 3
    is_true = rng.random(n_addresses) < 0.15
    own = rng.normal(1.2 * is_true, np.sqrt(0.9))
    score = own[:, None] + rng.normal(0, np.sqrt(0.1), (n_addresses, n_days))
    is_top = score[:, 0] >= np.quantile(score[:, 0], 0.9)
    chance = np.where(is_top, 1.0, 0.03)
    is_reviewed = rng.random(n_addresses) < chance
    address = np.repeat(np.arange(n_addresses), n_days)
    complete = pl.DataFrame(
        {
            "processing_date": [date(2024, 1, 1 + day) for day in range(n_days)] * n_addresses,
            "address": [f"{a:06d}" for a in address],
            "alert_id": [f"{i:07d}" for i in range(len(address))],
            "split": "test",
            "is_new_address": True,
            "y": is_true[address].astype(int),
            "score": score.ravel(),
            "review_probability": chance[address],
        }
    )
    seen = pl.Series(is_reviewed[address])
    return complete, complete.with_columns(y=pl.when(seen).then("y"))


def truth_of(*, threshold: float) -> dict[str, float]:
    complete, _ = reviewed(np.random.default_rng(0), n_addresses=100_000)
    found = estimate_all_alerts(
        complete.with_columns(review_probability=1.0), threshold=threshold, n_bootstrap=10, seed=0
    )
    return {entry.metric: entry.value for entry in found if entry.value is not None}


def test_review_of_the_top_is_called_biased_and_weights_bring_recall_back() -> None:
    complete, partial = reviewed(np.random.default_rng(2), n_addresses=10_000)
    plain = partial.with_columns(review_probability=1.0)

    ends = [
        estimate_all_alerts(frame, threshold=1.5, n_bootstrap=100, seed=1)[1].interval
        for frame in (plain, partial)
    ]

    truth = recall_score(complete["y"], complete["score"] >= 1.5)
    assert label_selection(partial, seed=1).is_biased
    assert [False, True] == [bool((e.low or 0) <= truth <= (e.high or 0)) for e in ends]


@pytest.mark.heavy
def test_weighted_estimates_cover_the_truth_where_plain_ones_do_not(
    record_property: Callable[[str, object], None],
) -> None:
    rng = np.random.default_rng(3)
    truth = truth_of(threshold=1.5)
    hits = {kind: dict.fromkeys(truth, 0) for kind in ("weighted", "plain")}
    n_repeats, n_flagged = 300, 0

    for repeat in range(n_repeats):
        _, partial = reviewed(rng, n_addresses=3_000)
        n_flagged += label_selection(partial, seed=repeat).is_biased
        plain = partial.with_columns(review_probability=1.0)
        for kind, frame in (("weighted", partial), ("plain", plain)):
            for entry in estimate_all_alerts(frame, threshold=1.5, n_bootstrap=200, seed=repeat):
                low, high = entry.interval.low, entry.interval.high
                assert low is not None
                assert high is not None
                hits[kind][entry.metric] += low <= truth[entry.metric] <= high

    record_property("V15 runs reviewed from the top that are called biased", f"{n_flagged} of 300")
    for name in truth:
        record_property(
            f"V15 coverage of weighted {name}, 3 % random stratum",
            f"{hits['weighted'][name] / n_repeats:.1%} of 300 "
            f"(unweighted: {hits['plain'][name] / n_repeats:.1%})",
        )
    assert n_flagged == n_repeats
    assert min(hits["weighted"].values()) / n_repeats >= 0.9, hits
