"""Which features alone tell confirmed from cleared alerts, and examples to look at."""

from __future__ import annotations

import numpy as np
import polars as pl

_NO_ORDER = 0.5
_FEWEST_VALUES = 12
"""Flags and small counts make stripes, not clouds."""


def separation(rows: pl.DataFrame) -> pl.DataFrame:
    """Return how well each feature alone ranks confirmed above cleared alerts.

    Returns
    -------
    DataFrame
        Columns feature, roc_auc (of the better direction, so 0.5 is the least), direction (higher
        or lower: which values are riskier), n_labelled, n_distinct; the best first. Missing values
        are left out; a feature without both classes too.
    """
    labelled = rows.filter(pl.col("outcome") != "unlabelled")
    tall = labelled.with_columns(is_confirmed=pl.col("outcome") == "confirmed").unpivot(
        index="is_confirmed",
        on=[c for c in rows.columns if c != "outcome"],
        variable_name="feature",
    )
    rank_sum = pl.col("rank").filter(pl.col("is_confirmed")).sum()
    n, n_confirmed = pl.len().cast(pl.Float64), pl.col("is_confirmed").sum().cast(pl.Float64)
    area = (rank_sum - n_confirmed * (n_confirmed + 1) / 2) / (n_confirmed * (n - n_confirmed))
    return (
        tall.drop_nulls("value")
        .with_columns(rank=pl.col("value").rank("average").over("feature"))
        .group_by("feature")
        .agg(
            area=area,
            n_labelled=pl.len().cast(pl.Int64),
            n_distinct=pl.col("value").n_unique().cast(pl.Int64),
        )
        .filter(pl.col("area").is_finite())
        .select(
            "feature",
            roc_auc=pl.max_horizontal("area", 1 - pl.col("area")),
            direction=pl.when(pl.col("area") >= _NO_ORDER)
            .then(pl.lit("higher"))
            .otherwise(pl.lit("lower")),
            n_labelled="n_labelled",
            n_distinct="n_distinct",
        )
        .sort("roc_auc", "feature", descending=[True, False])
    )


def telling_features(
    separations: pl.DataFrame, correlation: pl.DataFrame, *, n: int = 4, most_alike: float = 0.7
) -> list[str]:
    """Choose features that separate well, do not repeat each other and have many values.

    Parameters
    ----------
    separations : DataFrame
        As `separation` gives it.
    correlation : DataFrame
        As `rank_correlation` gives it.
    n : int
        How many at most.
    most_alike : float
        Largest absolute correlation of two chosen features.
    """
    places = {name: place for place, name in enumerate(correlation["feature"])}
    strength = np.abs(np.nan_to_num(correlation.drop("feature").to_numpy()))
    chosen: list[str] = []
    for name in separations.filter(pl.col("n_distinct") >= _FEWEST_VALUES)["feature"]:
        if name in places and all(
            strength[places[name], places[other]] <= most_alike for other in chosen
        ):
            chosen.append(name)
        if len(chosen) == n:
            break
    return chosen


def sample_rows(
    rows: pl.DataFrame, columns: list[str], *, n: int = 1500, seed: int = 7
) -> pl.DataFrame:
    """Draw rows for a scatter plot: all confirmed alerts first, then others up to ``n``.

    Returns
    -------
    DataFrame
        Column outcome and the given ones, in the order unlabelled, cleared, confirmed, so that the
        rare ones are drawn on top.
    """
    shuffled = rows.select("outcome", *columns).sample(fraction=1.0, shuffle=True, seed=seed)
    is_confirmed = pl.col("outcome") == "confirmed"
    confirmed = shuffled.filter(is_confirmed).head(n // 2)
    others = shuffled.filter(~is_confirmed).head(n - confirmed.height)
    return pl.concat([others, confirmed]).sort("outcome", descending=True, maintain_order=True)
