"""Load transfers, labels and the simulator's truth: whole, once, and written in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from alertmill.errors import ConfigurationError
from alertmill.storage import Client
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery, fetch_current_digests, fetch_sources

TRUTH_TABLE = "sim_ground_truth"
"""What was planted; only this module names it, so that no feature or label reads it."""
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
    "_version": pl.UInt64,
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
SET_ASIDE_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "file": pl.String,
    "source_row": pl.UInt64,
    "reason": pl.String,
    "column_name": pl.String,
    "found": pl.String,
    "tx_id": pl.String,
    "asset_symbol": pl.String,
    "asset_contract": pl.String,
}
SET_ASIDE = "set_aside_rows"
SIMULATED = "simulation:"
"""How the source of simulated rows begins."""

_ROWS_AN_INSERT = 100_000
"""The buffers of larger inserts are given back to the system and asked for anew each time: at
500,000 rows that takes longer than all the rest of loading."""

Frames = pl.DataFrame | Iterable[pl.DataFrame]
"""One frame, or frames one after the other where all rows together would not fit into memory."""


def load_transfers(
    client: Client, frames: Frames, delivery: Delivery, *, set_aside: pl.DataFrame | None = None
) -> int:
    """Load transfers; they count when all of them are in, and loading them again changes nothing.

    Another delivery of the same slot replaces them, one of another slot adds to them. Of transfers
    with equal (tx_id, event_index, edge_index, asset_contract), those of the highest ``_version``
    count once; for a snapshot, the highest whose time lies before the end of its window.

    Parameters
    ----------
    frames : DataFrame or iterable of DataFrame
        The columns of `TRANSFER_TYPES`, of which ``_version`` may be absent; amounts are Float64
        or Decimal and not negative.
    delivery : Delivery
        Where the rows come from.
    set_aside : DataFrame, optional
        Rows of the delivery that were not taken, columns of `SET_ASIDE_TYPES`; they replace those
        of an earlier delivery of the slot.

    Returns
    -------
    int
        Rows of the delivery.

    Raises
    ------
    ConfigurationError
        If a simulated world would be mixed with other rows.
    IncompleteBatchError
        If not all rows arrived; none counts then.
    """
    return _load(client, "transfers", TRANSFER_TYPES, frames, delivery, set_aside=set_aside)


def load_labels(
    client: Client, frames: Frames, delivery: Delivery, *, set_aside: pl.DataFrame | None = None
) -> int:
    """Load labels, as `load_transfers` loads transfers; columns as in `LABEL_TYPES`."""
    return _load(client, "raw_address_labels", LABEL_TYPES, frames, delivery, set_aside=set_aside)


def load_ground_truth(client: Client, frames: Frames, delivery: Delivery) -> int:
    """Load what the simulator planted; no feature may read it. Columns as in `TRUTH_TYPES`."""
    return _load(client, TRUTH_TABLE, TRUTH_TYPES, frames, delivery)


def _load(
    client: Client,
    table: str,
    types: dict[str, pl.DataType | type[pl.DataType]],
    frames: Frames,
    delivery: Delivery,
    *,
    set_aside: pl.DataFrame | None = None,
) -> int:
    _refuse_mixture(client, table, delivery.source_uri)
    aside = _set_aside_frames(client, delivery, set_aside)
    with open_batch(client, delivery, [table, *aside]) as batch:
        for name, frame in aside.items():
            if frame.height:
                batch.insert(name, frame)
        for chunk in _chunks(frames):
            known = [pl.col(name).cast(types[name]) for name in types if _is_there(chunk, name)]
            batch.insert(table, chunk.select(known))
        return batch.commit()[table]


def _set_aside_frames(
    client: Client, delivery: Delivery, set_aside: pl.DataFrame | None
) -> dict[str, pl.DataFrame]:
    """Return what the table of set aside rows gets: also nothing, in place of earlier ones."""
    if set_aside is None:
        return {}
    held = fetch_current_digests(client, delivery)
    if set_aside.is_empty() and SET_ASIDE not in held:
        return {}
    return {SET_ASIDE: set_aside.select(pl.col(c).cast(t) for c, t in SET_ASIDE_TYPES.items())}


def _is_there(chunk: pl.DataFrame, name: str) -> bool:
    # Only this one may be absent; selecting any other that is absent fails.
    return name != "_version" or name in chunk.columns


def _refuse_mixture(client: Client, table: str, source: str) -> None:
    """Keep a simulated world alone: neither another one nor real data may be mixed with it."""
    others = [found for found in fetch_sources(client, table) if found != source]
    if others and any(name.startswith(SIMULATED) for name in (source, *others)):
        raise ConfigurationError(
            f"the database already holds {table} of {', '.join(others)}, which must not be mixed "
            f"with {source}; remove that database, or set ALERTMILL_DATABASE_DIR to another folder."
        )


def _chunks(frames: Frames) -> Iterator[pl.DataFrame]:
    """Yield the rows in inserts of one size, however they come: time grows with the rows."""
    held: list[pl.DataFrame] = []
    for frame in [frames] if isinstance(frames, pl.DataFrame) else frames:
        held.append(frame)
        if sum(one.height for one in held) >= _ROWS_AN_INSERT:
            *whole, rest = pl.concat(held).iter_slices(_ROWS_AN_INSERT)
            yield from whole
            held = [rest]
    if held:
        yield from pl.concat(held).iter_slices(_ROWS_AN_INSERT)
