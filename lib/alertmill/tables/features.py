"""The features of the training range: what they mean and how often they are missing.

What the reports explore looks at training rows only: whoever chooses features after reading them
has not seen the later alerts on which the model is judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.tables.labels import outcome_of
from alertmill.training.data.rows import KEYS

if TYPE_CHECKING:
    from alertmill.training.features.catalogue import FeatureCatalogue


def training_rows(features: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """Take the training rows, with what review found of each.

    Parameters
    ----------
    features : DataFrame
        Keys, then one column per feature.
    targets : DataFrame
        The same rows in the same order, with y and split.

    Returns
    -------
    DataFrame
        Column outcome (confirmed, cleared or unlabelled), then one column per feature.
    """
    is_train = targets["split"].cast(pl.String) == "train"
    rows = features.with_columns(outcome=outcome_of(targets)).filter(is_train)
    return rows.select("outcome", pl.exclude(*KEYS, "outcome"))


def numeric_only(rows: pl.DataFrame, catalogue: FeatureCatalogue) -> pl.DataFrame:
    """Leave out the features that hold codes: their distances mean nothing."""
    codes = [d.name for d in catalogue.features if d.kind == "categorical"]
    return rows.drop(codes)


def list_features(catalogue: FeatureCatalogue, rows: pl.DataFrame) -> pl.DataFrame:
    """List every feature in words, with how often it is missing.

    Returns
    -------
    DataFrame
        Columns feature, group, description, unit, range, missing_share, n_distinct, kind, latest
        (what it may see), reads_labels_of_others, missing_means; in the order of the catalogue.
    """
    declared = [
        (
            d.name,
            str(d.group),
            str(d.kind),
            d.unit,
            d.range,
            d.description,
            str(d.latest),
            d.reads_labels_of_others,
            d.missing_means,
        )
        for d in catalogue.features
    ]
    names = [name for name, *_ in declared]
    values = rows.select(names)
    listed = pl.DataFrame(declared, schema=_CATALOGUE_SCHEMA, orient="row").with_columns(
        missing_share=_per_column(values.null_count()) / max(rows.height, 1),
        n_distinct=pl.Series([values[n].drop_nulls().n_unique() for n in names], dtype=pl.Int64),
    )
    first = ("feature", "group", "description", "unit", "range", "missing_share", "n_distinct")
    return listed.select(*first, pl.exclude(first))


def list_refused(
    refused: pl.DataFrame, catalogue: FeatureCatalogue, *, n_alerts: int
) -> pl.DataFrame:
    """List the values that were refused because no such feature can have them.

    Parameters
    ----------
    refused : DataFrame
        Columns feature, reason, n_alerts.
    catalogue : FeatureCatalogue
        Says what the values may be.
    n_alerts : int
        How many alerts there are.

    Returns
    -------
    DataFrame
        Columns feature, reason, range, n_alerts, share (of all alerts); the most frequent first.
    """
    range_of = {d.name: d.range for d in catalogue.features}
    return refused.select(
        "feature",
        "reason",
        pl.col("feature").replace_strict(range_of, return_dtype=pl.String).alias("range"),
        "n_alerts",
        share=pl.col("n_alerts") / max(n_alerts, 1),
    ).sort("n_alerts", "feature", "reason", descending=[True, False, False])


def list_groups(feature_list: pl.DataFrame) -> pl.DataFrame:
    """Count the features of every group.

    Parameters
    ----------
    feature_list : DataFrame
        As `list_features` gives it.

    Returns
    -------
    DataFrame
        Columns group, n_features, n_categorical, n_with_missing, n_constant, mean_missing_share;
        in the order of the catalogue.
    """
    return feature_list.group_by("group", maintain_order=True).agg(
        n_features=pl.len().cast(pl.Int64),
        n_categorical=(pl.col("kind") == "categorical").sum().cast(pl.Int64),
        n_with_missing=(pl.col("missing_share") > 0).sum().cast(pl.Int64),
        n_constant=(pl.col("n_distinct") <= 1).sum().cast(pl.Int64),
        mean_missing_share=pl.col("missing_share").mean(),
    )


def _per_column(row: pl.DataFrame) -> pl.Series:
    return pl.Series(row.row(0), dtype=pl.Float64)


_CATALOGUE_SCHEMA = {
    "feature": pl.String,
    "group": pl.String,
    "kind": pl.String,
    "unit": pl.String,
    "range": pl.String,
    "description": pl.String,
    "latest": pl.String,
    "reads_labels_of_others": pl.Boolean,
    "missing_means": pl.String,
}
