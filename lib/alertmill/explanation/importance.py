"""Which features the model needs: what its trees split on, and what shuffling costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from alertmill.errors import ConfigurationError
from alertmill.training.data.arguments import check_columns
from alertmill.training.data.rows import KEYS
from alertmill.training.models.model import AlertModel

N_REPEATS = 5


def tree_importance(model: AlertModel) -> pl.DataFrame:
    """Shares of the features in the splits of the trees.

    Returns
    -------
    DataFrame
        Columns feature, gain_share (of the loss that all splits removed) and split_share (of the
        number of splits); each sums to 1. Largest gain first.
    """
    gain, split = model.gain_importance(), model.split_importance()
    return (
        gain.join(split, on="feature", suffix="_split", maintain_order="left")
        .with_columns(
            gain_share=pl.col("importance") / pl.col("importance").sum(),
            split_share=pl.col("importance_split") / pl.col("importance_split").sum(),
        )
        .select("feature", "gain_share", "split_share")
        .fill_nan(0.0)
    )


def permutation_importance(
    model: AlertModel,
    features: pl.DataFrame,
    predictions: pl.DataFrame,
    *,
    parts: Sequence[tuple[str, tuple[str, ...]]],
    seed: int = 7,
) -> pl.DataFrame:
    """Measure the loss of average precision on the test when features are shuffled among alerts.

    Parameters
    ----------
    model : AlertModel
        The model, left as it is.
    features : DataFrame
        Keys, then the features of the model.
    predictions : DataFrame
        As for `evaluate`; the labelled test alerts are used.
    parts : sequence of (name, features)
        Features shuffled together, such as one feature, or a whole group, whose members could
        stand in for each other.
    seed : int
        Seed of the shuffles.

    Returns
    -------
    DataFrame
        Columns part, n_features, drop (mean over five shuffles), drop_low, drop_high (least and
        largest), share (of the average precision itself); the largest drop first. No rows when
        the labelled test alerts lack a class.

    Raises
    ------
    UnknownNameError
        If a part names what is no feature of the model.
    """
    for part, members in parts:
        check_columns(f"the part {part}", members, model.feature_names)
    labelled = predictions.filter(
        pl.col("split").cast(pl.String) == "test", pl.col("y").is_not_null()
    ).select(*KEYS, "y")
    rows = labelled.join(features, on=KEYS, how="inner").sort(KEYS)
    y = rows["y"].to_numpy()
    if not 0 < y.sum() < len(y):
        return pl.DataFrame(schema=_SCHEMA)
    X = rows.select(model.feature_names)
    intact = _average_precision(y, model.raw_score(X))
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(y)) for _ in range(N_REPEATS)]
    found = []
    for name, members in parts:
        drops = [
            intact - _average_precision(y, model.raw_score(_shuffle(X, members, order)))
            for order in orders
        ]
        mean = float(np.mean(drops))
        found.append((name, len(members), mean, min(drops), max(drops), mean / intact))
    table = pl.DataFrame(found, schema=_SCHEMA, orient="row")
    return table.sort("drop", "part", descending=[True, False])


def single_parts(names: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return every feature as a part of its own.

    Raises
    ------
    ConfigurationError
        If it is one text, whose letters would be taken for names.
    """
    if isinstance(names, str):
        raise ConfigurationError(f"names is the text {names!r}; expected a list. Pass [{names!r}].")
    return [(name, (name,)) for name in names]


def group_parts(
    groups: Sequence[tuple[str, str]], names: Sequence[str]
) -> list[tuple[str, tuple[str, ...]]]:
    """Put the features of each group together; features outside ``names`` are left out."""
    members: dict[str, list[str]] = {}
    for feature, group in groups:
        if feature in names:
            members.setdefault(group, []).append(feature)
    return [(group, tuple(features)) for group, features in members.items()]


def _shuffle(X: pl.DataFrame, names: Sequence[str], order: np.ndarray) -> pl.DataFrame:
    return X.with_columns(X.select(names)[order].get_columns())


def _average_precision(y: np.ndarray, y_score: np.ndarray) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(y, y_score))


_SCHEMA = {
    "part": pl.String,
    "n_features": pl.Int64,
    "drop": pl.Float64,
    "drop_low": pl.Float64,
    "drop_high": pl.Float64,
    "share": pl.Float64,
}
