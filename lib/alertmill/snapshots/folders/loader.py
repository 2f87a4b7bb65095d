"""Load the folders of one processing date after the other; a broken one stops none of the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
from upath import UPath

from alertmill.errors import ChecksumError, ContractError, SnapshotFolderError
from alertmill.networks import terms_of
from alertmill.snapshots.derivation import derive_snapshot
from alertmill.snapshots.derivation.window import Window
from alertmill.snapshots.files.sums import find_overflow
from alertmill.snapshots.folders.chain_level import read_chain_level
from alertmill.snapshots.folders.discovery import BrokenFolder, Level, SnapshotFolder
from alertmill.snapshots.folders.files import FolderError, LeftOut, collecting, raise_together
from alertmill.snapshots.folders.ground_truth import TRUTH_FILE, read_truth
from alertmill.snapshots.folders.labels import (
    LoadedLabels,
    ReadLabels,
    load_read_labels,
    read_delivered_labels,
)
from alertmill.snapshots.folders.loaded import LoadedSnapshots
from alertmill.snapshots.folders.meta import LABELS_FILE
from alertmill.snapshots.folders.places import is_file
from alertmill.snapshots.folders.prices import BY_PRICES, constant_price
from alertmill.snapshots.folders.report import (
    NOTHING_TO_DO,
    FolderOutcome,
    Status,
    outcome_of,
    problem_of,
)
from alertmill.snapshots.folders.risk_level import RISK_LEVEL, read_risk_level
from alertmill.snapshots.folders.terms import SharedLabels, Terms
from alertmill.snapshots.loading import TRUTH_TABLE, load_ground_truth, load_transfers
from alertmill.storage import Client
from alertmill.storage.batches import open_batch
from alertmill.storage.ledger import Delivery

_TABLES = tuple(RISK_LEVEL.values())


@dataclass(frozen=True)
class _LoadedTransfers:
    """What was loaded of a folder of transfers before its derivation."""

    rows: Mapping[str, int] = field(default_factory=dict)
    left_out: LeftOut = LeftOut()  # noqa: RUF009 - it cannot be changed
    remarks: Sequence[str] = ()


class Loader:
    """Loads the folders of one date after the other.

    Parameters
    ----------
    broken : sequence of BrokenFolder
        Folders that cannot be read at all: the derivation of later dates lacks their transfers.
    """

    def __init__(
        self,
        client: Client,
        loaded: LoadedSnapshots,
        terms: Terms,
        labels: SharedLabels,
        broken: Sequence[BrokenFolder],
    ) -> None:
        self._client = client
        self._loaded = loaded
        self._terms = terms
        self._shared = labels
        self._lacking = {
            folder.processing_date
            for folder in broken
            if folder.processing_date is not None and folder.level is not Level.RISK
        }
        self.labels: list[LoadedLabels] = []
        """What became of the labels inside the folders."""

    def load(self, folders: Sequence[SnapshotFolder]) -> list[FolderOutcome]:
        """Load the folders of a date: all their transfers are in before the first is derived."""
        outcomes: list[FolderOutcome] = []
        transfers: dict[UPath, _LoadedTransfers | None] = {}
        for folder in folders:
            if folder.level is Level.CHAIN:
                with self._setting_aside(folder, outcomes):
                    transfers[folder.place] = self._load_transfers(folder)
        for folder in folders:
            with self._setting_aside(folder, outcomes):
                if folder.level is Level.RISK:
                    outcomes.append(self._with_truth(folder, self._load_risk(folder)))
                elif folder.place in transfers:
                    derived = self._derive(folder, transfers[folder.place])
                    outcomes.append(self._with_truth(folder, derived))
        return outcomes

    def _with_truth(self, folder: SnapshotFolder, outcome: FolderOutcome) -> FolderOutcome:
        """Load the planted patterns of a folder where they are asked for and there."""
        if not (self._terms.with_ground_truth and TRUTH_FILE in folder.meta.sha256):
            return outcome
        truth = read_truth(folder.place, folder.meta)
        n_rows = load_ground_truth(self._client, truth, _delivery_of(folder))
        left_out = outcome.left_out
        unread = tuple(name for name in left_out.unread if name != TRUTH_FILE)
        return replace(
            outcome,
            rows={**outcome.rows, TRUTH_TABLE: n_rows},
            left_out=replace(left_out, unread=unread),
        )

    @contextmanager
    def _setting_aside(
        self, folder: SnapshotFolder, outcomes: list[FolderOutcome]
    ) -> Iterator[None]:
        """Make what is wrong with one folder its outcome, and go on; any other error passes."""
        try:
            yield
        except _WaitsForLabels as error:
            plain = outcome_of(folder, Status.WAITING)
            outcomes.append(replace(plain, reason=error.reason, action=error.action))
        except (SnapshotFolderError, ContractError) as error:
            status = self._terms.status_of(folder.place, error)
            outcomes.append(problem_of(folder, error, status))
        else:
            return
        if folder.level is Level.CHAIN and not self._loaded.holds_transfers(_delivery_of(folder)):
            self._lacking.add(folder.meta.processing_date)

    def _load_risk(self, folder: SnapshotFolder) -> FolderOutcome:
        delivery = _delivery_of(folder)
        if self._loaded.holds(delivery):
            return outcome_of(folder, Status.UNCHANGED)
        status = self._status_when_loaded(delivery)
        faults: list[FolderError] = []
        with collecting(faults):
            self._check_generated(folder)
        with collecting(faults):
            frames, files = read_risk_level(folder.place, folder.meta)
        with collecting(faults):
            labels = self._labels_of(folder)
        raise_together(folder.place, faults)
        self._load_labels(labels)
        with open_batch(self._client, delivery, _TABLES) as batch:
            for table, frame in frames.items():
                batch.insert(table, frame)
            rows = batch.commit()
        self._loaded.forget()
        return _loaded_outcome(folder, status, rows, left_out=files.left_out, remarks=files.remarks)

    def _load_transfers(self, folder: SnapshotFolder) -> _LoadedTransfers | None:
        """Load the transfers of a folder; None if the database has them already."""
        if self._has_transfers(folder):
            return None
        self._check_labels()
        faults: list[FolderError] = []
        with collecting(faults):
            self._check_generated(folder)
        with collecting(faults):
            priced, files = read_chain_level(
                folder.place, folder.meta, constant_price_usd=self._terms.constant_price_usd
            )
        with collecting(faults):
            labels = self._labels_of(folder)
        raise_together(folder.place, faults)
        delivery = _delivery_of(folder, valued_by=priced.by)
        self._check_transfers(folder, priced.transfers, delivery)
        self._load_labels(labels)
        n_rows = load_transfers(self._client, priced.transfers, delivery)
        self._loaded.forget()
        remarks = [*files.remarks, *_remarks_on(folder, priced.transfers["block_timestamp"])]
        return _LoadedTransfers({"transfers": n_rows}, files.left_out, remarks)

    def _check_generated(self, folder: SnapshotFolder) -> None:
        """Refuse a time of delivery that is still to come: labels count as known from it on."""
        generated_at = folder.meta.generated_at
        if generated_at > self._terms.now + _CLOCK_SKEW:
            raise SnapshotFolderError.of(
                folder.place,
                f"META.json says that it was generated at {generated_at:%Y-%m-%d %H:%M} ("
                f"{generated_at:%z}), which is in the future",
                action="correct generated_at, or the clock of this machine",
            )

    def _check_transfers(
        self, folder: SnapshotFolder, transfers: pl.DataFrame, delivery: Delivery
    ) -> None:
        """Refuse transfers that would empty a snapshot, or that no table can add up."""
        if transfers.is_empty() and self._loaded.holds_snapshot(delivery):
            raise SnapshotFolderError.of(
                folder.place,
                "it holds no transfers, and would replace a snapshot that has some",
                action="deliver it again with its transfers",
            )
        day = folder.meta.processing_date
        overflow = find_overflow(transfers, dates=(day, day), window_days=folder.meta.window_days)
        if overflow:
            raise SnapshotFolderError.of(
                folder.place, overflow, action="correct the amounts and deliver it again"
            )

    def _has_transfers(self, folder: SnapshotFolder) -> bool:
        ways = ["", BY_PRICES]
        if self._terms.constant_price_usd is not None:
            ways.append(constant_price(self._terms.constant_price_usd))
        return any(self._loaded.holds(_delivery_of(folder, valued_by=way)) for way in ways)

    def _derive(self, folder: SnapshotFolder, transfers: _LoadedTransfers | None) -> FolderOutcome:
        delivery = _delivery_of(folder)
        if transfers is None and self._loaded.is_derived_since(delivery):
            return outcome_of(folder, Status.UNCHANGED)
        self._check_labels()
        status = self._status_when_loaded(delivery)
        loaded = transfers or _LoadedTransfers(remarks=[_AGAIN] if status is _REPLACED else [])
        rows = self._derived_rows(folder)
        remarks = [*loaded.remarks, *self._remarks_on_lacking(folder.meta.processing_date)]
        return _loaded_outcome(
            folder, status, {**loaded.rows, **rows}, left_out=loaded.left_out, remarks=remarks
        )

    def _derived_rows(self, folder: SnapshotFolder) -> dict[str, int]:
        """Derive the snapshot of a folder and return its rows by table."""
        meta = folder.meta
        derived = derive_snapshot(
            self._client,
            network=meta.network,
            processing_date=meta.processing_date,
            window_days=meta.window_days,
        )
        self._loaded.forget()
        return {
            "raw_alerts": derived.n_alerts,
            "raw_features": derived.n_addresses,
            "raw_clusters": derived.n_clusters,
            "raw_money_flows": derived.n_flows,
        }

    def _status_when_loaded(self, delivery: Delivery) -> Status:
        return _REPLACED if self._loaded.holds_snapshot(delivery) else Status.NEW

    def _remarks_on_lacking(self, day: date) -> list[str]:
        lacking = sorted(lack for lack in self._lacking if lack <= day)
        if not lacking:
            return []
        days = f"{lacking[0]}" if len(lacking) == 1 else f"{len(lacking)} dates to {lacking[-1]}"
        return [f"derived without the transfers of {days}; it is derived again when they come"]

    def _check_labels(self) -> None:
        """Hold a derivation back while the labels cannot be loaded: it would lack them for good."""
        if self._shared.problem is not None:
            raise _WaitsForLabels(self._shared.problem)

    def _load_labels(self, labels: ReadLabels | None) -> None:
        if labels is not None:
            self.labels.append(load_read_labels(self._client, labels))

    def _labels_of(self, folder: SnapshotFolder) -> ReadLabels | None:
        """Read the labels inside a folder; None if they lie apart or there are none."""
        place = folder.place / LABELS_FILE
        is_named, is_there = LABELS_FILE in folder.meta.sha256, is_file(place)
        if is_there and not is_named:
            raise ChecksumError.absent(folder.place, [LABELS_FILE])
        if is_there:
            metas, network = [folder.meta], folder.meta.network
            return read_delivered_labels(place, metas, network=network, now=self._terms.now)
        if is_named and not self._shared.loaded and self._shared.problem is None:
            raise SnapshotFolderError.of(
                folder.place,
                f"META.json names {LABELS_FILE}, which lies neither here nor in address-labels "
                "beside snapshots",
                action="deliver it, or name its place with --labels",
                is_incomplete=True,
            )
        return None


class _WaitsForLabels(Exception):  # noqa: N818 - no error: the folder itself is in order
    """A folder of transfers is not derived before the labels are loaded."""

    def __init__(self, labels: FolderOutcome) -> None:
        is_refused = labels.status is Status.REFUSED
        state = "refused" if is_refused else "not complete yet"
        self.reason = f"its derivation needs the labels, which are {state}"
        self.action = "repair the labels" if is_refused else NOTHING_TO_DO
        super().__init__(self.reason)


_REPLACED = Status.REPLACED
_CLOCK_SKEW = timedelta(days=1)
"""How far the clocks of two machines, and their zones, may be apart."""
_AGAIN = "derived again, because transfers of its date or an earlier one came after it"


def _remarks_on(folder: SnapshotFolder, block_timestamp: pl.Series) -> list[str]:
    """Report when none of the transfers of a folder is of its window: they may be of another."""
    window = _window_of(folder)
    remarks = _remarks_on_finality(folder, window)
    if block_timestamp.is_between(window.t0, window.t1, closed="left").any():
        return remarks
    n_rows = len(block_timestamp)
    return [*remarks, f"none of its {n_rows:,} transfers lies in its window, {window.days}"]


def _remarks_on_finality(folder: SnapshotFolder, window: Window) -> list[str]:
    """Report when a folder was made before the network could no longer undo its transfers."""
    minutes = terms_of(folder.meta.network).finality_minutes
    final_at = datetime.fromtimestamp(window.t1 / 1000, UTC) + timedelta(minutes=minutes)
    if folder.meta.generated_at >= final_at:
        return []
    made_at = folder.meta.generated_at.astimezone(UTC)
    remark = (
        f"it was generated at {made_at:%Y-%m-%d %H:%M} UTC, before the transfers of its window are "
        f"final: {minutes} minutes after its end, {final_at:%Y-%m-%d %H:%M} UTC"
    )
    return [remark]


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


def _loaded_outcome(
    folder: SnapshotFolder,
    status: Status,
    rows: Mapping[str, int],
    *,
    left_out: LeftOut,
    remarks: Sequence[str] = (),
) -> FolderOutcome:
    if not rows["raw_features"]:
        days = _window_of(folder).days
        remarks = [*remarks, f"no address is active in its window, {days}: the snapshot is empty"]
    return replace(outcome_of(folder, status), rows=rows, left_out=left_out, remarks=remarks)
