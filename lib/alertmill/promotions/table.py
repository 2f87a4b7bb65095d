"""The ledger as rows of the table promotions."""

from __future__ import annotations

import json
from datetime import datetime

import polars as pl

from alertmill.promotions.ledger import PromotionEntry, PromotionLedger
from alertmill.storage import Client
from alertmill.storage.promotions import PromotionRow, fetch_promotions, insert_promotion

_Key = tuple[datetime, str, str, str]


def restore_promotions(client: Client, ledger: PromotionLedger) -> int:
    """Insert the entries of the ledger that the table lacks; return their number.

    The files are written first, so a crash before the insert is made good by the next call, and a
    lost table by one call.

    Raises
    ------
    PromotionLedgerError
        If an entry cannot be read.
    """
    known = _keys(fetch_promotions(client))
    missing = [entry for entry in ledger.entries() if _key(entry) not in known]
    for entry in missing:
        insert_promotion(client, row_of_entry(entry), token=entry.file_name)
    return len(missing)


def row_of_entry(entry: PromotionEntry) -> PromotionRow:
    """Return an entry of the ledger as a row of the table."""
    return PromotionRow(
        decided_at=entry.decided_at,
        network=entry.network,
        model_type=entry.model_type,
        window_days=entry.window_days,
        model_id=entry.model_id,
        run_id=entry.run_id,
        replaced_model_id=entry.replaced_model_id,
        decision=entry.verdict.value,
        actor=entry.actor,
        reason=entry.reason,
        evidence_json=json.dumps(entry.evidence, sort_keys=True),
    )


def _key(entry: PromotionEntry) -> _Key:
    return entry.decided_at, entry.model_id, entry.run_id, entry.actor


def _keys(rows: pl.DataFrame) -> set[_Key]:
    return set(rows.select("decided_at", "model_id", "run_id", "actor").iter_rows())
