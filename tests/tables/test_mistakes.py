"""Every labelled alert has one outcome, and mistakes are found where they were planted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from alertmill.tables.mistakes import (
    CAUGHT,
    FALSE_ALARM,
    MISSED,
    OUTCOMES,
    PASSED,
    decided_alerts,
    mistake_rates,
    mistake_sentence,
    mistakes_by_feature,
    outcome_contrasts,
    worst_mistakes,
)
from alertmill.training.data.rows import KEYS
from tests.evaluation.factories import make_predictions

PREDICTIONS = make_predictions()
DECIDED = decided_alerts(PREDICTIONS, threshold=0.3)


def planted_features() -> pl.DataFrame:
    """Return features whose ``planted`` is high for missed alerts only."""
    missed = DECIDED.filter(pl.col("outcome") == MISSED).select(*KEYS, pl.lit(1).alias("is_missed"))
    n = PREDICTIONS.height
    noise = np.random.default_rng(2).normal(size=(n, 2))
    return (
        PREDICTIONS.select(KEYS)
        .join(missed, on=KEYS, how="left", maintain_order="left")
        .select(
            *KEYS,
            planted=pl.col("is_missed").fill_null(0) * 5 + pl.Series(noise[:, 0]),
            other=pl.Series(noise[:, 1]),
            empty=pl.lit(None, pl.Float64),
        )
    )


def test_outcomes_are_those_of_label_and_threshold() -> None:
    found = DECIDED.group_by("outcome").agg(
        pl.col("score").min().alias("low"), pl.col("score").max().alias("high"), pl.col("y").mean()
    )
    by_name = {row["outcome"]: row for row in found.iter_rows(named=True)}

    assert set(OUTCOMES) == set(by_name)
    assert (1.0, 1.0, 0.0, 0.0) == tuple(
        by_name[name]["y"] for name in (CAUGHT, MISSED, FALSE_ALARM, PASSED)
    )
    assert by_name[CAUGHT]["low"] >= 0.3 > by_name[MISSED]["high"]


def test_rates_count_every_mistake_once() -> None:
    table = mistake_rates(DECIDED, "typology_type")

    assert table["n_missed"].sum() == (DECIDED["outcome"] == MISSED).sum()
    assert table["n_false_alarms"].sum() == (DECIDED["outcome"] == FALSE_ALARM).sum()


def test_a_rate_on_few_alerts_is_not_given() -> None:
    few = DECIDED.filter(pl.col("outcome") == MISSED).head(3)

    assert mistake_rates(few, "severity")["missed_share"].null_count() > 0


def test_a_planted_difference_comes_first() -> None:
    table = outcome_contrasts(DECIDED, planted_features(), outcome=MISSED, against=CAUGHT)

    assert table["feature"][0] == "planted"
    assert table["separation"][0] > 0.95
    assert "empty" not in table["feature"].to_list()


def test_separation_is_the_area_under_the_curve_over_addresses() -> None:
    table = outcome_contrasts(DECIDED, planted_features(), outcome=MISSED, against=CAUGHT)
    per_address = (
        DECIDED.filter(pl.col("outcome").is_in([MISSED, CAUGHT]))
        .join(planted_features(), on=KEYS)
        .group_by("outcome", "address")
        .agg(pl.col("other").mean())
    )

    expected = roc_auc_score(per_address["outcome"] == MISSED, per_address["other"])

    found = table.filter(pl.col("feature") == "other")["separation"][0]
    assert expected == pytest.approx(found)


def test_without_an_outcome_there_is_no_contrast() -> None:
    caught = DECIDED.filter(pl.col("outcome") == CAUGHT)

    assert outcome_contrasts(caught, planted_features(), outcome=MISSED, against=CAUGHT).is_empty()


def test_bins_of_a_feature_hold_every_known_alert() -> None:
    table = mistakes_by_feature(DECIDED, planted_features(), names=["planted", "empty"])

    assert {"planted"} == set(table["feature"])
    assert table["n_alerts"].sum() == DECIDED.height
    others = table["missed_share"][:-1].drop_nulls()
    assert table["missed_share"][-1] > others.max()


def test_the_worst_mistakes_are_of_different_addresses() -> None:
    table = worst_mistakes(DECIDED, outcome=FALSE_ALARM, n=5)

    assert table["address"].n_unique() == table.height
    assert table["error"].is_sorted(descending=True)
    highest = DECIDED.filter(pl.col("outcome") == FALSE_ALARM)["error"].max()
    assert highest == table["error"][0]


def test_a_sentence_says_how_concentrated_the_mistakes_are() -> None:
    sentence = mistake_sentence(DECIDED, outcome=MISSED)

    n_missed = (DECIDED["outcome"] == MISSED).sum()
    assert sentence.startswith(f"{n_missed} of ")
    assert mistake_sentence(DECIDED.head(0), outcome=MISSED) == (
        "No confirmed alert of the test was missed."
    )
