"""Load all snapshot folders of a place that are not loaded yet, in the order of their dates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

import polars as pl
from upath import UPath

from alertmill.errors import ChecksumError, SnapshotFolderError
from alertmill.snapshots.constant_price import check_constant_price
from alertmill.snapshots.derivation import derive_snapshot
from alertmill.snapshots.derivation.window import Window
from alertmill.snapshots.folders.chain_level import read_chain_level
from alertmill.snapshots.folders.discovery import Level, SnapshotFolder, find_snapshots
from alertmill.snapshots.folders.files import LeftOut
from alertmill.snapshots.folders.labels import (
    LoadedLabels,
    find_labels,
    load_delivered_labels,
)
from alertmill.snapshots.folders.meta import LABELS_FILE
from alertmill.snapshots.folders.places import is_file, place_of
from alertmill.snapshots.folders.prices import BY_PRICES, constant_price
from alertmill.snapshots.folders.report import IngestedSnapshot, IngestReport
from alertmill.snapshots.folders.risk_level import RISK_LEVEL, read_risk_level
from alertmill.snapshots.loading import load_transfers
from alertmill.snapshots.sources import DERIVED
from alertmill.storage import Client, fetch
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery, is_delivered
from alertmill.vocabulary import Network

_LOGGER = logging.getLogger(__name__)
_TABLES = tuple(RISK_LEVEL.values())


def ingest_folders(  # noqa: PLR0913 - what to load, from where, and when
    client: Client,
    path_or_url: str,
    *,
    network: Network,
    now: datetime,
    labels: str | None = None,
    constant_price_usd: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> IngestReport:
    """Load the snapshot folders of a network that lie at or below a place.

    Every META.json is read before the first row is loaded. A folder that the database has already
    with the same checksums is skipped; any other replaces what the database holds of its snapshot
    in one step. Transfers go through the derivation, which is done again where transfers of an
    earlier date came, or were replaced, after it.

    Parameters
    ----------
    path_or_url : str
        A folder or an fsspec URL such as ``s3://bucket/snapshots``: one snapshot, or many below it.
    now : datetime
        With a time zone; since when labels that ``labels`` names, and no META.json, are known.
    labels : str, optional
        Where the labels lie. Without it: in the folders of transfers, and in ``address-labels``
        beside ``snapshots``.
    constant_price_usd : float, optional
        USD per native unit, for transfers that come without any price.

    Raises
    ------
    ConfigurationError
        If the constant price is not above 0.
    SnapshotFolderError
        If there are no snapshots of the network, or a folder is not what it has to be.
    ContractError
        If rows break the contract of their table. Folders of earlier dates stay loaded.
    FolderUnreachableError
        If the place does not answer.
    """
    check_constant_price(constant_price_usd)
    root = place_of(path_or_url)
    folders = find_snapshots(root, network)
    shared = _shared_labels(client, root, folders, network=network, now=now, labels=labels)
    loader = _Loader(client, constant_price_usd, now, shared)
    snapshots: list[IngestedSnapshot] = []
    for _, of_a_date in groupby(folders, lambda folder: folder.meta.processing_date):
        snapshots += loader.load(list(of_a_date))
        if progress:
            progress(len(snapshots), len(folders))
    ingested = IngestReport(snapshots, [*shared, *loader.labels])
    for warning in ingested.warnings:
        _LOGGER.warning("%s", warning)
    return ingested


def _shared_labels(
    client: Client,
    root: UPath,
    folders: Sequence[SnapshotFolder],
    *,
    network: Network,
    now: datetime,
    labels: str | None,
) -> list[LoadedLabels]:
    metas = [f.meta for f in folders]
    if labels is not None:
        # The operator names the file: it needs no checksum, but must agree with one that is there.
        summed = [meta for meta in metas if LABELS_FILE in meta.sha256]
        places = [place_of(labels)]
    else:
        summed = metas
        places = find_labels([f.place for f in folders], root, network)
    return [
        load_delivered_labels(client, place, summed, network=network, now=now) for place in places
    ]


class _Loader:
    """Loads the folders of one date after the other; keeps what became of the labels inside them.

    ``shared`` are the labels that lie apart.
    """

    def __init__(
        self,
        client: Client,
        constant_price_usd: float | None,
        now: datetime,
        shared: Sequence[LoadedLabels],
    ) -> None:
        self._client = client
        self._constant_price_usd = constant_price_usd
        self._now = now
        self._shared = shared
        self.labels: list[LoadedLabels] = []

    def load(self, folders: Sequence[SnapshotFolder]) -> list[IngestedSnapshot]:
        """Load the folders of a date: all their transfers are in before the first is derived."""
        transfers = {
            folder.place: self._load_transfers(folder)
            for folder in folders
            if folder.level is Level.CHAIN
        }
        return [
            self._derive(folder, transfers[folder.place])
            if folder.level is Level.CHAIN
            else self._load_risk(folder)
            for folder in folders
        ]

    def _load_risk(self, folder: SnapshotFolder) -> IngestedSnapshot:
        delivery = _delivery_of(folder)
        if is_delivered(self._client, delivery):
            return _was_there(folder)
        frames, files = read_risk_level(folder.place, folder.meta)
        self._load_labels_of(folder)
        with open_batch(self._client, delivery, _TABLES) as batch:
            for table, frame in frames.items():
                batch.insert(table, frame)
            rows = batch.commit()
        return _outcome(folder, rows, left_out=files.left_out)

    def _load_transfers(self, folder: SnapshotFolder) -> _LoadedTransfers | None:
        """Load the transfers of a folder, and give None if the database has them already."""
        if self._has_transfers(folder):
            return None
        priced, files = read_chain_level(
            folder.place, folder.meta, constant_price_usd=self._constant_price_usd
        )
        self._load_labels_of(folder)
        delivery = _delivery_of(folder, valued_by=priced.by)
        n_rows = load_transfers(self._client, priced.transfers, delivery)
        remarks = _remarks_on(folder, priced.transfers["block_timestamp"])
        return _LoadedTransfers({"transfers": n_rows}, files.left_out, remarks)

    def _has_transfers(self, folder: SnapshotFolder) -> bool:
        ways = ["", BY_PRICES]
        if self._constant_price_usd is not None:
            ways.append(constant_price(self._constant_price_usd))
        return any(is_delivered(self._client, _delivery_of(folder, valued_by=way)) for way in ways)

    def _derive(
        self, folder: SnapshotFolder, transfers: _LoadedTransfers | None
    ) -> IngestedSnapshot:
        meta = folder.meta
        if transfers is None and _is_derived_since(self._client, _delivery_of(folder)):
            return _was_there(folder)
        derived = derive_snapshot(
            self._client,
            network=meta.network,
            processing_date=meta.processing_date,
            window_days=meta.window_days,
        )
        rows = {
            "raw_alerts": derived.n_alerts,
            "raw_features": derived.n_addresses,
            "raw_clusters": derived.n_clusters,
            "raw_money_flows": derived.n_flows,
        }
        loaded = transfers or _LoadedTransfers()
        return _outcome(
            folder, {**loaded.rows, **rows}, left_out=loaded.left_out, remarks=loaded.remarks
        )

    def _load_labels_of(self, folder: SnapshotFolder) -> None:
        place = folder.place / LABELS_FILE
        is_named, is_there = LABELS_FILE in folder.meta.sha256, is_file(place)
        if is_there and not is_named:
            raise ChecksumError.absent(folder.place, [LABELS_FILE])
        if is_there:
            metas, network = [folder.meta], folder.meta.network
            self.labels.append(
                load_delivered_labels(self._client, place, metas, network=network, now=self._now)
            )
        elif is_named and not self._shared:
            raise SnapshotFolderError.of(
                folder.place,
                f"META.json names {LABELS_FILE}, which lies neither here nor in address-labels "
                "beside snapshots; deliver it, or name its place with --labels",
            )


@dataclass(frozen=True)
class _LoadedTransfers:
    """What was loaded of a folder of transfers before its derivation."""

    rows: Mapping[str, int] = field(default_factory=dict)
    left_out: LeftOut = LeftOut()  # noqa: RUF009 - it cannot be changed
    remarks: Sequence[str] = ()


def _remarks_on(folder: SnapshotFolder, block_timestamp: pl.Series) -> list[str]:
    """Say when none of the transfers of a folder is of its window: they may be of another one."""
    window = _window_of(folder)
    if block_timestamp.is_between(window.t0, window.t1, closed="left").any():
        return []
    return [f"none of its {len(block_timestamp):,} transfers lies in its window, {window.days}"]


def _window_of(folder: SnapshotFolder) -> Window:
    return Window(folder.meta.network, folder.meta.processing_date, folder.meta.window_days)


def _delivery_of(folder: SnapshotFolder, *, valued_by: str = "") -> Delivery:
    meta = folder.meta
    how = f"#valued_by={valued_by}" if valued_by else ""
    return Delivery(
        network=meta.network,
        source_uri=f"{folder.place}{how}",
        source_sha256=meta.digest,
        window_days=meta.window_days,
        processing_date=meta.processing_date,
    )


def _is_derived_since(client: Client, delivery: Delivery) -> bool:
    """Whether a snapshot was derived after all transfers that it may see came to count.

    They may have come later because a process died in between, or because a folder of an earlier
    date was delivered late or was changed. Transfers of files without a date may be of any time.
    """
    found = fetch(
        client,
        """
        SELECT
            maxIf(sequence, table = 'raw_features' AND source_uri = {derived:String}
                AND window_days = {window:UInt16} AND processing_date = {day:Date})
            > maxIf(sequence, table = 'transfers' AND state = 'complete'
                AND ifNull(processing_date <= {day:Date}, 1)) AS is_since
        FROM finished_batches
        WHERE network = {network:String}
        """,
        {**delivery.slot, "derived": DERIVED},
    )
    return bool(found["is_since"][0])


def _outcome(
    folder: SnapshotFolder,
    rows: Mapping[str, int],
    *,
    left_out: LeftOut,
    remarks: Sequence[str] = (),
) -> IngestedSnapshot:
    if not rows["raw_features"]:
        days = _window_of(folder).days
        remarks = [*remarks, f"no address is active in its window, {days}: the snapshot is empty"]
    return replace(_was_there(folder), is_new=True, rows=rows, left_out=left_out, remarks=remarks)


def _was_there(folder: SnapshotFolder) -> IngestedSnapshot:
    return IngestedSnapshot(
        place=str(folder.place),
        processing_date=folder.meta.processing_date,
        window_days=folder.meta.window_days,
        level=folder.level,
        is_new=False,
    )
