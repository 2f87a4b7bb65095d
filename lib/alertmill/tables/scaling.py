"""How far the scales of the features are apart, and what would make each symmetric."""

from __future__ import annotations

import polars as pl

_SKEWED = 2.0
_REASONS = {
    "as is": "nearly symmetric",
    "logarithm": "long tail that a logarithm makes symmetric",
    "rank": "long tail that a logarithm does not cure",
    "none": "a code or a flag: no distance to scale",
}


def scaling_table(rows: pl.DataFrame) -> pl.DataFrame:
    """Return how far the scales of the features are apart, and what would make each symmetric.

    Trees need none of it; the logistic regression, the projection and every distance do.

    Returns
    -------
    DataFrame
        Columns feature, median, iqr (interquartile range), max_abs, skewness, skewness_log (of the
        signed logarithm sign(x)·log(1 + |x|)), advice (as is, logarithm, rank or none), reason.
        Features without values are left out.
    """
    numbers = rows.drop("outcome")
    numbers = numbers.select(s.name for s in numbers if s.null_count() < len(s))
    logarithm = pl.all().sign() * pl.all().abs().log1p()
    statistics = [
        pl.all().median(),
        pl.all().quantile(0.75, "linear") - pl.all().quantile(0.25, "linear"),
        pl.all().abs().max(),
        pl.all().skew(),
        logarithm.skew(),
        pl.all().drop_nulls().n_unique().cast(pl.Float64),
    ]
    names = ["median", "iqr", "max_abs", "skewness", "skewness_log", "n_distinct"]
    table = pl.concat([numbers.select(statistic) for statistic in statistics]).transpose(
        include_header=True, header_name="feature", column_names=names
    )
    return (
        table.with_columns(pl.col("skewness", "skewness_log").fill_nan(None))
        .with_columns(advice=_advice())
        .with_columns(reason=pl.col("advice").replace_strict(_REASONS))
        .drop("n_distinct")
        .sort(pl.col("skewness").abs(), "feature", descending=[True, False], nulls_last=True)
    )


def _advice() -> pl.Expr:
    skewness, in_logarithm = pl.col("skewness").abs(), pl.col("skewness_log").abs()
    return (
        pl.when((pl.col("n_distinct") <= 2) | skewness.is_null())  # noqa: PLR2004 - a flag
        .then(pl.lit("none"))
        .when(skewness <= _SKEWED)
        .then(pl.lit("as is"))
        .when(in_logarithm <= _SKEWED)
        .then(pl.lit("logarithm"))
        .otherwise(pl.lit("rank"))
    )
