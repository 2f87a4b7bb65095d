"""Which features have moved between two ranges of days.

An address alerts on many days, and its alerts are alike: tests that take every alert for a new
observation find drift everywhere. So one alert of each address of a range is drawn, and p-values
are adjusted over all features (Holm 1979).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.errors import UnknownNameError
from alertmill.evaluation.permutation import holm
from alertmill.training.data.rows import KEYS
from alertmill.wording import percent

if TYPE_CHECKING:
    from alertmill.training.features.catalogue import FeatureCatalogue

DRIFT_LEVEL = 0.05
"""Chance that any feature of a run is called moved though none is."""
_TENTHS = np.arange(0.1, 0.95, 0.1)
_LEAST_SHARE = 1e-4
"""Stands in for an empty bin, whose logarithm does not exist."""
_FEWEST_EXPECTED = 5
"""Below this count in a cell the chi-square distribution is no approximation any more."""
_SCHEMA = {
    "feature": pl.String,
    "group": pl.String,
    "p_adjusted": pl.Float64,
    "stability_index": pl.Float64,
    "earlier_median": pl.Float64,
    "later_median": pl.Float64,
    "earlier_missing_share": pl.Float64,
    "later_missing_share": pl.Float64,
    "meaning": pl.String,
}


def feature_drift(
    features: pl.DataFrame,
    split: pl.Series,
    catalogue: FeatureCatalogue,
    *,
    earlier: str,
    later: str,
    seed: int,
) -> pl.DataFrame:
    """Compare every feature between two ranges; labels are not looked at.

    Numbers are compared by the two-sample Kolmogorov-Smirnov test, with missing values below all
    others, codes by the chi-square test, with missing as a category and rare ones put together.

    Parameters
    ----------
    features : DataFrame
        Keys, then one column per feature.
    split : Series
        Range of every row.
    catalogue : FeatureCatalogue
        Names, groups, kinds and meanings of the features.
    earlier, later : str
        Ranges to compare, such as train and test.
    seed : int
        Draws the alert of each address.

    Returns
    -------
    DataFrame
        Columns feature, group, p_adjusted, stability_index (population stability index over the
        tenths of the earlier range: a size, no test), earlier_median, later_median (null for
        codes), earlier_missing_share, later_missing_share and meaning; the strongest first.

    Raises
    ------
    UnknownNameError
        If one of the ranges has no rows.
    """
    before = one_alert_per_address(_range(features, split, earlier), seed=seed)
    after = one_alert_per_address(_range(features, split, later), seed=seed)
    rows, p_values = [], []
    for feature in catalogue.features:
        x, y = (_values(frame[feature.name]) for frame in (before, after))
        is_code = feature.kind == "categorical"
        p_values.append(_chi_square(x, y) if is_code else _kolmogorov_smirnov(x, y))
        rows.append(
            (
                feature.name,
                str(feature.group),
                stability_index(x, y, is_code=is_code),
                None if is_code else before[feature.name].median(),
                None if is_code else after[feature.name].median(),
                float(np.isnan(x).mean()),
                float(np.isnan(y).mean()),
                feature.description,
            )
        )
    adjusted = [(*row[:2], p, *row[2:]) for row, p in zip(rows, holm(p_values), strict=True)]
    table = pl.DataFrame(adjusted, schema=_SCHEMA, orient="row")
    return table.sort("p_adjusted", "stability_index", "feature", descending=[False, True, False])


def drift_sentence(drift: pl.DataFrame) -> str:
    """Return how many features have moved."""
    moved = drift.filter(pl.col("p_adjusted") < DRIFT_LEVEL)
    if moved.is_empty():
        level = percent(DRIFT_LEVEL, 0)
        return f"None of {drift.height} features has moved beyond chance ({level}, Holm)."
    groups = moved.group_by("group").len().sort("len", "group", descending=[True, False])
    told = ", ".join(f"{n} of group {group}" for group, n in groups.rows())
    return (
        f"{moved.height} of {drift.height} features have moved beyond chance "
        f"({percent(DRIFT_LEVEL, 0)}, Holm): {told}."
    )


def one_alert_per_address(rows: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Draw one alert of every address; the same rows in any order give the same draw."""
    ordered = rows.sort(KEYS)
    place = np.random.default_rng(seed).permutation(ordered.height)
    return (
        ordered.with_columns(_place=pl.Series(place))
        .sort("_place")
        .unique("address", keep="first", maintain_order=True)
        .drop("_place")
    )


def stability_index(
    earlier: np.ndarray,
    later: np.ndarray,
    *,
    is_code: bool,
    weights: tuple[np.ndarray, np.ndarray] | None = None,
) -> float:
    """Return the population stability index: sum over bins of (q - p) ln(q / p).

    Bins are the categories, or the tenths of the earlier values; missing is a bin of its own. The
    values count equally unless weights of the earlier and of the later ones are given.
    """
    if is_code:
        edges = np.unique(np.concatenate([earlier, later]))
        edges = edges[~np.isnan(edges)]
    else:
        known = earlier[~np.isnan(earlier)]
        edges = np.unique(np.quantile(known, _TENTHS)) if len(known) else np.empty(0)
    of_earlier, of_later = weights or (np.ones(len(earlier)), np.ones(len(later)))
    p, q = _shares(earlier, edges, of_earlier), _shares(later, edges, of_later)
    return float(np.sum((q - p) * np.log(q / p)))


def chi_square(counts: np.ndarray) -> float:
    """Return the p-value of a table of counts; rare categories are put together.

    Parameters
    ----------
    counts : ndarray of shape (2, n_categories)
        Observations of either side, perhaps no whole numbers.
    """
    from scipy.stats import chi2_contingency

    sizes = counts.sum(axis=1)
    is_rare = counts.sum(axis=0) * sizes.min() / sizes.sum() < _FEWEST_EXPECTED
    kept = np.column_stack([counts[:, ~is_rare], counts[:, is_rare].sum(axis=1)])
    kept = kept[:, kept.sum(axis=0) > 0]
    return float(chi2_contingency(kept, correction=False).pvalue)


def _range(features: pl.DataFrame, split: pl.Series, name: str) -> pl.DataFrame:
    rows = features.filter(split.cast(pl.String) == name)
    if rows.is_empty():
        raise UnknownNameError.of("range", name, set(split.cast(pl.String).drop_nulls()))
    return rows


def _values(column: pl.Series) -> np.ndarray:
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _kolmogorov_smirnov(x: np.ndarray, y: np.ndarray) -> float:
    from scipy.stats import ks_2samp

    lowest = np.nan_to_num(x, nan=-np.inf), np.nan_to_num(y, nan=-np.inf)
    return float(ks_2samp(*lowest, method="asymp").pvalue)


def _chi_square(x: np.ndarray, y: np.ndarray) -> float:
    _, code = np.unique(np.concatenate([x, y]), return_inverse=True)
    parts = code[: len(x)], code[len(x) :]
    return chi_square(np.stack([np.bincount(part, minlength=code.max() + 1) for part in parts]))


def _shares(values: np.ndarray, edges: np.ndarray, weight: np.ndarray) -> np.ndarray:
    is_known = ~np.isnan(values)
    place = np.searchsorted(edges, values[is_known])
    counts = np.bincount(place, weights=weight[is_known], minlength=len(edges) + 1)
    shares = np.append(counts, weight[~is_known].sum()) / weight.sum()
    return np.asarray(np.maximum(shares, _LEAST_SHARE))
