"""What the hyperparameter searches found, as tables to read and to draw."""

from __future__ import annotations

import numpy as np
import polars as pl

from alertmill.evaluation.folds import numbered
from alertmill.training.models.hyperparameters import Dimension
from alertmill.training.models.search_spaces import SearchSpace
from alertmill.training.tuning.results import Ending, Tuning
from alertmill.wording import counted

_SURFACE_POINTS = 41
_BANDWIDTH = 0.16
_LEAST_SUPPORT = 0.15
"""A place on the surface needs a trial within about two bandwidths to get a value."""


def search_history(trials: pl.DataFrame) -> pl.DataFrame:
    """Follow the best value of every search, and over all searches together.

    Parameters
    ----------
    trials : DataFrame
        Columns method, number, value (null unless complete), last_value, state, seconds; in the
        order they were run.

    Returns
    -------
    DataFrame
        Columns trial (from 1 over all), method, number (from 1 within the search), state, value,
        last_value, best_of_method and best_so_far (null before the first complete trial), seconds.
    """
    best = pl.col("value").cum_max()
    return numbered(trials).select(
        "trial",
        "method",
        pl.col("number") + 1,
        "state",
        "value",
        "last_value",
        best.forward_fill().over("method").alias("best_of_method"),
        best.forward_fill().alias("best_so_far"),
        "seconds",
    )


def search_summary(trials: pl.DataFrame) -> pl.DataFrame:
    """Compare the searches.

    Returns
    -------
    DataFrame
        Columns search, n_trials, n_pruned, n_failed, best (mean average precision), found_at
        (number of its trial over all searches, as in `search_history`), median, worst (of the
        complete ones), total_seconds; the best first.
    """
    value = pl.col("value")
    return (
        numbered(trials)
        .group_by(pl.col("method").alias("search"), maintain_order=True)
        .agg(
            n_trials=pl.len().cast(pl.Int64),
            n_pruned=(pl.col("state") == "pruned").sum().cast(pl.Int64),
            n_failed=(pl.col("state") == "failed").sum().cast(pl.Int64),
            best=value.max(),
            found_at=pl.col("trial").get(value.arg_max()),
            median=value.median(),
            worst=value.min(),
            total_seconds=pl.col("seconds").sum(),
        )
        .sort("best", descending=True, maintain_order=True, nulls_last=True)
    )


def describe_end(tuning: Tuning) -> str:
    """Return how many trials were done, and what ended the search."""
    n, planned = tuning.trials.height, tuning.choice.n_planned
    states = tuning.trials["state"]
    apart = [
        f"{int((states == state).sum())} {words}"
        for state, words in (("pruned", "pruned"), ("failed", "given up"))
        if (states == state).any()
    ]
    aside = f" ({', '.join(apart)})" if apart else ""
    if tuning.choice.ended_by is Ending.MINUTES:
        return (
            f"The limit of {tuning.choice.max_minutes:g} minutes ended the search after {n} of "
            f"{counted(planned, 'trial')}{aside}."
        )
    return f"The search ended when all {counted(planned, 'trial')} were done{aside}."


def list_trials(trials: pl.DataFrame, space: SearchSpace, *, method: str) -> pl.DataFrame:
    """List the trials of one search, the best first, those that did not finish last.

    Returns
    -------
    DataFrame
        Columns trial (from 1 over all searches, as in `search_history`), average_precision (of a
        pruned one when it was stopped), fold_spread (standard deviation over the folds), trees,
        seconds, state, then one column per searched hyperparameter.
    """
    return (
        numbered(trials)
        .filter(pl.col("method") == method)
        .sort("value", "last_value", descending=True, maintain_order=True, nulls_last=True)
        .select(
            "trial",
            pl.col("last_value").alias("average_precision"),
            pl.col("fold_average_precision").list.std().alias("fold_spread"),
            pl.col("best_iteration").alias("trees"),
            "seconds",
            "state",
            *space.names,
        )
    )


def best_choice(tuning: Tuning) -> pl.DataFrame:
    """Set the hyperparameters of the best trial beside the defaults and the range searched.

    Returns
    -------
    DataFrame
        Columns hyperparameter, low, high, default, chosen, place_share and default_share (0 at low,
        1 at high, on the scale of the search), note (if chosen at the edge), meaning.
    """
    default, best = tuning.space.default, tuning.best
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
        for d in tuning.space.dimensions
    ]
    edge = pl.when(pl.col("place_share") <= _EDGE).then(pl.lit("at the lower edge of the search"))
    note = edge.when(pl.col("place_share") >= 1 - _EDGE).then(pl.lit("at the upper edge"))
    return pl.DataFrame(rows, schema=_CHOICE_SCHEMA, orient="row").with_columns(
        note=note.otherwise(pl.lit(""))
    )


def slices(trials: pl.DataFrame, space: SearchSpace) -> pl.DataFrame:
    """Every complete trial once per hyperparameter.

    Returns
    -------
    DataFrame
        Columns hyperparameter, low, high (bounds of the search), is_log, method, setting,
        place_share (0 at low, 1 at high, on the scale of the search), value; the trials in the same
        order for every hyperparameter.
    """
    trials = _complete(trials)
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
        for d in space.dimensions
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
        Trials of all searches; the complete ones count.
    horizontal, vertical : Dimension
        The two hyperparameters.

    Returns
    -------
    DataFrame
        Columns x, y (settings), value (null where no trial is near); 41 x 41 rows, x fastest.
    """
    trials = _complete(trials)
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
    by_name = {d.name: d for d in tuning.space.dimensions}
    names = [*tuning.importances["hyperparameter"], *by_name]
    first, second = list(dict.fromkeys(name for name in names if name in by_name))[:2]
    return by_name[first], by_name[second]


def grid_values(trials: pl.DataFrame, horizontal: str, vertical: str) -> pl.DataFrame:
    """Return the trials of the grid search by their two axes; columns x, y, value."""
    grid = _complete(trials).filter(pl.col("method") == "grid")
    return grid.select(
        x=pl.col(horizontal).cast(pl.Float64), y=pl.col(vertical).cast(pl.Float64), value="value"
    ).sort("y", "x")


def _complete(trials: pl.DataFrame) -> pl.DataFrame:
    return trials.filter(pl.col("value").is_not_null())


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
