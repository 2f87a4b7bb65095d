"""What reviewers decided about alerts that were scored."""

from __future__ import annotations

from datetime import date

import polars as pl

from alertmill.storage.connection import Client
from alertmill.storage.queries import fetch


def fetch_decided(
    client: Client, table: str, *, window_days: int, first: date, last: date
) -> pl.DataFrame:
    """Return the alerts of a range of days that are to be reviewed, with what was decided.

    Parameters
    ----------
    table : str
        Table of scores of alerts.
    first, last : date
        Both inclusive.

    Returns
    -------
    DataFrame
        Alerts in the queue or drawn below it: processing_date, address, is_in_queue, is_sampled,
        review_probability, y (1 confirmed, 0 dismissed, null: not decided) and n_below (all alerts
        below the queue of that day). The last decision counts; one that was reopened is none.
    """
    counts = fetch(
        client,
        # The name comes from code, never from input.
        f"""
        SELECT toDate32(processing_date) AS processing_date, countIf(NOT is_in_queue) AS n_below
        FROM {table}
        WHERE window_days = {{window:UInt16}}
            AND processing_date BETWEEN {{first:Date}} AND {{last:Date}}
        GROUP BY processing_date
        """,  # noqa: S608
        {"window": window_days, "first": first, "last": last},
    )
    decided = fetch(
        client,
        f"""
        SELECT
            toDate32(scored.processing_date) AS processing_date, scored.address AS address,
            scored.is_in_queue AS is_in_queue, scored.is_sampled AS is_sampled,
            scored.review_probability AS review_probability,
            multiIf(decided.decision = 'confirmed', 1, decided.decision = 'dismissed', 0, NULL)
                ::Nullable(Int8) AS y
        FROM {table} AS scored
        LEFT JOIN (
            SELECT
                processing_date, address, alert_id,
                argMax(decision::String, (decided_at, known_at)) AS decision
            FROM alert_dispositions
            WHERE window_days = {{window:UInt16}}
                AND processing_date BETWEEN {{first:Date}} AND {{last:Date}}
            GROUP BY processing_date, address, alert_id
        ) AS decided
            ON scored.processing_date = decided.processing_date
            AND scored.address = decided.address AND scored.alert_id = decided.alert_id
        WHERE scored.window_days = {{window:UInt16}}
            AND scored.processing_date BETWEEN {{first:Date}} AND {{last:Date}}
            AND (scored.is_in_queue OR scored.is_sampled)
        ORDER BY processing_date, address, scored.alert_id
        """,  # noqa: S608
        {"window": window_days, "first": first, "last": last},
    )
    return decided.join(counts, on="processing_date", how="left", maintain_order="left")
