"""Rows of the tables of scores, one table for each type of model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from alertmill.storage.connection import Client
from alertmill.storage.queries import Parameters, fetch
from alertmill.vocabulary import ModelType

SCORE_TABLES: Mapping[ModelType, str] = {
    ModelType.ALERT_SCORER: "alert_scores",
    ModelType.ALERT_RANKER: "alert_rankings",
    ModelType.CLUSTER_SCORER: "cluster_scores",
}
"""Where the scores of a type of model are."""
_SNAPSHOT_TABLES = ("raw_alerts", "raw_features", "raw_clusters", "raw_money_flows")
_COLUMNS = """
    window_days, toDate32(processing_date) AS processing_date, address, alert_id,
    typology_type::String AS typology_type, score, raw_score, day_rank, day_percentile,
    is_in_queue, is_sampled, review_probability, reasons_json, change_json, model_id,
    model_version::String AS model_version, model_run_id::String AS model_run_id,
    snapshot_batch_id::String AS snapshot_batch_id
"""


@dataclass(frozen=True)
class StoredSnapshot:
    """A snapshot that can be scored, and by what it was scored last."""

    day: date
    n_alerts: int
    batch_id: str
    """Batch of its alerts; empty where another system keeps the tables."""
    digest: str
    """Of its content, and of that of the days before to which features look back."""
    scored_digest: str | None = None
    """Digest of what was scored; None if the day was never scored."""
    scored_by: str | None = None
    """Source of the scores, which names the model; None if the day was never scored."""


def fetch_snapshots(
    client: Client, table: str, *, window_days: int, first: date, last: date, look_back_days: int
) -> list[StoredSnapshot]:
    """Return the snapshots of a range of days, the earliest first.

    Parameters
    ----------
    table : str
        Table of scores in which to look for what was scored.
    first, last : date
        Both inclusive.
    look_back_days : int
        Days before a snapshot on which its features depend.
    """
    range_of_days = {"window": window_days, "first": first, "last": last}
    seen = {**range_of_days, "first": first - timedelta(days=look_back_days)}
    contents = _fetch_loaded(client, seen)
    if contents.is_empty():
        contents = _fetch_kept_by_others(client, seen)
    # Scores that came out the same again are no new batch, but of what they are made is known.
    scored = fetch(
        client,
        """
        SELECT toDate32(assumeNotNull(processing_date)) AS day, source_uri, source_sha256
        FROM finished_batches
        WHERE table = {table:String} AND window_days = {window:UInt16}
            AND processing_date BETWEEN {first:Date} AND {last:Date}
        ORDER BY sequence DESC, batch_id DESC
        LIMIT 1 BY day
        """,
        {**range_of_days, "table": table},
    )
    scored_as = {day: (source, digest) for day, source, digest in scored.iter_rows()}
    alerts = contents.filter(pl.col("table") == "raw_alerts", pl.col("day") >= first)
    return [
        StoredSnapshot(
            day=row["day"],
            n_alerts=row["rows"],
            batch_id=row["batch_id"],
            digest=_digest(contents, row["day"], look_back_days),
            scored_by=scored_as.get(row["day"], (None, None))[0],
            scored_digest=scored_as.get(row["day"], (None, None))[1],
        )
        for row in alerts.iter_rows(named=True)
    ]


def fetch_scores(
    client: Client, table: str, *, window_days: int, first: date, last: date
) -> pl.DataFrame:
    """Return the newest scores of a range of days, by day and rank.

    Parameters
    ----------
    table : str
        One of `SCORE_TABLES`.
    first, last : date
        Both inclusive.
    """
    return fetch(
        client,
        # The names come from code, never from input.
        f"""
        SELECT {_COLUMNS} FROM {table}
        WHERE window_days = {{window:UInt16}}
            AND processing_date BETWEEN {{first:Date}} AND {{last:Date}}
        ORDER BY processing_date, day_rank
        """,  # noqa: S608
        {"window": window_days, "first": first, "last": last},
    )


def fetch_scores_of(client: Client, table: str, alert_id: str) -> pl.DataFrame:
    """Return the newest scores of an alert of every day, the earliest day first.

    Parameters
    ----------
    table : str
        One of `SCORE_TABLES`.
    alert_id : str
        The alert, or the cluster.
    """
    return fetch(
        client,
        # The names come from code, never from input.
        f"""
        SELECT {_COLUMNS} FROM {table}
        WHERE alert_id = {{alert:String}} ORDER BY {table}.processing_date
        """,  # noqa: S608
        {"alert": alert_id},
    )


def fetch_last_scores(
    client: Client, table: str, *, window_days: int, before: date, look_back_days: int
) -> pl.DataFrame:
    """Return of every address its highest score of the last day on which it was scored.

    Parameters
    ----------
    table : str
        One of `SCORE_TABLES`.
    before : date
        Day to which the scores are compared; only earlier ones are returned.
    look_back_days : int
        Days before it that are looked at.

    Returns
    -------
    DataFrame
        Columns address, processing_date, score and reasons_json; one row per address.
    """
    return fetch(
        client,
        # The name comes from code, never from input.
        f"""
        SELECT address, toDate32(processing_date) AS processing_date, score, reasons_json
        FROM {table}
        WHERE window_days = {{window:UInt16}}
            AND processing_date >= {{first:Date}} AND processing_date < {{before:Date}}
        ORDER BY {table}.processing_date DESC, day_rank
        LIMIT 1 BY address
        """,  # noqa: S608
        {
            "window": window_days,
            "first": before - timedelta(days=look_back_days),
            "before": before,
        },
    )


def _fetch_loaded(client: Client, seen: Parameters) -> pl.DataFrame:
    """Return what the ledger says of the snapshots that were loaded or derived here."""
    return fetch(
        client,
        """
        SELECT
            table::String AS table, toDate32(assumeNotNull(processing_date)) AS day, batch_id,
            rows, content_hash
        FROM current_batches
        WHERE table IN {tables:Array(String)} AND window_days = {window:UInt16}
            AND processing_date BETWEEN {first:Date} AND {last:Date}
        ORDER BY day, table
        """,
        {**seen, "tables": list(_SNAPSHOT_TABLES)},
    )


def _fetch_kept_by_others(client: Client, seen: Parameters) -> pl.DataFrame:
    """Return the same of tables that another system keeps, of which the ledger knows nothing."""
    # The names come from code, never from input.
    counted = " UNION ALL ".join(
        f"""
        SELECT
            '{table}' AS table, toDate32({table}.processing_date) AS day, '' AS batch_id,
            count() AS rows, lower(hex(sum(cityHash64(tuple(*))))) AS content_hash
        FROM {table}
        WHERE window_days = {{window:UInt16}}
            AND processing_date BETWEEN {{first:Date}} AND {{last:Date}}
        GROUP BY day
        """  # noqa: S608
        for table in _SNAPSHOT_TABLES
    )
    return fetch(client, f"SELECT * FROM ({counted}) ORDER BY day, table", seen)  # noqa: S608 - as above


def _digest(contents: pl.DataFrame, day: date, look_back_days: int) -> str:
    first = day - timedelta(days=look_back_days)
    seen = contents.filter(pl.col("day").is_between(first, day))
    return hashlib.sha256(
        seen.select("table", "day", "content_hash").write_csv().encode()
    ).hexdigest()
