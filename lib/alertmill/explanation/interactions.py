"""Pairs of features that the model reads together; the one module that knows shap."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import polars as pl

from alertmill.training.data.inputs import to_matrix
from alertmill.training.data.rows import KEYS
from alertmill.training.models.boosting import FittedBooster
from alertmill.training.models.model import AlertModel

MAX_ALERTS = 80
"""Interaction values take seconds per hundred alerts."""


def interaction_matrix(
    model: AlertModel, features: pl.DataFrame, *, n_alerts: int = MAX_ALERTS, seed: int = 7
) -> np.ndarray:
    """Mean absolute SHAP interaction of every pair of features.

    Parameters
    ----------
    model : AlertModel
        The model.
    features : DataFrame
        Keys, then the features of the model; at most ``n_alerts`` rows are used, drawn at random.
    n_alerts : int
        Alerts averaged over.
    seed : int
        Seed of the draw.

    Returns
    -------
    ndarray of shape (n_features, n_features)
        Symmetric, in log-odds, in the order of the model's features. Off the diagonal the whole
        effect of the pair, both halves; on it what the feature does alone.
    """
    rows = features.sort(KEYS)
    if rows.height > n_alerts:
        chosen = np.random.default_rng(seed).choice(rows.height, n_alerts, replace=False)
        rows = rows[np.sort(chosen)]
    values = _interaction_values(model, to_matrix(rows, model.feature_names))
    strength = np.abs(values).mean(axis=0)
    return np.asarray(2 * strength - np.diag(np.diag(strength)))


def interaction_table(matrix: np.ndarray, names: tuple[str, ...], *, n: int = 10) -> pl.DataFrame:
    """List the pairs that interact most.

    Returns
    -------
    DataFrame
        Columns feature, other, interaction (mean absolute, log-odds) and share_of_own (of what the
        two do alone); the strongest first. Pairs that never interact are left out.
    """
    first, second = np.triu_indices(len(names), k=1)
    alone = np.diag(matrix)[first] + np.diag(matrix)[second]
    strength = matrix[first, second]
    table = pl.DataFrame(
        {
            "feature": np.array(names)[first],
            "other": np.array(names)[second],
            "interaction": strength,
            "share_of_own": np.divide(
                strength, alone, out=np.full_like(strength, np.nan), where=alone > 0
            ),
        },
        schema_overrides={"feature": pl.String, "other": pl.String},
    )
    return (
        table.filter(pl.col("interaction") > 0)
        .sort("interaction", "feature", "other", descending=[True, False, False])
        .head(n)
        .with_columns(pl.col("share_of_own").fill_nan(None))
    )


def top_interactions(
    matrix: np.ndarray, names: tuple[str, ...], *, n: int = 12
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Cut out the rows and columns of the features with the strongest interactions."""
    off_diagonal = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-off_diagonal.max(axis=1), kind="stable")[:n]
    return off_diagonal[np.ix_(order, order)], tuple(names[place] for place in order)


def _interaction_values(model: AlertModel, X: np.ndarray) -> np.ndarray:
    booster = FittedBooster.of(model.booster_text, model.metadata.n_threads)
    with warnings.catch_warnings():
        # shap announces a change of shape long past, once per call
        warnings.filterwarnings("ignore", message="LightGBM binary classifier", module="shap")
        values = _shap().TreeExplainer(booster.handle).shap_interaction_values(X)
    return np.asarray(values)


def _shap() -> Any:  # noqa: ANN401 - shap has no types
    with warnings.catch_warnings():
        # Importing shap 0.51 calls what matplotlib is about to drop, and tqdm misses ipywidgets.
        warnings.simplefilter("ignore")
        import shap
    return shap
