"""How the procedure of a run did at several dates, in words and as a table."""

from __future__ import annotations

import polars as pl

from alertmill.evaluation.intervals import value_text
from alertmill.evaluation.origins import ORIGIN_METRICS
from alertmill.wording import counted, readable

_METRIC = "average_precision"
_TEXT = ("value", "ci_low", "ci_high", "note")


def count_ranges(origins: pl.DataFrame) -> int:
    """Return the number of test ranges, that of the run among them."""
    return origins["origin"].drop_nulls().n_unique()


def origins_sentence(origins: pl.DataFrame) -> str:
    """Return what the mean over the test ranges is, and what the run's own range gives alone.

    Parameters
    ----------
    origins : DataFrame
        Of `alertmill.evaluation.origins.measure_origins`.
    """
    measured = origins.filter(pl.col("metric") == _METRIC)
    mean = measured.row(by_predicate=pl.col("origin").is_null(), named=True)
    own = measured.row(by_predicate=pl.col("is_shipped"), named=True)
    n_ranges = count_ranges(origins)
    if n_ranges == 1:
        return (
            "Only the run's own test range was measured. An earlier one needs split.n_origins "
            "above 1, half of the development days, and both classes in training and validation."
        )
    ranges = counted(n_ranges, "test range")
    if mean["value"] is None:
        return f"None of the {ranges} has an average precision: {own['note']}."
    missing = n_ranges - mean["n_origins"]
    some = f" ({counted(missing, 'range')} without a value left out)" if missing else ""
    return (
        f"Over {ranges}{some} the mean average precision is {_text(mean)}, from "
        f"{_addresses(mean)}; the run's own range alone, with {_addresses(own)}, gives "
        f"{_text(own)}."
    )


def origins_table(origins: pl.DataFrame) -> pl.DataFrame:
    """Return a row for the mean and one per test range, the latest first.

    Parameters
    ----------
    origins : DataFrame
        Of `alertmill.evaluation.origins.measure_origins`.

    Returns
    -------
    DataFrame
        Columns tested, model, confirmed alerts, confirmed addresses, and one per metric: value
        (95 % interval).
    """
    told = origins.with_columns(
        text=pl.Series([value_text(*row) for row in origins.select(_TEXT).rows()], dtype=pl.String),
        tested=pl.coalesce(
            pl.format("{} to {}", "origin", "last_day"),
            pl.format("mean of {}", pl.col("n_origins").max().over("metric").max()),
        ),
        model=pl.when("is_shipped")
        .then(pl.lit("this model"))
        .when(pl.col("origin").is_not_null())
        .then(pl.lit("one fitted before, default parameters")),
    )
    columns = [
        pl.col("text").filter(pl.col("metric") == name).first().alias(readable(name))
        for name in ORIGIN_METRICS
    ]
    return (
        told.group_by("origin", maintain_order=True)
        .agg(
            pl.first("tested", "model"),
            pl.col("n_positives").max().alias("confirmed alerts"),
            pl.col("n_positive_addresses").max().alias("confirmed addresses"),
            *columns,
        )
        .sort("origin", descending=True, nulls_last=False)
        .drop("origin")
    )


def _text(row: dict[str, object]) -> str:
    return value_text(*(row[name] for name in _TEXT))  # type: ignore[arg-type]  # a row of the schema


def _addresses(row: dict[str, object]) -> str:
    return counted(int(str(row["n_positive_addresses"])), "confirmed address")
