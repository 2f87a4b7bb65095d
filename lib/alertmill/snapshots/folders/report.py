"""What became of the folders of a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from alertmill.errors.snapshots import place, quote
from alertmill.snapshots.folders.discovery import Level
from alertmill.snapshots.folders.files import LeftOut
from alertmill.snapshots.folders.labels import LoadedLabels


@dataclass(frozen=True)
class IngestedSnapshot:
    """What became of one folder."""

    place: str
    processing_date: date
    window_days: int
    level: Level
    is_new: bool
    """False where the database had it already, with the same checksums, and up to date."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """Rows of the snapshot by table."""
    left_out: LeftOut = LeftOut()  # noqa: RUF009 - it cannot be changed
    remarks: Sequence[str] = ()
    """What is odd about it and may be right all the same."""


@dataclass(frozen=True)
class IngestReport:
    """What became of a place."""

    snapshots: Sequence[IngestedSnapshot]
    labels: Sequence[LoadedLabels]

    @property
    def loaded(self) -> list[IngestedSnapshot]:
        """Give the snapshots that the database did not have."""
        return [snapshot for snapshot in self.snapshots if snapshot.is_new]

    def table(self) -> list[dict[str, object]]:
        """Give one row a snapshot: which it is, what became of it, its rows by table."""
        return [
            {
                "processing_date": str(snapshot.processing_date),
                "window_days": snapshot.window_days,
                "folder": snapshot.place,
                "holds": snapshot.level.value,
                "state": "loaded" if snapshot.is_new else "was there",
                "remarks": "; ".join(snapshot.remarks),
                **snapshot.rows,
            }
            for snapshot in self.snapshots
        ]

    @property
    def warnings(self) -> list[str]:
        """Tell in sentences what was kept out, and what is odd."""
        columns = [
            f"kept out of {name}: {', '.join(map(quote, columns))}"
            for name, columns in self._extra_columns.items()
        ]
        files = [
            f"{place(snapshot.place)}: not read, because META.json does not name them: "
            f"{', '.join(map(quote, snapshot.left_out.files))}"
            for snapshot in self.snapshots
            if snapshot.left_out.files
        ]
        remarks = [
            f"{place(snapshot.place)}: {remark}"
            for snapshot in self.snapshots
            for remark in snapshot.remarks
        ]
        return [*columns, *files, *remarks]

    @property
    def _extra_columns(self) -> dict[str, list[str]]:
        """Columns that were kept out of any of the files, by file."""
        kept_out: dict[str, set[str]] = {}
        for snapshot in self.snapshots:
            for name, columns in snapshot.left_out.columns.items():
                kept_out.setdefault(name, set()).update(columns)
        for labels in self.labels:
            if labels.extra_columns:
                kept_out.setdefault(labels.place.name, set()).update(labels.extra_columns)
        return {name: sorted(columns) for name, columns in sorted(kept_out.items())}
