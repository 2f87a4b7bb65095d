"""A run's metrics have the names of the tracking table."""

from __future__ import annotations

import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.registry_metrics import registered_metrics
from alertmill.training.models.hyperparameters import Hyperparameters
from tests.evaluation.factories import make_predictions
from tests.training.tuning.written_searches import searched

CHOSEN = Hyperparameters(learning_rate=0.2)


@pytest.mark.parametrize(("default_folds", "spread"), [((0.5, 0.6), 0.05), ((0.9, 0.6), 0.15)])
def test_the_registrys_names_hold_the_test_and_the_folds_of_what_ships(
    default_folds: tuple[float, ...], spread: float
) -> None:
    evaluation = evaluate(make_predictions(), review_budget=5, n_bootstrap=50, seed=7)
    tuning = searched({CHOSEN: (0.7, 0.8), Hyperparameters(): default_folds})

    metrics = registered_metrics(evaluation, tuning)

    assert metrics["test_auc"] == evaluation.get("model", "roc_auc").value
    assert metrics["test_auc"] == metrics["test_roc_auc"]
    assert metrics["cv_auc_mean"] == pytest.approx(0.75)
    assert metrics["cv_auc_std"] == pytest.approx(spread * 2**0.5)
