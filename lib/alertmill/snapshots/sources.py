"""How snapshots were made: derived here, or delivered with the upstream system's features."""

from __future__ import annotations

from datetime import date

import polars as pl

from alertmill.errors import MixedSourcesError
from alertmill.storage import Client, fetch

DERIVED = "derived from transfers"
"""Source of the snapshots that were derived here; any other source delivered its own."""


def check_one_kind(client: Client, *, window_days: int, start: date, end: date) -> None:
    """Refuse a range of snapshots of which some were derived and some delivered.

    The same columns are computed by other formulas in the two, so a model would learn the
    difference instead of the risk.

    Raises
    ------
    MixedSourcesError
        If both kinds are in the range, both ends inclusive.
    """
    found = fetch(
        client,
        """
        SELECT DISTINCT toDate32(processing_date) AS day,
            source_uri = {derived:String} AS is_derived
        FROM current_batches
        WHERE table = 'raw_features' AND rows > 0 AND window_days = {w:UInt16}
            AND processing_date BETWEEN {start:Date} AND {end:Date}
        ORDER BY day
        """,
        {"derived": DERIVED, "w": window_days, "start": start, "end": end},
    )
    derived = found.filter(pl.col("is_derived") == 1)["day"].to_list()
    delivered = found.filter(pl.col("is_derived") == 0)["day"].to_list()
    if derived and delivered:
        raise MixedSourcesError.of(delivered=delivered, derived=derived)
