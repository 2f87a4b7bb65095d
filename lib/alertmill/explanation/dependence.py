"""How the score follows one feature, when all others stay as they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from alertmill.training.data.arguments import check_columns
from alertmill.training.data.rows import KEYS
from alertmill.training.models.model import AlertModel

MAX_GRID = 25
MAX_ALERTS = 300


def partial_dependence(
    model: AlertModel, features: pl.DataFrame, *, names: Sequence[str], seed: int = 7
) -> pl.DataFrame:
    """Mean calibrated score if every alert had the same value of a feature.

    Parameters
    ----------
    model : AlertModel
        The model.
    features : DataFrame
        Keys, then the features of the model; at most 300 rows are used, drawn at random.
    names : sequence of str
        Features to vary. Their values are quantiles of what occurs, or the most frequent
        categories; features that are always missing are left out.
    seed : int
        Seed of the draw.

    Returns
    -------
    DataFrame
        Columns feature, value (rising), score (mean over alerts), low and high (10 % and 90 %
        quantiles over alerts), n_alerts.

    Raises
    ------
    UnknownNameError
        If a name is no feature of the model.
    """
    check_columns("names", names, model.feature_names)
    X = _draw(features, seed).select(model.feature_names)
    tables = [
        _along(model, X, name, _grid(features[name], is_code=name in model.categorical_features))
        for name in names
        if features[name].drop_nulls().len()
    ]
    return pl.concat(tables) if tables else pl.DataFrame(schema=_SCHEMA)


def _draw(features: pl.DataFrame, seed: int) -> pl.DataFrame:
    rows = features.sort(KEYS)
    if rows.height <= MAX_ALERTS:
        return rows
    chosen = np.random.default_rng(seed).choice(rows.height, MAX_ALERTS, replace=False)
    return rows[np.sort(chosen)]


def _grid(values: pl.Series, *, is_code: bool) -> np.ndarray:
    known = values.drop_nulls().to_numpy()
    distinct, counts = np.unique(known, return_counts=True)
    if len(distinct) <= MAX_GRID:
        return np.asarray(distinct)
    if is_code:  # between two codes there is no category
        return np.sort(distinct[np.argsort(-counts, kind="stable")[:MAX_GRID]])
    return np.unique(np.quantile(known, np.linspace(0.01, 0.99, MAX_GRID)))


def _along(model: AlertModel, X: pl.DataFrame, name: str, grid: np.ndarray) -> pl.DataFrame:
    repeated = pl.concat([X] * len(grid)).with_columns(
        pl.Series(name, np.repeat(grid, X.height)).cast(X.schema[name])
    )
    scores = model.predict(repeated).reshape(len(grid), X.height)
    low, high = np.quantile(scores, [0.1, 0.9], axis=1)
    return pl.DataFrame(
        {
            "feature": [name] * len(grid),
            "value": grid,
            "score": scores.mean(axis=1),
            "low": low,
            "high": high,
            "n_alerts": [X.height] * len(grid),
        },
        schema=_SCHEMA,
    )


_SCHEMA = {
    "feature": pl.String,
    "value": pl.Float64,
    "score": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n_alerts": pl.Int64,
}
