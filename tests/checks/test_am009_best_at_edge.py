"""AM009 says when the best setting lies at an end of what was searched."""

from __future__ import annotations

from pathlib import Path

from alertmill.checks.best_at_edge import BestAtEdge
from alertmill.evaluation.check_results import CheckState
from alertmill.training.models.hyperparameters import Hyperparameters
from tests.checks.searches import write_search
from tests.checks.written_runs import RunWriter

INSIDE = Hyperparameters(learning_rate=0.12, num_leaves=10, feature_fraction=0.6)


def test_settings_inside_their_ranges_pass(tmp_path: Path) -> None:
    run = write_search(RunWriter(tmp_path), {INSIDE: (0.5, 0.6, 0.5)}).run

    assert BestAtEdge().look(run).state is CheckState.PASSED


def test_a_setting_at_its_end_is_named(tmp_path: Path) -> None:
    edge = INSIDE.model_copy(update={"num_leaves": 32})

    verdict = BestAtEdge().look(write_search(RunWriter(tmp_path), {edge: (0.5, 0.6, 0.5)}).run)

    assert verdict.state is CheckState.TIP
    assert verdict.told == "num leaves 32 at the upper edge"
