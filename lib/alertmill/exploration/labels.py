"""How many alerts carry a label, which one, and where in time."""

from __future__ import annotations

import polars as pl

OUTCOMES = ("confirmed", "cleared", "unlabelled")
SPLITS = ("train", "embargo", "validation", "test")


def outcome_of(targets: pl.DataFrame) -> pl.Series:
    """Say of every row what review found: confirmed (y is 1), cleared (0) or unlabelled (null)."""
    y = pl.col("y")
    words = (
        pl.when(y == 1)
        .then(pl.lit("confirmed"))
        .when(y == 0)
        .then(pl.lit("cleared"))
        .otherwise(pl.lit("unlabelled"))
    )
    return targets.select(outcome=words.cast(pl.Enum(OUTCOMES))).to_series()


def class_balance(targets: pl.DataFrame) -> pl.DataFrame:
    """Count the alerts of each split by outcome.

    Parameters
    ----------
    targets : DataFrame
        Keys, y (null where unlabelled) and split.

    Returns
    -------
    DataFrame
        One row per split in the order of time: split, first_day, last_day, n_alerts, n_addresses,
        n_confirmed, n_cleared, n_unlabelled, labelled_share (of the alerts), confirmed_share (of
        the labelled ones, null without any), confirmed_addresses. The embargo is one row, though
        its days lie before the validation and again before the test.
    """
    y = pl.col("y")
    table = targets.group_by(pl.col("split").cast(pl.String)).agg(
        first_day=pl.col("processing_date").min(),
        last_day=pl.col("processing_date").max(),
        n_alerts=pl.len().cast(pl.Int64),
        n_addresses=pl.col("address").n_unique().cast(pl.Int64),
        n_confirmed=(y == 1).sum().cast(pl.Int64),
        n_cleared=(y == 0).sum().cast(pl.Int64),
        n_unlabelled=y.null_count().cast(pl.Int64),
        labelled_share=y.count() / pl.len(),
        confirmed_share=y.mean(),
        confirmed_addresses=pl.col("address").filter(y == 1).n_unique().cast(pl.Int64),
    )
    place = pl.col("split").replace_strict({name: n for n, name in enumerate(SPLITS)})
    return table.sort(place)


def class_balance_by_day(targets: pl.DataFrame) -> pl.DataFrame:
    """Count the alerts of every day by outcome.

    Returns
    -------
    DataFrame
        Columns processing_date, split, outcome, n_alerts; three rows a day.
    """
    counts = (
        targets.select("processing_date", pl.col("split").cast(pl.String))
        .with_columns(outcome=outcome_of(targets))
        .group_by("processing_date", "split", "outcome")
        .agg(n_alerts=pl.len().cast(pl.Int64))
    )
    days = counts.select("processing_date", "split").unique()
    outcomes = pl.DataFrame({"outcome": OUTCOMES}, schema={"outcome": pl.Enum(OUTCOMES)})
    return (
        days.join(outcomes, how="cross")
        .join(counts, on=["processing_date", "split", "outcome"], how="left")
        .with_columns(pl.col("n_alerts").fill_null(0))
        .sort("processing_date", "outcome")
    )
