"""Values and alerts that lie far outside."""

from __future__ import annotations

import polars as pl

_FENCE, _FAR = 1.5, 3.0


def outlier_table(rows: pl.DataFrame) -> pl.DataFrame:
    """Count values far outside the middle half of every feature (Tukey's fences).

    Returns
    -------
    DataFrame
        Columns feature, low_fence, high_fence (1.5 interquartile ranges outside the quartiles),
        n_below, n_above, outlier_share, far_share (beyond 3 ranges), confirmed_share (of the
        labelled outliers; null without any); the largest outlier share first. A feature whose
        middle half is one value has no scale to measure by and is left out.
    """
    low, high = pl.col("value").quantile(0.25, "linear"), pl.col("value").quantile(0.75, "linear")
    tall = (
        rows.with_columns(y=_is_confirmed())
        .drop("outcome")
        .unpivot(index="y", variable_name="feature")
        .drop_nulls("value")
    )
    fenced = tall.with_columns(
        low.over("feature").alias("q1"), (high - low).over("feature").alias("iqr")
    ).with_columns(
        low_fence=pl.col("q1") - _FENCE * pl.col("iqr"),
        high_fence=pl.col("q1") + (1 + _FENCE) * pl.col("iqr"),
    )
    below, above = pl.col("value") < pl.col("low_fence"), pl.col("value") > pl.col("high_fence")
    reach = (_FAR - _FENCE) * pl.col("iqr")
    far = (pl.col("value") < pl.col("low_fence") - reach) | (
        pl.col("value") > pl.col("high_fence") + reach
    )
    return (
        fenced.filter(pl.col("iqr") > 0)
        .group_by("feature")
        .agg(
            pl.first("low_fence"),
            pl.first("high_fence"),
            n_below=below.sum().cast(pl.Int64),
            n_above=above.sum().cast(pl.Int64),
            outlier_share=(below | above).mean(),
            far_share=far.mean(),
            confirmed_share=pl.col("y").filter(below | above).mean(),
        )
        .sort("outlier_share", "feature", descending=[True, False])
    )


def outlying_features_per_alert(rows: pl.DataFrame, outliers: pl.DataFrame) -> pl.DataFrame:
    """Count for every alert how many of its features lie far outside, by outcome.

    Parameters
    ----------
    rows : DataFrame
        As `training_rows` gives them.
    outliers : DataFrame
        As `outlier_table` gives it, from the same rows.

    Returns
    -------
    DataFrame
        Columns outcome, n_alerts, median, p90, max (number of features outside their fences).
    """
    flags = [
        (~pl.col(name).is_between(low, high)).fill_null(value=False).cast(pl.Int64)
        for name, low, high in outliers.select("feature", "low_fence", "high_fence").iter_rows()
    ]
    n_outside = pl.sum_horizontal(flags) if flags else pl.lit(0)
    return (
        rows.select("outcome", n_outside=n_outside)
        .group_by("outcome")
        .agg(
            n_alerts=pl.len().cast(pl.Int64),
            median=pl.col("n_outside").median(),
            p90=pl.col("n_outside").quantile(0.9, "linear"),
            max=pl.col("n_outside").max().cast(pl.Int64),
        )
        .sort("outcome")
    )


def _is_confirmed() -> pl.Expr:
    outcome = pl.col("outcome")
    return pl.when(outcome == "confirmed").then(1.0).when(outcome == "cleared").then(0.0)
