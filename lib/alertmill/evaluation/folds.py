"""Scores of the cross-validation folds, and what they allow to say."""

from __future__ import annotations

import numpy as np
import polars as pl

from alertmill.evaluation.intervals import two_sided_p
from alertmill.training.tuning.gain import corrected_standard_error
from alertmill.training.tuning.noise import share_tested


def numbered(trials: pl.DataFrame) -> pl.DataFrame:
    """Add the column trial, the one number by which every table and figure calls a trial.

    Parameters
    ----------
    trials : DataFrame
        In the order in which the trials began, over all searches.
    """
    return trials.with_columns(trial=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))


def fold_scores(trials: pl.DataFrame) -> pl.DataFrame:
    """One row per search, trial and fold.

    Parameters
    ----------
    trials : DataFrame
        Trials of the hyperparameter searches in their order: method, value, fold_average_precision
        and fold_roc_auc (lists, one value per fold).

    Returns
    -------
    DataFrame
        Columns method, trial (from 1 over all searches), is_best (whether the trial is the best of
        its search), fold (from 1), average_precision and roc_auc. Unfinished trials are left out.
    """
    finished = numbered(trials).filter(pl.col("value").is_not_null())
    folds = ("fold_average_precision", "fold_roc_auc")
    return (
        finished.with_columns(
            is_best=pl.col("value") == pl.col("value").max().over("method"),
            fold=pl.int_ranges(1, pl.col(folds[0]).list.len() + 1, dtype=pl.Int64),
        )
        .select("method", "trial", "is_best", "fold", *folds)
        .explode("fold", *folds)
        .rename({folds[0]: "average_precision", folds[1]: "roc_auc"})
    )


def fold_differences(trials: pl.DataFrame, folds: pl.DataFrame) -> pl.DataFrame:
    """Compare the best trial of every search with the best of all, fold by fold.

    Folds share training alerts, so a plain t test would find differences that are not there. The
    variance is corrected for the overlap (Nadeau and Bengio 2003).

    Parameters
    ----------
    trials : DataFrame
        As for `fold_scores`.
    folds : DataFrame
        Columns train_n_alerts and validation_n_alerts, one row per fold.

    Returns
    -------
    DataFrame
        Columns search, trial, mean_average_precision, deficit (best minus this one), p_value (two
        sided; null for the best itself) and n_folds; the best first.
    """
    best = (
        numbered(trials)
        .filter(pl.col("value").is_not_null())
        .sort("value", descending=True)
        .unique("method", keep="first", maintain_order=True)
    )
    test_share = share_tested(folds) if folds.height else 0.0
    leader = best["fold_average_precision"][0].to_numpy() if best.height else np.zeros(0)
    rows: list[tuple[object, ...]] = []
    for row in best.iter_rows(named=True):
        deficits = leader - np.asarray(row["fold_average_precision"])
        p_value = corrected_t_test(deficits, test_share=test_share) if rows else None
        rows.append(
            (row["method"], row["trial"], row["value"], deficits.mean(), p_value, len(deficits))
        )
    return pl.DataFrame(rows, schema=_DIFFERENCES, orient="row")


def corrected_t_test(differences: np.ndarray, *, test_share: float) -> float | None:
    """Two-sided p-value that the mean difference over overlapping folds is 0.

    Parameters
    ----------
    differences : ndarray of shape (n_folds,)
        Difference of two models on each fold.
    test_share : float
        Alerts measured on, over alerts trained on, in an average fold.

    Returns
    -------
    float or None
        None with fewer than two folds, or when all differences are equal.
    """
    error = corrected_standard_error(differences, test_share=test_share)
    if not error:
        return None
    return two_sided_p(float(np.mean(differences)) / error, len(differences) - 1)


_DIFFERENCES = {
    "search": pl.String,
    "trial": pl.Int64,
    "mean_average_precision": pl.Float64,
    "deficit": pl.Float64,
    "p_value": pl.Float64,
    "n_folds": pl.Int64,
}
