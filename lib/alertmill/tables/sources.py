"""What was extracted: where it came from, how much there is, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl
import polars.selectors as cs

if TYPE_CHECKING:
    from alertmill.training.data.extracted import ExtractedQuery

_TIMES = cs.ends_with("_timestamp")
"""A mean over them in milliseconds says nothing."""
_QUANTILES = {"p01": 0.01, "p25": 0.25, "median": 0.5, "p75": 0.75, "p99": 0.99}


def list_queries(queries: Sequence[ExtractedQuery]) -> pl.DataFrame:
    """List what was asked of the database and how much it answered.

    Returns
    -------
    DataFrame
        Columns query, n_rows, parameters (name=value, as bound), digest (of the answer's rows, made
        by the server), in the order they were asked.
    """
    rows = [(q.name, q.n_rows, _bound(q.parameters), q.content_hash) for q in queries]
    schema = {"query": pl.String, "n_rows": pl.Int64, "parameters": pl.String, "digest": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def describe_sources(**sources: pl.DataFrame) -> pl.DataFrame:
    """Return the size and the dates of each source.

    Parameters
    ----------
    **sources : DataFrame
        By the name to show. A source without ``processing_date`` or ``address`` has no dates or
        addresses.

    Returns
    -------
    DataFrame
        Columns source, n_rows, n_columns, first_day, last_day, snapshots (distinct dates) and
        n_addresses; one row per source, in the order given.
    """
    return pl.DataFrame(
        [_describe_source(name, frame) for name, frame in sources.items()], schema=_SOURCE_SCHEMA
    )


def describe_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Return location, spread and tails of every numeric column.

    Parameters
    ----------
    frame : DataFrame
        Other columns than numeric and boolean ones are left out, and so are times, see
        `describe_times`; booleans count as 0 and 1.

    Returns
    -------
    DataFrame
        Columns column, n_values (not null), missing_share, mean, sd, min, p01, p25, median, p75,
        p99, max; in the order of the frame. Statistics of a column without values are null.
    """
    numbers = frame.select((cs.numeric() | cs.boolean()) - _TIMES).cast(pl.Float64)
    statistics = [
        pl.all().count(),
        pl.all().is_null().mean(),
        pl.all().mean(),
        pl.all().std(),
        pl.all().min(),
        *(pl.all().quantile(q, interpolation="linear") for q in _QUANTILES.values()),
        pl.all().max(),
    ]
    names = ("n_values", "missing_share", "mean", "sd", "min", *_QUANTILES, "max")
    rows = [numbers.select(statistic.cast(pl.Float64)) for statistic in statistics]
    return (
        pl.concat(rows)
        .transpose(include_header=True, header_name="column", column_names=names)
        .with_columns(pl.col("n_values").cast(pl.Int64))
    )


def describe_times(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the first, the middle and the last of every column of times.

    Parameters
    ----------
    frame : DataFrame
        Columns whose names end with ``_timestamp`` hold milliseconds since 1970, UTC.

    Returns
    -------
    DataFrame
        Columns column, n_values, missing_share, first_day, median_day, last_day; in the order of
        the frame. No rows without such a column.
    """
    moments = frame.select(_TIMES.cast(pl.Int64).cast(pl.Datetime("ms")))
    days = [
        moments.select(moment.dt.date()).row(0)
        for moment in (pl.all().min(), pl.all().median(), pl.all().max())
        if moments.width
    ]
    missing = moments.null_count().row(0) if moments.width else ()
    rows = [
        (name, moments.height - n, n / max(moments.height, 1), *found)
        for name, n, *found in zip(moments.columns, missing, *days, strict=True)
    ]
    return pl.DataFrame(rows, schema=_TIME_SCHEMA, orient="row")


def describe_categories(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Count the values of text columns.

    Returns
    -------
    DataFrame
        Columns column, value (empty text as "(empty)", null as "(missing)"), n_rows and share of
        the frame's rows; per column the most frequent first, ties by value.
    """
    counts = [
        frame.select(value=_readable(name))
        .group_by("value")
        .agg(n_rows=pl.len().cast(pl.Int64))
        .sort("n_rows", "value", descending=[True, False])
        .select(
            pl.lit(name).alias("column"),
            "value",
            "n_rows",
            share=pl.col("n_rows") / pl.sum("n_rows"),
        )
        for name in columns
    ]
    return pl.concat(counts)


def missing_values(**sources: pl.DataFrame) -> pl.DataFrame:
    """Count missing values by column.

    Returns
    -------
    DataFrame
        Columns source, column, n_rows, n_missing, missing_share; only columns with missing values,
        the largest share first. No rows where nothing is missing.
    """
    counts = [
        frame.null_count()
        .cast(pl.Int64)
        .unpivot(variable_name="column", value_name="n_missing")
        .select(
            pl.lit(name).alias("source"),
            "column",
            pl.lit(frame.height, pl.Int64).alias("n_rows"),
            "n_missing",
        )
        for name, frame in sources.items()
    ]
    return (
        pl.concat(counts)
        .filter(pl.col("n_missing") > 0)
        .with_columns(missing_share=pl.col("n_missing") / pl.col("n_rows"))
        .sort("missing_share", "source", "column", descending=[True, False, False])
    )


def missing_sentence(missing: pl.DataFrame, **sources: pl.DataFrame) -> str:
    """Return a sentence: how many columns have missing values, and which has the most."""
    n_columns = sum(frame.width for frame in sources.values())
    if missing.is_empty():
        return f"None of the {n_columns} columns has a missing value."
    worst = missing.row(0, named=True)
    return (
        f"{missing.height} of {n_columns} columns have missing values; most has "
        f"{worst['column']} of {worst['source']} ({100 * worst['missing_share']:.1f} %)."
    )


def set_aside_sentence(set_aside: pl.DataFrame) -> str:
    """Return a sentence: how many rows of loaded files were not taken, and why.

    Parameters
    ----------
    set_aside : DataFrame
        Columns reason and n_rows.
    """
    if set_aside.is_empty():
        return "No row of a loaded file was set aside."
    by_reason = set_aside.group_by("reason").agg(pl.sum("n_rows")).sort("reason")
    named = ", ".join(f"{reason} {n:,}" for reason, n in by_reason.rows())
    n_rows = int(set_aside["n_rows"].sum())
    rows = (
        "1 row of the loaded files was set aside and is"
        if n_rows == 1
        else f"{n_rows:,} rows of the loaded files were set aside and are"
    )
    return f"{rows} in no snapshot: {named}."


def _bound(parameters: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items())


def _describe_source(name: str, frame: pl.DataFrame) -> dict[str, object]:
    days = frame["processing_date"] if "processing_date" in frame.columns else None
    return {
        "source": name,
        "n_rows": frame.height,
        "n_columns": frame.width,
        "first_day": None if days is None else days.min(),
        "last_day": None if days is None else days.max(),
        "snapshots": None if days is None else days.n_unique(),
        "n_addresses": frame["address"].n_unique() if "address" in frame.columns else None,
    }


def _readable(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String)
    return pl.when(text == "").then(pl.lit("(empty)")).otherwise(text).fill_null("(missing)")


_TIME_SCHEMA = {
    "column": pl.String,
    "n_values": pl.Int64,
    "missing_share": pl.Float64,
    "first_day": pl.Date,
    "median_day": pl.Date,
    "last_day": pl.Date,
}
_SOURCE_SCHEMA = {
    "source": pl.String,
    "n_rows": pl.Int64,
    "n_columns": pl.Int64,
    "first_day": pl.Date,
    "last_day": pl.Date,
    "snapshots": pl.Int64,
    "n_addresses": pl.Int64,
}
