"""A run's metrics have the names of the tracking table."""

from __future__ import annotations

import polars as pl
import pytest

from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.registry_metrics import registered_metrics
from tests.evaluation.factories import make_predictions


def test_the_seeds_names_hold_the_test_and_the_folds_of_the_best_trial() -> None:
    evaluation = evaluate(make_predictions(), review_budget=5, n_bootstrap=50, seed=7)
    trials = pl.DataFrame({"value": [0.2, 0.4], "fold_roc_auc": [[0.5, 0.5], [0.7, 0.8]]})

    metrics = registered_metrics(evaluation, trials)

    assert metrics["test_auc"] == evaluation.get("model", "roc_auc").value
    assert metrics["test_auc"] == metrics["test_roc_auc"]
    assert metrics["cv_auc_mean"] == pytest.approx(0.75)
    assert metrics["cv_auc_std"] == pytest.approx(0.05 * 2**0.5)
