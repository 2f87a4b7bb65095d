"""How far features and scores have moved, by tests that count addresses and not alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.evaluation.drift import chi_square, stability_index
from alertmill.evaluation.permutation import holm
from alertmill.monitoring.watched import WEIGHT

if TYPE_CHECKING:
    from alertmill.training.features.catalogue import FeatureCatalogue

LEVEL = 0.01
"""Chance that a question about distributions is answered by an alarm though nothing moved."""
COMPARED_SCHEMA = {
    "feature": pl.String,
    "group": pl.String,
    "p_adjusted": pl.Float64,
    "distance": pl.Float64,
    "stability_index": pl.Float64,
    "median_before": pl.Float64,
    "median_now": pl.Float64,
    "missing_before": pl.Float64,
    "missing_now": pl.Float64,
    "meaning": pl.String,
}
"""Columns of a comparison."""


def compare_features(
    before: pl.DataFrame, now: pl.DataFrame, catalogue: FeatureCatalogue
) -> pl.DataFrame:
    """Compare every feature of two sides that hold one alert of each address.

    Numbers are compared by the Kolmogorov-Smirnov test with missing values below all others, codes
    by the chi-square test with missing as a category. An address counts as much as it has days; the
    tests use the number of addresses that would be as good if all counted equally (Kish 1965).

    Parameters
    ----------
    before, now : DataFrame
        As `representatives` returns them, with at least one address each.
    catalogue : FeatureCatalogue
        The features to compare.

    Returns
    -------
    DataFrame
        Columns feature, group, p_adjusted (Holm), distance (largest difference of the two
        cumulative shares, of codes the share that changed its category), stability_index,
        median_before and median_now (null for codes), missing_before and missing_now (shares), and
        meaning; the strongest first.
    """
    weights = before[WEIGHT].to_numpy(), now[WEIGHT].to_numpy()
    rows, p_values = [], []
    for feature in catalogue.features:
        x, y = (_values(frame[feature.name]) for frame in (before, now))
        is_code = feature.kind == "categorical"
        distance, p = _compare(x, y, weights, is_code=is_code)
        p_values.append(p)
        rows.append(
            (
                distance,
                stability_index(x, y, is_code=is_code, weights=weights),
                None if is_code else before[feature.name].median(),
                None if is_code else now[feature.name].median(),
                *(_missing_share(v, w) for v, w in zip((x, y), weights, strict=True)),
                feature.description,
            )
        )
    named = [
        (feature.name, str(feature.group), p, *row)
        for feature, p, row in zip(catalogue.features, holm(p_values), rows, strict=True)
    ]
    table = pl.DataFrame(named, schema=COMPARED_SCHEMA, orient="row")
    return table.sort("p_adjusted", "distance", "feature", descending=[False, True, False])


def compare_scores(before: pl.DataFrame, now: pl.DataFrame) -> tuple[float, float]:
    """Return the distance of the scores of two sides, and the p-value of the test."""
    weights = before[WEIGHT].to_numpy(), now[WEIGHT].to_numpy()
    return _compare(_values(before["score"]), _values(now["score"]), weights, is_code=False)


def independent_addresses(weight: np.ndarray) -> float:
    """Return how many addresses of equal weight would know as much (Kish 1965).

    Examples
    --------
    >>> independent_addresses(np.array([1.0, 1.0, 1.0]))
    3.0
    >>> independent_addresses(np.array([2.0, 1.0, 1.0]))
    2.6666666666666665
    """
    return float(weight.sum() ** 2 / np.sum(weight**2))


def _compare(
    x: np.ndarray, y: np.ndarray, weights: tuple[np.ndarray, np.ndarray], *, is_code: bool
) -> tuple[float, float]:
    sizes = tuple(independent_addresses(weight) for weight in weights)
    values, place = np.unique(np.concatenate([_lowest(x), _lowest(y)]), return_inverse=True)
    parts = place[: len(x)], place[len(x) :]
    p, q = (
        np.bincount(part, weights=weight, minlength=len(values)) / weight.sum()
        for part, weight in zip(parts, weights, strict=True)
    )
    if is_code:
        counts = np.stack([sizes[0] * p, sizes[1] * q])
        return float(np.abs(p - q).sum() / 2), chi_square(counts)
    distance = float(np.abs(np.cumsum(p - q)).max())
    return distance, _kolmogorov_smirnov(distance, *sizes)


def _kolmogorov_smirnov(distance: float, n_before: float, n_now: float) -> float:
    from scipy.stats import kstwo

    n = max(round(n_before * n_now / (n_before + n_now)), 1)
    return float(np.clip(kstwo.sf(distance, n), 0.0, 1.0))


def _missing_share(values: np.ndarray, weight: np.ndarray) -> float:
    return float(np.average(np.isnan(values), weights=weight))


def _values(column: pl.Series) -> np.ndarray:
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _lowest(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.nan_to_num(values, nan=-np.inf, posinf=np.inf, neginf=-np.inf))
