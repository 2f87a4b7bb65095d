"""The gate opens for a model that has shown enough, and says what it misses otherwise."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import optimize

from alertmill.evaluation.comparison import compare
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.gate import Gate, judge
from alertmill.evaluation.summaries import gate_sentence, gate_table
from tests.evaluation.factories import make_predictions

IS_TRUE = (pl.col("y") == 1).fill_null(value=False)


def calibrated(predictions: pl.DataFrame) -> pl.DataFrame:
    """Move the scores in log-odds until their mean on the test is the share of true alerts."""
    rows = predictions.filter(pl.col("split") == "test", pl.col("y").is_not_null())
    log_odds = (rows["score"] / (1 - rows["score"])).log().to_numpy()
    share = float(rows["y"].to_numpy().mean())
    shift = optimize.brentq(lambda c: (1 / (1 + np.exp(-log_odds - c))).mean() - share, -9, 9)
    moved = (pl.col("score") / (1 - pl.col("score"))).log() + shift
    return predictions.with_columns(score=1 / (1 + (-moved).exp()))


GOOD = calibrated(make_predictions(n_addresses=400, separation=2.5))


def gate_of(
    predictions: pl.DataFrame,
    *,
    champion_id: str | None = None,
    champion_unmet: str = "",
    margin: float = 0.05,
) -> Gate:
    return judge(
        evaluate(predictions, review_budget=20, n_bootstrap=100, seed=1),
        compare(predictions, review_budget=20, n_bootstrap=100, seed=1),
        champion_id=champion_id,
        champion_unmet=champion_unmet,
        margin=margin,
    )


def missed(gate: Gate) -> list[str]:
    return [condition.name for condition in gate.conditions if not condition.holds]


def test_a_good_first_model_passes() -> None:
    gate = gate_of(GOOD)

    assert missed(gate) == []
    assert gate.is_open
    assert gate.reason == "all 5 conditions hold"
    assert "as the first one" in gate_sentence(gate)


def test_a_model_that_knows_nothing_misses_the_rule_and_the_new_addresses() -> None:
    found = missed(gate_of(make_predictions(n_addresses=200, separation=0.0, seed=6)))

    assert "better than the rule" in found
    assert "better than chance on new addresses" in found


def test_scores_that_are_no_probabilities_miss_the_calibration() -> None:
    shifted = GOOD.with_columns(score=0.5 + pl.col("score") / 2)

    assert missed(gate_of(shifted)) == ["calibrated"]


def test_a_segment_that_is_ranked_upside_down_is_named() -> None:
    is_turned = pl.col("typology_type") == "PING_PONG"
    turned = GOOD.with_columns(
        score=pl.when(is_turned).then(1 - pl.col("score")).otherwise("score")
    )

    gate = gate_of(turned)

    assert "no segment below chance" in missed(gate)
    assert "typology_type=PING_PONG" in gate.reason


def test_an_equal_model_is_no_worse_than_the_champion() -> None:
    same = GOOD.with_columns(score_champion=pl.col("score"))

    assert missed(gate_of(same, champion_id="scorer-1")) == []


def test_a_worse_model_does_not_replace_the_champion() -> None:
    worse = make_predictions(n_addresses=400, separation=1.0).with_columns(
        score_champion=pl.when(IS_TRUE).then(0.9).otherwise(pl.col("score") / 2)
    )

    gate = gate_of(worse, champion_id="scorer-1")

    assert "no worse than the champion" in missed(gate)
    assert "difference in average precision -0." in gate.reason


def test_the_margin_decides_how_much_may_be_lost() -> None:
    better = GOOD.with_columns(
        score_champion=pl.col("score") + pl.when(IS_TRUE).then(0.2).otherwise(0)
    )

    strict, lenient = (
        missed(gate_of(better, champion_id="scorer-1", margin=margin)) for margin in (0.0, 1.0)
    )

    assert "no worse than the champion" in strict
    assert "no worse than the champion" not in lenient


def test_a_champion_that_could_not_be_met_leaves_the_decision_to_a_person() -> None:
    gate = gate_of(GOOD, champion_id="scorer-1", champion_unmet="it reads other features")

    assert missed(gate) == ["no worse than the champion"]
    assert "scorer-1 was not met: it reads other features" in gate.reason
    assert "alertmill promote" in gate_sentence(gate)


def test_a_saved_gate_reads_back() -> None:
    gate = gate_of(GOOD)

    assert gate == Gate.model_validate_json(gate.model_dump_json())


@pytest.mark.parametrize("champion", [None, "scorer-1"])
def test_the_table_has_a_row_for_every_condition(champion: str | None) -> None:
    gate = gate_of(GOOD, champion_id=champion, champion_unmet="gone" if champion else "")

    assert gate_table(gate)["condition"].to_list() == [c.name for c in gate.conditions]
