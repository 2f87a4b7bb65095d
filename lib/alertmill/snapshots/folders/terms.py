"""What holds for all folders of one ingestion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from upath import UPath

from alertmill.errors import FolderUnreachableError, SnapshotFolderError
from alertmill.snapshots.folders.files import FolderError
from alertmill.snapshots.folders.labels import LoadedLabels
from alertmill.snapshots.folders.listing import is_recent, last_change
from alertmill.snapshots.folders.places import is_gone
from alertmill.snapshots.folders.report import FolderOutcome, Status


@dataclass(frozen=True)
class Terms:
    """What holds for all folders of one ingestion."""

    root: UPath
    now: datetime
    settle: timedelta
    """A folder that is not complete and changed within this time is still being copied."""
    constant_price_usd: float | None = None
    with_ground_truth: bool = False
    """True if ground_truth.parquet is loaded where a folder has it."""

    def status_of(self, place: UPath, error: FolderError) -> Status:
        """Return whether a folder or file is refused, or still being copied.

        Raises
        ------
        FolderUnreachableError
            If the whole place is gone, which is no fault of the folder.
        """
        if not (isinstance(error, SnapshotFolderError) and error.is_incomplete):
            return Status.REFUSED
        if is_gone(self.root):
            raise FolderUnreachableError.of(self.root, "it does not exist any more")
        if is_gone(place):
            return Status.WAITING  # moved or replaced while it was read
        is_copied = is_recent(last_change(place), self.now, within=self.settle)
        return Status.WAITING if is_copied else Status.REFUSED


@dataclass(frozen=True)
class SharedLabels:
    """The labels that lie apart from all folders."""

    loaded: Sequence[LoadedLabels] = ()
    problem: FolderOutcome | None = None
    """Set if the labels are there and were not loaded."""
