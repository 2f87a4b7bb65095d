"""Load transfers, labels and the simulator's truth: whole, once, and written in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl

from alertmill.errors import ConfigurationError
from alertmill.storage import Client, insert
from alertmill.storage.ledger import (
    LedgerEntry,
    State,
    fetch_sources,
    is_complete,
    record_batch,
)
from alertmill.vocabulary import Network

MONEY = pl.Decimal(38, 18)

TRANSFER_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "tx_id": pl.String,
    "event_index": pl.String,
    "edge_index": pl.String,
    "block_height": pl.UInt32,
    "block_timestamp": pl.UInt64,
    "from_address": pl.String,
    "to_address": pl.String,
    "asset_symbol": pl.String,
    "asset_contract": pl.String,
    "amount": MONEY,
    "amount_usd": MONEY,
    "fee": MONEY,
}
LABEL_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "network": pl.String,
    "address": pl.String,
    "label": pl.String,
    "network_type": pl.String,
    "address_type": pl.String,
    "address_subtype": pl.String,
    "risk_level": pl.String,
    "confidence_score": pl.Float32,
    "trust_level": pl.String,
    "source": pl.String,
    "known_at": pl.UInt64,
    "revoked_at": pl.UInt64,
    "known_at_source": pl.String,
}
TRUTH_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "address": pl.String,
    "scheme_id": pl.String,
    "typology": pl.String,
    "role": pl.String,
    "start_ts": pl.UInt64,
    "end_ts": pl.UInt64,
}
SIMULATED = "simulation:"
"""How the source of simulated rows begins."""

_ROWS_AN_INSERT = 200_000


def load_transfers(client: Client, frame: pl.DataFrame, *, source: str, network: Network) -> int:
    """Load transfers; a second load of the same content changes nothing.

    A load that was interrupted is finished by loading again: chunks that are in are known by their
    deduplication tokens. Another source adds to the table.

    Parameters
    ----------
    frame : DataFrame
        The columns of `TRANSFER_TYPES`; amounts are Float64 or Decimal and not negative.
    source : str
        Where the rows come from, for the ledger.

    Returns
    -------
    int
        Rows loaded now; 0 if the content was there.
    """
    ordered = _ordered(frame, TRANSFER_TYPES, first=("block_timestamp", "tx_id", "event_index"))
    return _load(client, "transfers", ordered, source=source, network=network)


def load_labels(client: Client, frame: pl.DataFrame, *, source: str, network: Network) -> int:
    """Load labels, as `load_transfers` loads transfers; columns as in `LABEL_TYPES`."""
    ordered = _ordered(frame, LABEL_TYPES, first=("address", "label", "source", "known_at"))
    return _load(client, "raw_address_labels", ordered, source=source, network=network)


def load_ground_truth(client: Client, frame: pl.DataFrame, *, source: str, network: Network) -> int:
    """Load what the simulator planted; no feature may read it. Columns as in `TRUTH_TYPES`."""
    ordered = _ordered(frame, TRUTH_TYPES, first=("address", "scheme_id"))
    return _load(client, "sim_ground_truth", ordered, source=source, network=network)


def _load(client: Client, table: str, frame: pl.DataFrame, *, source: str, network: Network) -> int:
    content_hash = hash_of(frame)
    if is_complete(client, table, content_hash):
        return 0
    _refuse_mixture(client, table, source)
    entry = LedgerEntry(
        network=network,
        table=table,
        source_uri=source,
        rows=frame.height,
        content_hash=content_hash,
        started_at=datetime.now(UTC),
    )
    record_batch(client, entry, State.STARTED)
    for number, chunk in enumerate(_chunks(frame)):
        insert(client, table, chunk, token=f"{content_hash} {number}")
    record_batch(client, entry, State.COMPLETE)
    return frame.height


def _refuse_mixture(client: Client, table: str, source: str) -> None:
    """Keep a simulated world alone: neither another one nor real data may be mixed with it."""
    others = [found for found in fetch_sources(client, table) if found != source]
    if others and any(name.startswith(SIMULATED) for name in (source, *others)):
        raise ConfigurationError(
            f"the database already holds {table} of {', '.join(others)}, which must not be mixed "
            f"with {source}; remove that database, or set ALERTMILL_DATABASE_DIR to another folder."
        )


def _chunks(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows in their order: chunks sorted by time touch few monthly partitions each."""
    yield from frame.iter_slices(_ROWS_AN_INSERT)


def hash_of(frame: pl.DataFrame) -> str:
    """Hex sha256 over the rows in their order, the same in every version of the libraries."""
    digest = hashlib.sha256()
    for chunk in frame.iter_slices(_ROWS_AN_INSERT):
        digest.update(chunk.write_csv(include_header=True).encode())
    return digest.hexdigest()


def _ordered(
    frame: pl.DataFrame,
    types: dict[str, pl.DataType | type[pl.DataType]],
    *,
    first: tuple[str, ...],
) -> pl.DataFrame:
    """Sort by every column, so that equal content has one order and one hash."""
    typed = frame.select(pl.col(name).cast(kind) for name, kind in types.items())
    return typed.sort(*first, *(name for name in types if name not in first))
