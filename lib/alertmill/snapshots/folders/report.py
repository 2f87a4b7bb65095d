"""What became of the folders of a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from alertmill.errors import SnapshotFolderError
from alertmill.errors.snapshots import place, quote
from alertmill.snapshots.dispositions import LoadedDispositions
from alertmill.snapshots.folders.discovery import BrokenFolder, Level, SnapshotFolder
from alertmill.snapshots.folders.files import FolderError, LeftOut
from alertmill.snapshots.folders.labels import LoadedLabels
from alertmill.snapshots.label_matches import LabelMatch

NOTHING_TO_DO = "nothing; the next run looks again"
_LONGEST_REASON = 500


class Status(StrEnum):
    """What became of a folder; the first ones need attention."""

    REFUSED = "refused"
    WAITING = "waiting"
    """It is still being copied, or waits for the labels."""
    REPLACED = "replaced"
    """The database held the snapshot with other content, or the snapshot was derived again."""
    NEW = "new"
    UNCHANGED = "unchanged"
    """The database had it already, with the same checksums, and up to date."""


_ORDER = list(Status)


@dataclass(frozen=True)
class FolderOutcome:
    """What became of one folder, or of a file of labels or decisions that lies apart."""

    place: str
    status: Status
    processing_date: date | None = None
    """None where neither META.json nor the path contains it, and for labels."""
    window_days: int | None = None
    level: Level | None = None
    reason: str = ""
    """Why it was not loaded; one line without row data."""
    action: str = ""
    """What a person can do about it."""
    detail: str = ""
    """The whole error, which may show keys and values of rows."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows of the snapshot by table."""
    left_out: LeftOut = LeftOut()  # noqa: RUF009 - it cannot be changed
    remarks: Sequence[str] = ()
    """What is odd about it and may be right all the same."""

    @property
    def is_loaded(self) -> bool:
        """Return True if the database got rows of it."""
        return self.status in (Status.NEW, Status.REPLACED)


@dataclass(frozen=True)
class IngestReport:
    """What became of a place."""

    folders: Sequence[FolderOutcome]
    """The refused and the waiting first, then by date."""
    labels: Sequence[LoadedLabels] = ()
    loaded_dates: Mapping[int, frozenset[date]] = field(default_factory=dict)
    """Processing dates of the snapshots in the database afterwards, by window."""
    label_match: LabelMatch | None = None
    """None if nothing was loaded."""
    dispositions: LoadedDispositions | None = None
    """None if no decisions of reviewers were delivered."""

    @property
    def loaded(self) -> list[FolderOutcome]:
        """Return the snapshots that the database did not have."""
        return [folder for folder in self.folders if folder.is_loaded]

    @property
    def refused(self) -> list[FolderOutcome]:
        """Return what was refused."""
        return self.of_status(Status.REFUSED)

    @property
    def waiting(self) -> list[FolderOutcome]:
        """Return what was not complete yet."""
        return self.of_status(Status.WAITING)

    def of_status(self, status: Status) -> list[FolderOutcome]:
        """Return the folders of a status."""
        return [folder for folder in self.folders if folder.status is status]

    @property
    def remarks(self) -> list[str]:
        """Return sentences on what was kept out of loaded folders, and what is odd about them."""
        columns = [
            f"kept out of {name}: {', '.join(map(quote, columns))}"
            for name, columns in self._extra_columns.items()
        ]
        files = [
            f"{place(folder.place)}: not read, because META.json does not name them: "
            f"{', '.join(map(quote, folder.left_out.files))}"
            for folder in self.folders
            if folder.left_out.files
        ]
        unread = [
            f"{place(folder.place)}: not read, because nothing needs it: "
            f"{', '.join(folder.left_out.unread)}"
            for folder in self.folders
            if folder.left_out.unread
        ]
        remarks = [
            f"{place(folder.place)}: {remark}"
            for folder in self.folders
            for remark in folder.remarks
        ]
        of_labels = [
            f"{place(labels.place)}: {remark}"
            for labels in self.labels
            for remark in labels.remarks
        ]
        match = self.label_match
        matched = [str(match)] if match is not None and match.is_low else []
        return [*columns, *files, *unread, *remarks, *of_labels, *matched]

    @property
    def _extra_columns(self) -> dict[str, list[str]]:
        """Columns that were kept out of any of the files, by file."""
        kept_out: dict[str, set[str]] = {}
        for folder in self.folders:
            for name, columns in folder.left_out.columns.items():
                kept_out.setdefault(name, set()).update(columns)
        for labels in self.labels:
            if labels.extra_columns:
                kept_out.setdefault(labels.place.name, set()).update(labels.extra_columns)
        return {name: sorted(columns) for name, columns in sorted(kept_out.items())}


def outcome_of(folder: SnapshotFolder, status: Status) -> FolderOutcome:
    """Return the outcome of a folder that was read or skipped."""
    meta = folder.meta
    return FolderOutcome(
        str(folder.place), status, meta.processing_date, meta.window_days, folder.level
    )


def problem_of(
    folder: SnapshotFolder | BrokenFolder | str, error: FolderError, status: Status
) -> FolderOutcome:
    """Return the outcome of a folder, or of the labels at a place, that was not loaded."""
    if isinstance(folder, str):
        plain = FolderOutcome(folder, status)
    elif isinstance(folder, SnapshotFolder):
        plain = outcome_of(folder, status)
    else:
        snapshot = (folder.processing_date, folder.window_days, folder.level)
        plain = FolderOutcome(str(folder.place), status, *snapshot)
    action = error.action if status is Status.REFUSED else NOTHING_TO_DO
    return replace(plain, reason=_reason_of(error, plain.place), action=action, detail=str(error))


def in_order(outcomes: Sequence[FolderOutcome]) -> list[FolderOutcome]:
    """Sort outcomes: the refused and the waiting first, then by date and window."""

    def key(outcome: FolderOutcome) -> tuple[int, date, int, str]:
        is_loaded_or_known = outcome.status not in (Status.REFUSED, Status.WAITING)
        order = len(_ORDER) if is_loaded_or_known else _ORDER.index(outcome.status)
        day, window = outcome.processing_date or date.max, outcome.window_days or 0
        return (order, day, window, outcome.place)

    return sorted(outcomes, key=key)


def _reason_of(error: FolderError, folder: str) -> str:
    """Return the reason in one line; it starts with the file where the error is about one."""
    path = error.path if isinstance(error, SnapshotFolderError) else folder
    below = path.removeprefix(folder).strip("/") if path.startswith(folder) else ""
    file = f"{place(below)}: " if below else ""
    text = " ".join(f"{file}{error.reason}".split())
    return text if len(text) <= _LONGEST_REASON else f"{text[: _LONGEST_REASON - 3]}..."
