"""The alerts in the few directions in which their features differ most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.tables.correlation import varying_numbers

_N_COMPONENTS = 12
_N_LOADINGS = 8


@dataclass(frozen=True)
class Projection:
    """Principal components of the features' ranks."""

    points: pl.DataFrame
    """outcome, pc1, pc2; one row per alert, in the order of the rows."""
    variance: pl.DataFrame
    """component (from 1), share of the variance, cumulative_share."""
    loadings: pl.DataFrame
    """component (1 or 2), feature, loading; the eight largest of either sign, falling."""


def project(rows: pl.DataFrame) -> Projection:
    """Find the principal components of the features.

    Each feature is replaced by its rank, from 0 to 1, and standardised, so that neither units nor
    outliers decide; a missing value stands in the middle. The sign of a component is chosen so that
    its largest loading is positive.

    Parameters
    ----------
    rows : DataFrame
        Column outcome, then one column per feature.
    """
    numbers = varying_numbers(rows.drop("outcome"))
    ranks = numbers.select((pl.all().rank("average") - 1) / (pl.all().count() - 1)).fill_null(0.5)
    matrix = ranks.to_numpy()
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    shares, axes = _principal(matrix)
    points = matrix @ axes[:2].T
    return Projection(
        points=rows.select("outcome", pc1=pl.Series(points[:, 0]), pc2=pl.Series(points[:, 1])),
        variance=pl.DataFrame(
            {
                "component": np.arange(1, len(shares) + 1),
                "share": shares,
                "cumulative_share": np.cumsum(shares),
            }
        ),
        loadings=pl.concat([_largest(a, numbers.columns, i + 1) for i, a in enumerate(axes[:2])]),
    )


def _principal(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the variance, shape (n_components,), and axes, (n_components, n_features).

    From the correlation matrix, which is far smaller than the rows; scikit-learn would take seconds
    to import for this.
    """
    n_components = min(_N_COMPONENTS, *matrix.shape)
    variances, vectors = np.linalg.eigh(matrix.T @ matrix / max(len(matrix), 1))
    axes = vectors.T[::-1][:n_components]
    signs = np.sign(axes[np.arange(n_components), np.abs(axes).argmax(axis=1)])
    shares = np.maximum(variances[::-1][:n_components], 0.0) / variances.sum()
    return shares, axes * signs[:, None]


def _largest(axis: np.ndarray, names: list[str], component: int) -> pl.DataFrame:
    loadings = pl.DataFrame({"feature": names, "loading": axis})
    return (
        loadings.sort(pl.col("loading").abs(), "feature", descending=[True, False])
        .head(_N_LOADINGS)
        .select(pl.lit(component, pl.Int64).alias("component"), "feature", "loading")
    )
