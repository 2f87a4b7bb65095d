"""How every feature is spread among confirmed and cleared alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.tables.labels import OUTCOMES

if TYPE_CHECKING:
    from alertmill.training.features.catalogue import FeatureCatalogue

Values = np.ndarray

_N_BINS = 24
_TAIL = 0.005
_LONG_TAIL = 20.0
_TWO_VALUES = 2
_LEAST_SHARE = 1e-6
"""Of the largest value: smaller ones share the first bin of a logarithmic axis."""


def feature_histograms(rows: pl.DataFrame, catalogue: FeatureCatalogue) -> pl.DataFrame:
    """Count the values of every feature in bins, by outcome.

    Parameters
    ----------
    rows : DataFrame
        Column outcome, then one column per feature.
    catalogue : FeatureCatalogue
        Says the group of each feature and what its codes mean.

    Returns
    -------
    DataFrame
        Columns feature, group, scale (linear, log or code), outcome, low, high, label (of a code,
        else null), n_alerts and share (of the outcome's alerts that have a value). The half percent
        of values at each end is counted in the outermost bins. Features without values are absent.
    """
    outcomes = rows["outcome"].cast(pl.String).to_numpy()
    parts = [
        _histogram(
            rows[d.name].to_numpy().astype(np.float64), outcomes, tuple(d.categories or ())
        ).with_columns(feature=pl.lit(d.name), group=pl.lit(str(d.group)))
        for d in catalogue.features
        if rows[d.name].null_count() < rows.height
    ]
    return pl.concat(parts).select(*_SCHEMA) if parts else pl.DataFrame(schema=_SCHEMA)


def box_statistics(rows: pl.DataFrame, catalogue: FeatureCatalogue) -> pl.DataFrame:
    """Five numbers of every numeric feature by outcome, on a scale that all features share.

    Values are measured from the feature's median in interquartile ranges, both over all rows. Where
    the middle half is one value, the distance from the 5th to the 95th percentile serves instead.

    Returns
    -------
    DataFrame
        Columns feature, group, outcome (confirmed or cleared), n_alerts, p05, q1, median, q3, p95.
        Features that have no such scale are left out, and so are those of two values, such as
        indicators: a share says all of them, and a box nothing.
    """
    names = [d.name for d in catalogue.features if d.kind != "categorical"]
    group_of = {d.name: str(d.group) for d in catalogue.features}
    scaled = (
        rows.select("outcome", *names)
        .unpivot(index="outcome", variable_name="feature")
        .drop_nulls("value")
        .with_columns(
            centre=pl.col("value").median().over("feature"), scale=_spread().over("feature")
        )
        .filter(
            pl.col("scale") > 0,
            pl.col("value").n_unique().over("feature") > _TWO_VALUES,
        )
        .filter(pl.col("outcome") != "unlabelled")
        .with_columns(value=(pl.col("value") - pl.col("centre")) / pl.col("scale"))
    )
    quantiles = {"p05": 0.05, "q1": 0.25, "median": 0.5, "q3": 0.75, "p95": 0.95}
    place = {name: n for n, name in enumerate(names)}
    return (
        scaled.group_by("feature", "outcome")
        .agg(
            pl.len().cast(pl.Int64).alias("n_alerts"),
            *(pl.col("value").quantile(q, "linear").alias(k) for k, q in quantiles.items()),
        )
        .sort(pl.col("feature").replace_strict(place, return_dtype=pl.Int64), "outcome")
        .select(
            "feature",
            pl.col("feature").replace_strict(group_of, return_dtype=pl.String).alias("group"),
            "outcome",
            "n_alerts",
            *quantiles,
        )
    )


def _spread() -> pl.Expr:
    value = pl.col("value")
    middle = value.quantile(0.75, "linear") - value.quantile(0.25, "linear")
    wide = value.quantile(0.95, "linear") - value.quantile(0.05, "linear")
    return pl.when(middle > 0).then(middle).otherwise(wide)


def _histogram(values: Values, outcomes: Values, categories: Sequence[str]) -> pl.DataFrame:
    is_there = np.isfinite(values)
    scale, edges = ("code", _code_edges(categories)) if categories else _edges(values[is_there])
    inside = np.clip(values, edges[0], edges[-1])
    labels = [*categories] if categories else [None] * (len(edges) - 1)
    parts = []
    for outcome in OUTCOMES:
        chosen = inside[is_there & (outcomes == outcome)]
        counts = np.histogram(chosen, edges)[0]
        parts.append(
            pl.DataFrame(
                {
                    "scale": [scale] * len(counts),
                    "outcome": [outcome] * len(counts),
                    "low": edges[:-1],
                    "high": edges[1:],
                    "label": pl.Series(labels, dtype=pl.String),
                    "n_alerts": counts.astype(np.int64),
                    "share": counts / max(len(chosen), 1),
                }
            )
        )
    return pl.concat(parts)


def _edges(values: Values) -> tuple[str, Values]:
    """Bins between the outer half percents: whole numbers, even ones, or even in logarithm."""
    distinct = np.unique(values)
    low, middle, high = np.quantile(values, [_TAIL, 0.5, 1 - _TAIL])
    if np.all(distinct == np.round(distinct)) and np.ptp(distinct) < _N_BINS:
        return "linear", np.arange(distinct[0] - 0.5, distinct[-1] + 1.0)
    if high <= low:
        low, high = distinct[0], distinct[-1]
    if high <= low:
        return "linear", np.array([low - 0.5, low + 0.5])
    if distinct[0] >= 0 and high > _LONG_TAIL * middle:
        return "log", _log_edges(distinct[distinct > 0], high, has_zero=bool(distinct[0] == 0))
    return "linear", np.linspace(low, high, _N_BINS + 1)


def _log_edges(positive: Values, high: float, *, has_zero: bool) -> Values:
    start = max(float(np.quantile(positive, _TAIL)), high * _LEAST_SHARE)
    edges = np.logspace(np.log10(start), np.log10(high), _N_BINS)
    return np.concatenate([[0.0], edges]) if has_zero else edges


def _code_edges(categories: Sequence[str]) -> Values:
    return np.arange(len(categories) + 1) - 0.5


_SCHEMA = {
    "feature": pl.String,
    "group": pl.String,
    "scale": pl.String,
    "outcome": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
    "label": pl.String,
    "n_alerts": pl.Int64,
    "share": pl.Float64,
}
