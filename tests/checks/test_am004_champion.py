"""AM004 lets no model replace a champion that it may be worse than."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from alertmill.checks.champion import NoWorseThanChampion
from alertmill.checks.differences import difference_to
from alertmill.evaluation.check_results import CheckState
from alertmill.parameters import PromotionParameters
from alertmill.promotions.deciding import decide
from alertmill.runs import Run
from tests.checks.written_runs import GOOD, IS_TRUE, RunWriter
from tests.evaluation.factories import make_predictions
from tests.promotions.cases import case


def test_without_a_champion_it_does_not_apply(tmp_path: Path) -> None:
    verdict = NoWorseThanChampion().look(RunWriter(tmp_path).champion().run)

    assert verdict.state is CheckState.NOT_APPLICABLE
    assert verdict.told == "there is no champion yet"


def test_a_champion_that_could_not_be_met_leaves_the_decision_to_a_person(tmp_path: Path) -> None:
    run = RunWriter(tmp_path).champion("scorer-1", "it reads other features").run

    verdict = NoWorseThanChampion().look(run)

    assert verdict.state is CheckState.ISSUE
    assert verdict.told == (
        "undecided: the champion scorer-1 cannot be compared, because it reads other features"
    )


def test_an_equal_model_passes(tmp_path: Path) -> None:
    same = GOOD.with_columns(score_champion=pl.col("score"))

    verdict = NoWorseThanChampion().look(
        RunWriter(tmp_path).compared(same).champion("scorer-1").run
    )

    assert verdict.state is CheckState.PASSED


def test_a_worse_model_is_an_issue(tmp_path: Path) -> None:
    worse = make_predictions(n_addresses=400, separation=1.0).with_columns(
        score_champion=pl.when(IS_TRUE).then(0.9).otherwise(pl.col("score") / 2)
    )

    verdict = NoWorseThanChampion().look(
        RunWriter(tmp_path).compared(worse).champion("scorer-1").run
    )

    assert verdict.state is CheckState.ISSUE
    assert "difference in average precision -0." in verdict.told


@pytest.mark.parametrize(("margin", "state"), [(0.0, CheckState.ISSUE), (1.0, CheckState.PASSED)])
def test_the_margin_decides_how_much_may_be_lost(
    tmp_path: Path, margin: float, state: CheckState
) -> None:
    noise = pl.Series(np.random.default_rng(3).normal(0, 0.1, GOOD.height))
    alike = GOOD.with_columns(score_champion=pl.col("score") + noise)

    assert NoWorseThanChampion().look(_met(tmp_path, alike, margin)).state is state


def test_a_model_that_is_proven_worse_is_an_issue_whatever_the_margin(tmp_path: Path) -> None:
    better = GOOD.with_columns(
        score_champion=pl.col("score") + pl.when(IS_TRUE).then(0.2).otherwise(0)
    )

    verdict = NoWorseThanChampion().look(_met(tmp_path, better, 1.0))

    assert verdict.state is CheckState.ISSUE
    assert verdict.told.startswith("worse than the champion; difference in average precision -0.")


def test_the_check_says_what_the_decision_says(tmp_path: Path) -> None:
    noise = pl.Series(np.random.default_rng(3).normal(0, 0.1, GOOD.height))
    run = _met(tmp_path, GOOD.with_columns(score_champion=pl.col("score") + noise), 0.001)

    told = NoWorseThanChampion().look(run).told

    found = difference_to(run.comparison, "champion", "test_new")
    decided = decide(case(found, parameters=run.parameters.promotion))
    assert decided.sentence.lower() == f"{told}."
    assert "is wider than the margin (0.001)" in told


@pytest.mark.parametrize(("gain", "state"), [(0.0, CheckState.ISSUE), (0.5, CheckState.PASSED)])
def test_a_margin_below_zero_asks_for_a_gain(
    tmp_path: Path, gain: float, state: CheckState
) -> None:
    champion = pl.when(IS_TRUE).then(pl.col("score") * (1 - gain)).otherwise("score")
    predictions = GOOD.with_columns(score_champion=champion)

    assert NoWorseThanChampion().look(_met(tmp_path, predictions, -0.02)).state is state


def _met(folder: Path, predictions: pl.DataFrame, margin: float) -> Run:
    promotion = PromotionParameters(margin=margin)
    return RunWriter(folder, promotion=promotion).compared(predictions).champion("scorer-1").run
