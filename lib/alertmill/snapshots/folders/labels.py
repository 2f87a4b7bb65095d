"""Address labels: in the folder of a snapshot, or apart from all snapshots."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from upath import UPath

from alertmill.errors import ChecksumError, SnapshotFolderError
from alertmill.errors.snapshots import quote
from alertmill.networks import network_type
from alertmill.snapshots.contracts import check_table, conform_tables
from alertmill.snapshots.folders.files import (
    Wanted,
    check_columns,
    columns_of,
    extra_columns,
    parse,
)
from alertmill.snapshots.folders.meta import LABELS_FILE, SnapshotMeta
from alertmill.snapshots.folders.places import is_file, read_bytes
from alertmill.snapshots.folders.spelling import is_text, spell_addresses
from alertmill.snapshots.loading import load_labels
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery, fetch_delivered
from alertmill.vocabulary import AddressType, KnownAtSource, Network

_NAME = "address_labels"
_MOST_TYPES = 5
_DEFAULTS = {
    "address_type": "unknown",
    "address_subtype": "",
    "confidence_score": 0.5,
    "trust_level": "unverified",
    "source": "upstream",
}
_WANTED = Wanted(
    required=("address", "label", "risk_level"),
    optional=(*_DEFAULTS, "network", "network_type", "known_at", "revoked_at"),
    # Upstream stamps the labels of the day with every snapshot.
    ignored=(
        "processing_date",
        "window_days",
        "created_timestamp",
        "updated_timestamp",
        "known_at_source",
        "created_at",
        "_version",
    ),
)
_SAID = (
    "address",
    "label",
    "source",
    "address_type",
    "address_subtype",
    "risk_level",
    "trust_level",
    "confidence_score",
)
"""What a label says, as against when that became known."""


@dataclass(frozen=True)
class LoadedLabels:
    """What became of a file of labels."""

    place: UPath
    is_new: bool
    """True if the file had not been loaded before."""
    n_new: int = 0
    """Labels that were not known."""
    n_revoked: int = 0
    """Labels of the last file at this place that are not in this one."""
    extra_columns: Sequence[str] = ()
    remarks: Sequence[str] = ()
    """What is odd about its rows and may be right all the same."""


@dataclass(frozen=True)
class ReadLabels:
    """Labels of a file that were checked and are not loaded yet."""

    place: UPath
    network: Network
    sha256: str
    delivered_at: datetime
    labels: pl.DataFrame
    is_dated: bool
    """True if the file says itself when each label became known."""
    remarks: Sequence[str]
    extra_columns: Sequence[str]


def find_labels(folders: Sequence[UPath], root: UPath, network: Network) -> list[UPath]:
    """Find the labels that lie apart: beside ``snapshots``, or below the root."""
    name = f"{network}_{LABELS_FILE}"
    beside = [folder.parent.parent.parent.parent for folder in folders[:1]]
    places = {
        place.path: place for base in (root, *beside) for place in [base / "address-labels" / name]
    }
    return [place for place in places.values() if is_file(place)][:1]


def load_delivered_labels(
    client: Client, place: UPath, metas: Sequence[SnapshotMeta], *, network: Network, now: datetime
) -> LoadedLabels:
    """Load the labels of a file that are not known yet, and revoke those that are gone from it.

    A label without known_at is taken as known since the file was delivered: since generated_at of
    the first of the last snapshots in a row that name its checksum. What the database knows since
    earlier stays so. A file without known_at is the list of what holds, so a label that came with
    an earlier file at the same place, and is not in this one, is revoked by this delivery. A file
    with known_at tells the history itself, and says in revoked_at what was revoked.

    Parameters
    ----------
    metas : sequence of SnapshotMeta
        Of the snapshots that the file was delivered with; its sha256 must be in one of them. Empty
        for a file that the operator vouches for.

    Raises
    ------
    ChecksumError
        If the file is not the one that was delivered with any of the snapshots.
    SnapshotFolderError
        If it cannot be read, has other than the counted rows, columns are missing, or it is an
        empty list in place of one that was not: that would revoke every label.
    ContractError
        If labels break their contract.
    """
    read = read_delivered_labels(place, metas, network=network, now=now)
    return load_read_labels(client, read)


def read_delivered_labels(
    place: UPath, metas: Sequence[SnapshotMeta], *, network: Network, now: datetime
) -> ReadLabels:
    """Read and check a file of labels; see `load_delivered_labels`."""
    content = read_bytes(place)
    sha256 = hashlib.sha256(content).hexdigest()
    delivered_at = _delivered_at(place, sha256, metas) if metas else now
    found = columns_of(place, content)
    check_columns(place, {_NAME: found}, {_NAME: _WANTED})
    delivered = parse(place, content, found, _WANTED)
    _check_count(place, delivered, [m for m in metas if m.sha256.get(LABELS_FILE) == sha256])
    delivered, remarks = spell_addresses(place, delivered, ("address",), network=network)
    delivered, unknown_types = _with_known_types(delivered)
    return ReadLabels(
        place,
        network,
        sha256,
        delivered_at,
        labels=_shaped(delivered, network, delivered_at, source=str(place)),
        is_dated="known_at" in found,
        remarks=[*remarks, *unknown_types],
        extra_columns=extra_columns({_NAME: found}, {_NAME: _WANTED}).get(LABELS_FILE, []),
    )


def load_read_labels(client: Client, read: ReadLabels) -> LoadedLabels:
    """Load labels that were read; see `load_delivered_labels`."""
    place, network, labels = read.place, read.network, read.labels
    earlier = fetch_delivered(client, "raw_address_labels", network, _slots_of(place))
    if earlier[-1:] == [read.sha256]:
        return LoadedLabels(place, is_new=False)
    # Each file has a slot of its own: a later one adds to the history, and replaces nothing.
    slot = f"{_slots_of(place)}{len(earlier)}#{read.sha256[:16]}"
    unknown = _unknown(client, labels, network, is_dated=read.is_dated)
    gone = labels.clear()
    if not read.is_dated:
        if earlier and labels.is_empty():
            raise _revoking_all(place)
        gone = _gone(client, labels, place, network=network, delivered_at=read.delivered_at)
    load_labels(client, [unknown, gone], Delivery(network, slot, read.sha256))
    return LoadedLabels(
        place,
        is_new=True,
        n_new=unknown.height,
        n_revoked=gone.height,
        remarks=read.remarks,
        extra_columns=read.extra_columns,
    )


def _with_known_types(delivered: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Take address types without a meaning here as unknown; return a remark that counts them."""
    if not is_text(delivered.schema.get("address_type", pl.Null())):
        return delivered, []
    kind = pl.col("address_type").cast(pl.String)
    is_known = kind.is_in(list(map(str, AddressType))) | kind.is_null()
    strange = delivered.filter(~is_known)["address_type"].cast(pl.String)
    if strange.is_empty():
        return delivered, []
    types = ", ".join(quote(name) for name in strange.unique().sort().head(_MOST_TYPES))
    n_types = strange.n_unique()
    besides = f" and {n_types - _MOST_TYPES} more" if n_types > _MOST_TYPES else ""
    rows = "1 label has" if strange.len() == 1 else f"{strange.len():,} labels have"
    known = pl.when(is_known).then(kind).otherwise(pl.lit(AddressType.UNKNOWN.value))
    return delivered.with_columns(address_type=known), [
        f"{rows} an address_type that has no meaning here ({types}{besides}), taken as unknown"
    ]


def _check_count(place: UPath, delivered: pl.DataFrame, metas: Sequence[SnapshotMeta]) -> None:
    counted = {meta.counts[_NAME] for meta in metas if _NAME in meta.counts}
    if counted - {delivered.height}:
        counts = ", ".join(map(str, sorted(counted)))
        raise SnapshotFolderError.of(
            place, f"it holds {delivered.height} rows, META.json counts {counts}"
        )


def _delivered_at(place: UPath, sha256: str, metas: Sequence[SnapshotMeta]) -> datetime:
    named = [meta for meta in metas if LABELS_FILE in meta.sha256]
    if not named:
        raise ChecksumError.absent(place, [LABELS_FILE])
    matching = [meta for meta in named if meta.sha256[LABELS_FILE] == sha256]
    if not matching:
        raise ChecksumError.differs(place, expected=named[-1].sha256[LABELS_FILE], found=sha256)
    # A list may be what it was before: it then counts since it became so again.
    others = [meta.generated_at for meta in named if meta.sha256[LABELS_FILE] != sha256]
    last = max(meta.generated_at for meta in matching)
    before = max((at for at in others if at < last), default=None)
    return min(
        meta.generated_at for meta in matching if before is None or meta.generated_at > before
    )


def _shaped(
    delivered: pl.DataFrame, network: Network, delivered_at: datetime, *, source: str
) -> pl.DataFrame:
    """Fill what may be left out, and hold the labels to their contract."""
    is_dated = "known_at" in delivered.columns
    known_at_source = KnownAtSource.UPSTREAM if is_dated else KnownAtSource.FIRST_DELIVERY
    defaults = _DEFAULTS | {
        "network": network,
        "network_type": network_type(network),
        "known_at": int(delivered_at.timestamp() * 1000),
        "revoked_at": None,
    }
    filled = delivered.with_columns(
        pl.lit(value).alias(name)
        for name, value in defaults.items()
        if name not in delivered.columns
    ).with_columns(
        pl.col("risk_level").cast(pl.String).str.strip_chars().str.to_lowercase().fill_null(""),
        known_at_source=pl.lit(known_at_source.value),
    )
    table = "raw_address_labels"
    labels = conform_tables({table: filled}, source=source)[table]
    check_table(table, labels, source=source)
    return labels


_HELD = """
    SELECT address, label, source::String AS source, address_type::String AS address_type,
        address_subtype::String AS address_subtype, risk_level::String AS risk_level,
        trust_level::String AS trust_level, confidence_score, network::String AS network,
        network_type::String AS network_type, known_at, known_at_source::String AS known_at_source,
        revoked_at
    FROM raw_address_labels WHERE network = {network:String}
"""


def _unknown(
    client: Client, labels: pl.DataFrame, network: Network, *, is_dated: bool
) -> pl.DataFrame:
    """Leave out labels that the database has: with the same times, or from an earlier delivery."""
    held = fetch(client, _HELD, {"network": network})
    if is_dated:
        told = [*_SAID, "known_at", "revoked_at"]
        return labels.join(held, on=told, how="anti", nulls_equal=True)
    # One that was revoked and is in the list again is known anew.
    return labels.join(held.filter(pl.col("revoked_at").is_null()), on=[*_SAID], how="anti")


def _gone(
    client: Client, labels: pl.DataFrame, place: UPath, *, network: Network, delivered_at: datetime
) -> pl.DataFrame:
    """Return as revoked the labels that hold by earlier files of this place, not by this one."""
    at = int(delivered_at.timestamp() * 1000)
    of_place = fetch(
        client,
        """
        SELECT DISTINCT address, label, source::String AS source, known_at
        FROM raw_address_labels_batches WHERE batch_id IN (
            SELECT batch_id FROM current_batches
            WHERE table = 'raw_address_labels' AND startsWith(source_uri, {place:String})
        )
        """,
        {"place": _slots_of(place)},
    )
    held = fetch(client, _HELD, {"network": network}).filter(
        pl.col("revoked_at").is_null(), pl.col("known_at") < at
    )
    return (
        held.join(of_place, on=["address", "label", "source", "known_at"], how="semi")
        .join(labels, on=[*_SAID], how="anti")
        .with_columns(revoked_at=pl.lit(at))
        .select(pl.col(name).cast(kind) for name, kind in labels.schema.items())
    )


def _revoking_all(place: UPath) -> SnapshotFolderError:
    """Take an empty list for a failed export, not for a network without any risk."""
    return SnapshotFolderError.of(
        place,
        "expected a list of the labels that hold, found an empty one, which would revoke all of "
        "the last; deliver the list, or the history with known_at and revoked_at",
    )


def _slots_of(place: UPath) -> str:
    """How the names of the deliveries of a place begin."""
    return f"{place}#"
