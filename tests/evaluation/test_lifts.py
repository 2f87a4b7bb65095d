"""Lift by tenth has an interval on every population and segment, or words."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from alertmill.errors import NoAlertsToMeasureError, UnknownNameError
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.lifts import lift_by_tenth, lift_table
from tests.evaluation.factories import make_predictions


@pytest.fixture(scope="module")
def lifts() -> pl.DataFrame:
    return lift_by_tenth(make_predictions(), n_bootstrap=60, seed=7)


def test_the_first_tenth_is_the_metric_of_the_evaluation_with_its_interval(
    lifts: pl.DataFrame,
) -> None:
    evaluation = evaluate(make_predictions(), review_budget=5, n_bootstrap=60, seed=7)

    for split in ("test_all", "test_known", "test_new"):
        entry = evaluation.get("model", "lift_at_top_10_percent", split=split)
        expected = (entry.value, entry.ci_low, entry.ci_high)
        found = lifts.filter(split=split, segment="all", tenth=1)
        assert expected == pytest.approx(found.select("lift", "ci_low", "ci_high").row(0), rel=1e-9)


def test_the_tenths_equal_whole_alerts_counted_by_hand() -> None:
    y = np.zeros(20, dtype=int)
    y[[0, 1, 2, 9]] = 1
    predictions = pl.DataFrame(
        {
            "processing_date": [date(2024, 1, 1)] * 20,
            "address": [f"{i:02d}" for i in range(20)],
            "alert_id": [f"{i:02d}" for i in range(20)],
            "split": "test",
            "is_new_address": False,
            "y": y,
            "score": np.linspace(1, 0, 20),
        }
    )

    found = lift_by_tenth(predictions, n_bootstrap=50, seed=1).filter(
        split="test_all", segment="all"
    )

    assert [5.0, 2.5, 0, 0, 2.5, 0, 0, 0, 0, 0] == pytest.approx(found["lift"].to_list())


def test_the_mean_lift_is_one(lifts: pl.DataFrame) -> None:
    means = lifts.drop_nulls("lift").group_by("split", "segment").agg(pl.col("lift").mean())

    assert means.height > 10
    assert np.allclose(means["lift"], 1.0)


def test_every_missing_number_has_words(lifts: pl.DataFrame) -> None:
    silent = lifts.filter(pl.col("ci_low").is_null(), pl.col("note") == "")

    assert silent.is_empty()
    assert {"severity=low", "month=2024-01"} <= set(lifts["segment"])


def test_populations_stand_beside_each_other(lifts: pl.DataFrame) -> None:
    names = ["test, all addresses", "test, known addresses", "test, new addresses"]

    assert lift_table(lifts).columns == ["tenth", *names]


def test_without_test_alerts_an_error_names_the_split() -> None:
    validation = make_predictions().filter(pl.col("split") == "validation")

    with pytest.raises(NoAlertsToMeasureError, match="no test alerts"):
        lift_by_tenth(validation, n_bootstrap=50, seed=1)


def test_a_segment_that_was_not_measured_has_no_empty_table(lifts: pl.DataFrame) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown segment 'severity=hgih'; .*severity=high"):
        lift_table(lifts, segment="severity=hgih")
