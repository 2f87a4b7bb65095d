"""What the hyperparameter searches found, as tables to read and to draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from alertmill.training.hyperparameters import Dimension, Hyperparameters
from alertmill.training.tuning_results import Tuning

_SURFACE_POINTS = 41
_BANDWIDTH = 0.16
_LEAST_SUPPORT = 0.15
"""A place on the surface needs a trial within about two bandwidths to get a value."""


def search_history(trials: pl.DataFrame) -> pl.DataFrame:
    """Follow the best value of every search, and over all searches one after the other.

    Parameters
    ----------
    trials : DataFrame
        Columns method, number, value, seconds; in the order they were run.

    Returns
    -------
    DataFrame
        Columns trial (from 1 over all), method, number (from 1 within the search), value,
        best_of_method, best_so_far, seconds.
    """
    return trials.select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("trial"),
        "method",
        pl.col("number") + 1,
        "value",
        pl.col("value").cum_max().over("method").alias("best_of_method"),
        pl.col("value").cum_max().alias("best_so_far"),
        "seconds",
    )


def search_summary(trials: pl.DataFrame) -> pl.DataFrame:
    """Compare the searches.

    Returns
    -------
    DataFrame
        Columns search, n_trials, best (mean average precision), found_at (trial of the search that
        found it, from 1), median, worst, total_seconds; the best first.
    """
    value = pl.col("value")
    return (
        trials.group_by(pl.col("method").alias("search"), maintain_order=True)
        .agg(
            n_trials=pl.len().cast(pl.Int64),
            best=value.max(),
            found_at=value.arg_max().cast(pl.Int64) + 1,
            median=value.median(),
            worst=value.min(),
            total_seconds=pl.col("seconds").sum(),
        )
        .sort("best", descending=True, maintain_order=True)
    )


def list_trials(trials: pl.DataFrame, space: Sequence[Dimension], *, method: str) -> pl.DataFrame:
    """List the trials of one search, the best first.

    Returns
    -------
    DataFrame
        Columns trial (from 1), average_precision, fold_spread (standard deviation over the folds),
        trees, seconds, then one column per searched hyperparameter.
    """
    return (
        trials.filter(pl.col("method") == method)
        .select(
            (pl.col("number") + 1).alias("trial"),
            pl.col("value").alias("average_precision"),
            pl.col("fold_average_precision").list.std().alias("fold_spread"),
            pl.col("best_iteration").alias("trees"),
            "seconds",
            *(d.name for d in space),
        )
        .sort("average_precision", descending=True, maintain_order=True)
    )


def best_choice(tuning: Tuning) -> pl.DataFrame:
    """Set the chosen hyperparameters beside their defaults and the range searched.

    Returns
    -------
    DataFrame
        Columns hyperparameter, low, high, default, chosen, place_share and default_share (0 at low,
        1 at high, on the scale of the search), note (if chosen at the edge), meaning.
    """
    default, best = Hyperparameters(), tuning.best
    rows = [
        (
            d.name,
            d.low,
            d.high,
            float(getattr(default, d.name)),
            float(getattr(best, d.name)),
            float(_place(d, np.array([getattr(best, d.name)]))[0]),
            float(_place(d, np.array([getattr(default, d.name)]))[0]),
            d.description,
        )
        for d in tuning.space
    ]
    edge = pl.when(pl.col("place_share") <= _EDGE).then(pl.lit("at the lower edge of the search"))
    note = edge.when(pl.col("place_share") >= 1 - _EDGE).then(pl.lit("at the upper edge"))
    return pl.DataFrame(rows, schema=_CHOICE_SCHEMA, orient="row").with_columns(
        note=note.otherwise(pl.lit(""))
    )


def slices(trials: pl.DataFrame, space: Sequence[Dimension]) -> pl.DataFrame:
    """Every trial once per hyperparameter.

    Returns
    -------
    DataFrame
        Columns hyperparameter, low, high (bounds of the search), is_log, method, setting,
        place_share (0 at low, 1 at high, on the scale of the search), value; the trials in the same
        order for every hyperparameter.
    """
    parts = [
        trials.select(
            pl.lit(d.name).alias("hyperparameter"),
            pl.lit(d.low).alias("low"),
            pl.lit(d.high).alias("high"),
            pl.lit(d.is_log).alias("is_log"),
            "method",
            pl.col(d.name).cast(pl.Float64).alias("setting"),
            pl.Series("place_share", _place(d, trials[d.name].to_numpy())),
            "value",
        )
        for d in space
    ]
    return pl.concat(parts)


def surface(trials: pl.DataFrame, horizontal: Dimension, vertical: Dimension) -> pl.DataFrame:
    """Smooth the trials' values over two hyperparameters.

    The value at a place is the mean over all trials, weighted by a normal kernel of their distance
    on the scales of the search. The other hyperparameters differ between trials, so the surface
    shows where good trials lie and not what the two alone would do.

    Parameters
    ----------
    trials : DataFrame
        Trials of all searches.
    horizontal, vertical : Dimension
        The two hyperparameters.

    Returns
    -------
    DataFrame
        Columns x, y (settings), value (null where no trial is near); 41 x 41 rows, x fastest.
    """
    shares = np.linspace(0.0, 1.0, _SURFACE_POINTS)
    grid_x, grid_y = (axis.ravel() for axis in np.meshgrid(shares, shares))
    at_x = _place(horizontal, trials[horizontal.name].to_numpy())
    at_y = _place(vertical, trials[vertical.name].to_numpy())
    squared = (grid_x[:, None] - at_x) ** 2 + (grid_y[:, None] - at_y) ** 2
    kernel = np.exp(-squared / (2 * _BANDWIDTH**2))
    support = kernel.sum(axis=1)
    value = kernel @ trials["value"].to_numpy() / np.maximum(support, 1e-12)
    return pl.DataFrame(
        {
            "x": _setting(horizontal, grid_x),
            "y": _setting(vertical, grid_y),
            "value": np.where(support < _LEAST_SUPPORT, np.nan, value),
        },
        nan_to_null=True,
    )


def most_important_pair(tuning: Tuning) -> tuple[Dimension, Dimension]:
    """Choose the two searched hyperparameters that the value depends on most.

    Without importances, the first two of the space.
    """
    by_name = {d.name: d for d in tuning.space}
    names = [*tuning.importances["hyperparameter"], *by_name]
    first, second = list(dict.fromkeys(name for name in names if name in by_name))[:2]
    return by_name[first], by_name[second]


def grid_values(trials: pl.DataFrame, horizontal: str, vertical: str) -> pl.DataFrame:
    """Give the trials of the grid search by their two axes; columns x, y, value."""
    grid = trials.filter(pl.col("method") == "grid")
    return grid.select(
        x=pl.col(horizontal).cast(pl.Float64), y=pl.col(vertical).cast(pl.Float64), value="value"
    ).sort("y", "x")


def _place(dimension: Dimension, settings: np.ndarray) -> np.ndarray:
    low, high, values = dimension.low, dimension.high, settings.astype(np.float64)
    if dimension.is_log:
        low, high, values = np.log(low), np.log(high), np.log(values)
    return np.asarray((values - low) / (high - low))


def _setting(dimension: Dimension, shares: np.ndarray) -> np.ndarray:
    if dimension.is_log:
        return np.asarray(dimension.low * (dimension.high / dimension.low) ** shares)
    return np.asarray(dimension.low + shares * (dimension.high - dimension.low))


_EDGE = 0.03
_CHOICE_SCHEMA = {
    "hyperparameter": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
    "default": pl.Float64,
    "chosen": pl.Float64,
    "place_share": pl.Float64,
    "default_share": pl.Float64,
    "meaning": pl.String,
}
