"""Values of features that a model has never seen in its training."""

from __future__ import annotations

from pathlib import Path

import polars as pl

OUTSIDE_SCHEMA = {
    "feature": pl.String,
    "n_alerts": pl.Int64,
    "trained_low": pl.Float64,
    "trained_high": pl.Float64,
    "day_low": pl.Float64,
    "day_high": pl.Float64,
}
_FEATURES, _TARGETS = "features/features.parquet", "features/targets.parquet"


def trained_ranges(run_dir: Path, names: tuple[str, ...]) -> pl.DataFrame | None:
    """Return the lowest and highest value of every feature up to the last validation day.

    Parameters
    ----------
    run_dir : Path
        Run that made the model.
    names : tuple of str
        Numeric features of the model.

    Returns
    -------
    DataFrame or None
        Columns feature, trained_low and trained_high, null where the feature was always missing;
        None if the run no longer holds its features.
    """
    features, targets = run_dir / _FEATURES, run_dir / _TARGETS
    if not (features.is_file() and targets.is_file()):
        return None
    fitted = pl.scan_parquet(targets).filter(pl.col("split").cast(pl.String) == "validation")
    last = fitted.select(pl.col("processing_date").max()).collect().item()
    rows = pl.scan_parquet(features).filter(pl.col("processing_date") <= last)
    ends = rows.select(
        pl.col(names).min().name.suffix(" low"), pl.col(names).max().name.suffix(" high")
    ).collect()
    lows, highs = ends.row(0)[: len(names)], ends.row(0)[len(names) :]
    return pl.DataFrame(
        {"feature": names, "trained_low": lows, "trained_high": highs},
        schema={name: OUTSIDE_SCHEMA[name] for name in ("feature", "trained_low", "trained_high")},
    )


def outside_ranges(features: pl.DataFrame, ranges: pl.DataFrame) -> pl.DataFrame:
    """Count the alerts of a day whose values lie outside of what the model has seen.

    Parameters
    ----------
    features : DataFrame
        Keys and features of the day.
    ranges : DataFrame
        As `trained_ranges` returns it.

    Returns
    -------
    DataFrame
        Columns feature, n_alerts, trained_low, trained_high, day_low and day_high; one row for
        each feature with such values, the most frequent first. A feature that was always missing in
        training is outside wherever it has a value.
    """
    found = features.select(
        pl.struct(
            n_alerts=_is_outside(name, low, high).sum().cast(pl.Int64),
            day_low=pl.col(name).min(),
            day_high=pl.col(name).max(),
        ).alias(name)
        for name, low, high in ranges.iter_rows()
    ).row(0)
    rows = [{**trained, **of_day} for trained, of_day in zip(ranges.to_dicts(), found, strict=True)]
    return (
        pl.DataFrame(rows, schema=OUTSIDE_SCHEMA)
        .filter(pl.col("n_alerts") > 0)
        .sort("n_alerts", "feature", descending=[True, False])
    )


def _is_outside(name: str, low: float | None, high: float | None) -> pl.Expr:
    value = pl.col(name)
    return value.is_not_null() if low is None else (value < low) | (value > high)
