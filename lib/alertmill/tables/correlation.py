"""Which columns say the same: correlation, near repetition, and linear dependence."""

from __future__ import annotations

import numpy as np
import polars as pl
import polars.selectors as cs

Matrix = np.ndarray

_STRONG = 0.95
_LARGEST_VIF = 1e6
_ALIKE, _FEWEST_IN_A_BLOCK = 0.7, 4


def rank_correlation(frame: pl.DataFrame) -> pl.DataFrame:
    """Correlate the ranks of every pair of numeric columns (Spearman).

    Ranks are taken once per column, over its own values; a pair uses the rows where both have one.

    Parameters
    ----------
    frame : DataFrame
        Numeric and boolean columns are used; columns with one value only are left out.

    Returns
    -------
    DataFrame
        Column ``feature``, then one column per feature, in the same order; a pair without rows in
        common is null.
    """
    numbers = varying_numbers(frame)
    ranks = numbers.select(pl.all().rank("average"))
    matrix = _pairwise_correlation(ranks.to_numpy().astype(np.float64))
    columns = {name: matrix[:, i] for i, name in enumerate(numbers.columns)}
    return pl.DataFrame({"feature": numbers.columns, **columns}, nan_to_null=True)


def order_by_likeness(correlation: pl.DataFrame) -> pl.DataFrame:
    """Put columns that say the same next to each other (average linkage on 1 - |correlation|)."""
    names = correlation["feature"].to_list()
    if len(names) <= 2:  # noqa: PLR2004 - two columns have one order
        return correlation
    order = [names[i] for i in _leaves(1.0 - np.abs(_square(correlation)))]
    return correlation[[names.index(name) for name in order]].select("feature", *order)


def blocks_of_alike(
    ordered: pl.DataFrame, *, least: float = _ALIKE, fewest: int = _FEWEST_IN_A_BLOCK
) -> pl.DataFrame:
    """Name the runs of neighbours that say much the same.

    Parameters
    ----------
    ordered : DataFrame
        Of `order_by_likeness`.
    least : float
        Absolute correlation of neighbours that belong together.
    fewest : int
        Columns of a block that gets a name.

    Returns
    -------
    DataFrame
        Columns feature and group, one row per column in their order. The group is named after the
        column that correlates most with the others of the block; empty where there is none.
    """
    names = ordered["feature"].to_list()
    strength = np.abs(_square(ordered))
    is_apart = np.array([strength[i - 1, i] < least for i in range(1, len(names))], dtype=bool)
    block_of = np.concatenate([[0], np.cumsum(is_apart)]) if names else np.empty(0)
    groups = [""] * len(names)
    for block in np.unique(block_of):
        members = np.flatnonzero(block_of == block)
        if len(members) >= fewest:
            centre = members[strength[np.ix_(members, members)].sum(axis=1).argmax()]
            for member in members:
                groups[member] = f"like {names[centre]}"
    schema = {"feature": pl.String, "group": pl.String}
    return pl.DataFrame({"feature": names, "group": groups}, schema=schema)


def strongest_pairs(correlation: pl.DataFrame) -> pl.DataFrame:
    """List every pair of columns once, the strongest correlation of either sign first.

    Returns
    -------
    DataFrame
        Columns feature, other, correlation.
    """
    names = correlation["feature"].to_list()
    matrix = _square(correlation)
    upper, right = np.triu_indices(len(names), k=1)
    pairs = pl.DataFrame(
        {
            "feature": [names[i] for i in upper],
            "other": [names[i] for i in right],
            "correlation": matrix[upper, right],
        },
        schema={"feature": pl.String, "other": pl.String, "correlation": pl.Float64},
    )
    return pairs.sort(
        pl.col("correlation").abs(), "feature", "other", descending=[True, False, False]
    )


def repeating_groups(correlation: pl.DataFrame, *, threshold: float = _STRONG) -> pl.DataFrame:
    """Group columns that are linked by correlations of at least the threshold, of either sign.

    Returns
    -------
    DataFrame
        Columns n_features, features (their names), weakest (least absolute correlation within the
        group); the largest group first. No rows without such a pair.
    """
    names = correlation["feature"].to_list()
    strength = np.abs(_square(correlation))
    group_of = _linked(strength >= threshold)
    members = [np.flatnonzero(group_of == first) for first in np.unique(group_of)]
    rows = [
        (len(group), [names[i] for i in group], float(strength[np.ix_(group, group)].min()))
        for group in members
        if len(group) > 1
    ]
    return pl.DataFrame(rows, schema=_GROUP_SCHEMA, orient="row").sort(
        "n_features", pl.col("features").list.first(), descending=[True, False]
    )


def variance_inflation(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the variance inflation factor of every numeric column.

    1 / (1 - R²) of the column against all others; above 10 it hardly says anything of its own.
    Missing values are replaced by the median first. A column that the others determine fully has
    an infinite factor.

    Returns
    -------
    DataFrame
        Columns feature, variance_inflation, explained_share (the R²); falling.
    """
    numbers = varying_numbers(frame.select(cs.numeric() | cs.boolean()).cast(pl.Float64))
    filled = varying_numbers(numbers.select(pl.all().fill_null(pl.all().median())))
    values = _near_one(filled.to_numpy())
    correlation = np.corrcoef(values, rowvar=False).reshape(filled.width, filled.width)
    # a hint of independent noise keeps exact repetitions invertible
    inverse = np.linalg.inv(correlation + np.eye(filled.width) / (10 * _LARGEST_VIF))
    factors = np.maximum(np.diag(inverse), 1.0)
    return pl.DataFrame(
        {
            "feature": filled.columns,
            "variance_inflation": np.where(factors > _LARGEST_VIF, np.inf, factors),
            "explained_share": 1.0 - 1.0 / factors,
        }
    ).sort("variance_inflation", "feature", descending=[True, False])


def _near_one(values: Matrix) -> Matrix:
    """Divide each column by a power of two, which is exact, so that no square of it overflows."""
    _, exponents = np.frexp(np.max(np.abs(values), axis=0, initial=1.0))
    return np.asarray(np.ldexp(values, -exponents))


def varying_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """Numeric and boolean columns with more than one value, as Float64; nan becomes null."""
    numbers = frame.select((cs.numeric() | cs.boolean()).cast(pl.Float64)).fill_nan(None)
    varies = [name for name in numbers.columns if numbers[name].drop_nulls().n_unique() > 1]
    return numbers.select(varies)


def _linked(links: np.ndarray) -> np.ndarray:
    """First member of the group that each column is linked to, directly or through others."""
    reach = links | np.eye(len(links), dtype=bool)
    for _ in range(len(links).bit_length()):  # each round doubles the length of a chain
        reach = reach.astype(np.float64) @ reach > 0
    return np.asarray(reach.argmax(axis=1)) if len(links) else np.empty(0, dtype=np.int64)


def _leaves(distance: Matrix) -> list[int]:
    """Order of the leaves of average linkage; scipy would take seconds to import for this."""
    between = distance + np.diag(np.full(len(distance), np.inf))
    leaves = [[i] for i in range(len(distance))]
    for _ in range(len(distance) - 1):
        kept, gone = sorted(divmod(int(between.argmin()), len(between)))
        n_kept, n_gone = len(leaves[kept]), len(leaves[gone])
        joined = (n_kept * between[kept] + n_gone * between[gone]) / (n_kept + n_gone)
        between[kept], between[:, kept] = joined, joined
        between[gone], between[:, gone] = np.inf, np.inf
        leaves[kept] += leaves[gone]
    return leaves[0]


def _square(correlation: pl.DataFrame) -> Matrix:
    matrix = correlation.drop("feature").to_numpy().astype(np.float64)
    matrix[np.isnan(matrix)] = 0.0
    return matrix


def _pairwise_correlation(values: Matrix) -> Matrix:
    """Pearson correlation of columns over the rows where both are there, all pairs at once."""
    there = np.isfinite(values)
    centred = np.where(there, values - np.nanmean(values, axis=0), 0.0)
    mask = there.astype(np.float64)
    n = mask.T @ mask
    sums = centred.T @ mask  # of column i over the rows of j
    squares = (centred**2).T @ mask
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = centred.T @ centred - sums * sums.T / n
        variance = squares - sums**2 / n
        correlation = covariance / np.sqrt(variance * variance.T)
    clipped: Matrix = np.clip(correlation, -1.0, 1.0)
    return clipped


_GROUP_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "n_features": pl.Int64,
    "features": pl.List(pl.String),
    "weakest": pl.Float64,
}
