"""Rows of model_metrics: what was measured of a model, on whom, with its interval."""

from __future__ import annotations

import polars as pl

from alertmill.storage.connection import Client
from alertmill.storage.queries import fetch, insert

METRIC_COLUMNS: dict[str, type[pl.DataType]] = {
    "split": pl.String,
    "segment": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "rows": pl.UInt64,
    "addresses": pl.UInt32,
    "positives": pl.UInt32,
}
"""value, ci_low and ci_high are null where undefined; the counts are of labelled alerts."""


def insert_model_metrics(
    client: Client, measured: pl.DataFrame, *, model_id: str, run_id: str
) -> None:
    """Enter what a run measured of a model; entered once, in one block, so whole or not at all.

    Parameters
    ----------
    client : Client
        Connected to the database of a network.
    measured : DataFrame
        Columns of `METRIC_COLUMNS`; no rows enter nothing.
    model_id, run_id : str
        The model, and the run that made and measured it.
    """
    if measured.is_empty():
        return
    rows = measured.select(
        pl.lit(model_id).alias("model_id"),
        pl.lit(run_id).alias("run_id"),
        *(pl.col(name).cast(kind) for name, kind in METRIC_COLUMNS.items()),
    )
    insert(client, "model_metrics", rows, token=f"{model_id} {run_id}")


def fetch_model_metrics(client: Client, model_id: str) -> pl.DataFrame:
    """Return what was measured of a model, by run, split, segment and metric."""
    return fetch(
        client,
        """
        SELECT
            model_id, run_id, split::String AS split, segment::String AS segment,
            metric::String AS metric, value, ci_low, ci_high, rows, addresses, positives
        FROM model_metrics WHERE model_id = {model_id:String}
        ORDER BY run_id, split, segment, metric
        """,
        {"model_id": model_id},
    )
