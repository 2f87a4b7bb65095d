"""Rows of promotions: every decision about a model, who made it when, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import polars as pl

from alertmill.storage.connection import Client
from alertmill.storage.queries import fetch, insert


@dataclass(frozen=True)
class PromotionRow:
    """One decision; the fields are the columns of promotions."""

    decided_at: datetime
    """With a time zone."""
    network: str
    model_type: str
    window_days: int
    model_id: str
    run_id: str
    replaced_model_id: str
    """Champion until then; empty for none."""
    decision: str
    """A `PromotionVerdict`."""
    actor: str
    """``gate``, or the name of the person."""
    reason: str
    evidence_json: str


_TYPES = {"decided_at": pl.Datetime("ms", "UTC"), "window_days": pl.UInt16()}


def insert_promotion(client: Client, row: PromotionRow, *, token: str) -> None:
    """Enter a decision; under the same token it is entered once."""
    insert(client, "promotions", pl.DataFrame([asdict(row)], schema_overrides=_TYPES), token=token)


def fetch_promotions(client: Client) -> pl.DataFrame:
    """Return every decision, the last first."""
    return fetch(
        client,
        """
        SELECT
            decided_at, network::String AS network, model_type::String AS model_type, window_days,
            model_id, run_id, replaced_model_id, decision::String AS decision,
            actor::String AS actor, reason, evidence_json
        FROM promotions ORDER BY decided_at DESC, model_id, run_id
        """,
    )
