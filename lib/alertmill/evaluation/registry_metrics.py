"""The metrics of a run under the names of the tracking table."""

from __future__ import annotations

import polars as pl

from alertmill.evaluation.reports import Evaluation
from alertmill.training.tuning.results import Tuning


def registered_metrics(evaluation: Evaluation, tuning: Tuning) -> dict[str, float | None]:
    """Return the metrics under the names of the registry.

    Parameters
    ----------
    evaluation : Evaluation
        Of the run.
    tuning : Tuning
        Of the run; the folds of the trial that ships count.

    Returns
    -------
    dict
        test_<metric> on all addresses of the test; test_auc; cv_auc_mean and cv_auc_std, mean and
        standard deviation over the folds of the search. None where undefined.
    """
    measured = evaluation.table(models=("model",), splits=("test_all",))
    metrics = {f"test_{row['metric']}": row["value"] for row in measured.iter_rows(named=True)}
    folds = pl.Series(tuning.shipped_trial["fold_roc_auc"])
    return metrics | {
        "test_auc": metrics["test_roc_auc"],
        "cv_auc_mean": folds.mean(),
        "cv_auc_std": folds.std(),
    }
