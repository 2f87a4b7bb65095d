"""AM007 names the segments in which the model fails."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from alertmill.checks.segments import WeakSegments
from alertmill.evaluation.check_results import CheckState
from alertmill.parameters import PromotionParameters
from tests.checks.written_runs import GOOD, RunWriter
from tests.evaluation.factories import make_predictions

IS_TURNED = pl.col("typology_type") == "PING_PONG"


def test_a_model_that_is_as_good_everywhere_passes(tmp_path: Path) -> None:
    assert WeakSegments().look(RunWriter(tmp_path).measured(GOOD).run).state is CheckState.PASSED


def test_a_segment_that_is_ranked_upside_down_is_an_issue(tmp_path: Path) -> None:
    turned = GOOD.with_columns(
        score=pl.when(IS_TURNED).then(1 - pl.col("score")).otherwise("score")
    )

    verdict = WeakSegments().look(RunWriter(tmp_path).measured(turned).run)

    assert verdict.state is CheckState.ISSUE
    assert "typology_type=PING_PONG" in verdict.told


def test_a_segment_that_is_ranked_by_chance_is_a_tip(tmp_path: Path) -> None:
    hashed = pl.col("address").hash(7).cast(pl.Float64) / 2**64
    random = GOOD.with_columns(score=pl.when(IS_TURNED).then(hashed).otherwise("score"))

    verdict = WeakSegments().look(RunWriter(tmp_path).measured(random).run)

    assert verdict.state is CheckState.TIP
    assert "typology_type=PING_PONG" in verdict.told


def test_a_team_may_set_a_higher_floor(tmp_path: Path) -> None:
    promotion = PromotionParameters(segment_roc_auc=0.999)

    verdict = WeakSegments().look(RunWriter(tmp_path, promotion=promotion).measured(GOOD).run)

    assert verdict.state is CheckState.ISSUE
    assert verdict.told.startswith("below the floor of 0.999: ")


def test_without_a_segment_to_measure_it_does_not_apply(tmp_path: Path) -> None:
    few = make_predictions(n_addresses=30, n_days=3)

    verdict = WeakSegments().look(RunWriter(tmp_path).measured(few).run)

    assert verdict.state is CheckState.NOT_APPLICABLE
