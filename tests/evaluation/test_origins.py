"""Metrics on several test ranges, and their mean, against scikit-learn and against the truth."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.origins import ORIGIN_METRICS, measure_origins
from alertmill.plotting.origins import plot_origins
from alertmill.tables.origins import origins_sentence, origins_table
from tests.evaluation.factories import make_origin_scores, make_predictions

_SIMULATIONS = 200


def measured(scores: pl.DataFrame, *, n_bootstrap: int = 50) -> pl.DataFrame:
    return measure_origins(scores, review_budget=5, n_bootstrap=n_bootstrap, seed=1)


def with_one_class(scores: pl.DataFrame) -> pl.DataFrame:
    """Clear every alert of the first range."""
    is_first = pl.col("origin") == scores["origin"].min()
    return scores.with_columns(y=pl.when(is_first).then(pl.lit(0, pl.Int8)).otherwise("y"))


def test_each_range_and_the_mean_are_what_scikit_learn_gives() -> None:
    scores = make_origin_scores()
    found = measured(scores)

    for name, by_hand in (
        ("average_precision", average_precision_score),
        ("roc_auc", roc_auc_score),
    ):
        expected = [
            by_hand(part["y"], part["raw_score"])
            for part in scores.drop_nulls("y").sort("origin").partition_by("origin")
        ]
        own = found.filter(pl.col("metric") == name)
        assert own["value"].to_list() == pytest.approx([*expected, np.mean(expected)])
    assert found["n_origins"].to_list() == [1] * 9 + [3] * 3


def test_the_range_of_the_run_has_the_intervals_of_its_metrics() -> None:
    predictions = make_predictions(n_addresses=40)
    is_test = predictions["split"] == "test"
    first = predictions.filter(is_test)["processing_date"].min()
    shipped = predictions.filter(is_test).with_columns(
        origin=pl.lit(first), is_shipped=pl.lit(value=True), raw_score="score"
    )
    earlier = make_origin_scores(2).with_columns(is_shipped=pl.lit(value=False))
    sizes = {"review_budget": 5, "n_bootstrap": 50, "seed": 1}

    found = measure_origins(pl.concat([earlier, shipped.select(earlier.columns)]), **sizes)
    metrics = evaluate(predictions, **sizes)

    for name in ORIGIN_METRICS:
        row = found.row(by_predicate=pl.col("is_shipped") & (pl.col("metric") == name), named=True)
        own = metrics.get("model", name)
        assert (own.value, own.ci_low, own.ci_high) == (row["value"], row["ci_low"], row["ci_high"])


def test_an_address_that_alerts_on_several_ranges_is_one_address() -> None:
    scores = make_origin_scores()
    mean = measured(scores).filter(pl.col("origin").is_null())

    assert mean["n_positive_addresses"].unique().to_list() == [
        scores.filter(pl.col("y") == 1)["address"].n_unique()
    ]
    assert mean["n_positives"].unique().to_list() == [scores.filter(pl.col("y") == 1).height]


def test_the_order_of_the_rows_changes_nothing() -> None:
    scores = make_origin_scores()

    assert measured(scores.sample(fraction=1, shuffle=True, seed=9)).equals(measured(scores))


def test_a_range_without_a_confirmed_alert_says_so_and_is_no_part_of_the_mean() -> None:
    scores = make_origin_scores()
    found = measured(with_one_class(scores)).filter(pl.col("metric") == "average_precision")
    rest = measured(scores).filter(pl.col("metric") == "average_precision")["value"]

    assert found["note"][0] == "no confirmed alerts"
    assert found["n_origins"][-1] == 2
    assert found["value"][-1] == pytest.approx(np.mean(rest.to_list()[1:3]))
    assert "Over 3 test ranges (1 range without a value left out) the mean" in origins_sentence(
        measured(with_one_class(scores))
    )


def test_the_sentence_gives_the_mean_and_what_the_run_gives_alone() -> None:
    found = measured(make_origin_scores())
    own, mean = (
        found.filter(pl.col("metric") == "average_precision", chosen)["value"].item()
        for chosen in (pl.col("is_shipped"), pl.col("origin").is_null())
    )

    sentence = origins_sentence(found)

    assert f"Over 3 test ranges the mean average precision is {mean:.3f} (" in sentence
    assert "the run's own range alone, with " in sentence
    assert f"gives {own:.3f} (" in sentence


def test_the_sentence_of_one_range_says_what_an_earlier_one_needs() -> None:
    assert "split.n_origins above 1" in origins_sentence(measured(make_origin_scores(1)))


def test_without_any_label_the_sentence_says_why_there_is_nothing() -> None:
    scores = make_origin_scores().with_columns(y=pl.lit(None, pl.Int8))

    found = measured(scores)

    assert "None of the 3 test ranges has an average precision: no labelled alerts." == (
        origins_sentence(found)
    )
    assert found["value"].null_count() == found.height


@pytest.mark.parametrize(
    "scores",
    [make_origin_scores(), make_origin_scores(1), with_one_class(make_origin_scores()),
     make_origin_scores().with_columns(y=pl.lit(None, pl.Int8))],
    ids=["three", "one", "one class", "no label"],
)  # fmt: skip
def test_table_and_figure_are_drawn_of_any_ranges(scores: pl.DataFrame) -> None:
    found = measured(scores)
    table = origins_table(found)

    assert table.height == scores["origin"].n_unique() + 1
    assert table["tested"][0].startswith("mean of ")
    assert table["tested"].to_list()[1:] == sorted(table["tested"].to_list()[1:], reverse=True)
    assert table["model"].to_list()[:2] == [None, "this model"]
    plot_origins(found).canvas.draw()


def test_the_interval_of_the_mean_covers_the_truth_and_is_narrower_than_that_of_one_range() -> None:
    truth = {
        row["metric"]: row["value"]
        for row in measured(
            make_origin_scores(n_addresses=6_000, labelled_share=1.0, seed=0), n_bootstrap=2
        )
        .filter(pl.col("origin").is_null(), pl.col("metric") != "precision_at_budget")
        .iter_rows(named=True)
    }
    inside, widths = dict.fromkeys(truth, 0), []
    for seed in range(_SIMULATIONS):
        found = measured(make_origin_scores(labelled_share=1.0, seed=seed + 1), n_bootstrap=100)
        for row in found.filter(pl.col("origin").is_null()).iter_rows(named=True):
            if row["metric"] in truth:
                inside[row["metric"]] += row["ci_low"] <= truth[row["metric"]] <= row["ci_high"]
        width = found.filter(pl.col("metric") == "average_precision").select(
            pl.col("ci_high") - pl.col("ci_low")
        )
        widths.append(width.to_series()[-1] / width.to_series()[-2])

    shares = {name: n / _SIMULATIONS for name, n in inside.items()}
    assert set(ORIGIN_METRICS) > set(shares)
    assert all(0.91 <= share <= 0.99 for share in shares.values()), shares
    assert float(np.median(widths)) < 1
