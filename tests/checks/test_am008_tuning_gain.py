"""AM008 asks whether the search beat the defaults by more than the folds differ."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.checks.tuning_gain import TuningGain
from alertmill.evaluation.check_results import CheckState
from alertmill.training.models.hyperparameters import Hyperparameters
from tests.checks.searches import write_search
from tests.checks.written_runs import RunWriter

CHOSEN = Hyperparameters(learning_rate=0.2)


@pytest.mark.parametrize(
    ("chosen_folds", "expected"),
    [((0.50, 0.61, 0.555), CheckState.PASSED), ((0.50, 0.30, 0.555), CheckState.TIP)],
)
def test_only_a_gain_on_every_fold_passes(
    tmp_path: Path, chosen_folds: tuple[float, ...], expected: CheckState
) -> None:
    points = {CHOSEN: chosen_folds, Hyperparameters(): (0.30, 0.40, 0.36)}

    assert TuningGain().look(write_search(RunWriter(tmp_path), points).run).state is expected


def test_without_a_trial_of_the_defaults_it_does_not_apply(tmp_path: Path) -> None:
    run = write_search(RunWriter(tmp_path), {CHOSEN: (0.5, 0.6, 0.55)}).run

    assert TuningGain().look(run).state is CheckState.NOT_APPLICABLE
