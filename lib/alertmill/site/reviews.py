"""What reviewers said of a run, as the files beside the runs hold it; no signature is checked."""

from __future__ import annotations

import hashlib
from datetime import datetime

from pydantic import Field

from alertmill.errors import RunFileError
from alertmill.reporting.manifest import MANIFEST
from alertmill.reviews import REVIEWS_FOLDER, ReviewEntry, ReviewKind
from alertmill.site.folders import RunFolder
from alertmill.site.records import Record
from alertmill.vocabulary import FindingSeverity


class ReviewRow(Record):
    """One finding, resolution, approval or refusal."""

    kind: ReviewKind
    key: str = Field(description="Eight hex digits by which a finding is named.")
    who: str = Field(description="Name and role of the person.")
    entered_at: datetime
    text: str
    severity: FindingSeverity | None = Field(description="Of a finding, else None.")
    is_blocking: bool
    resolves: str = Field(description="Key of the finding that is settled; else empty.")
    is_of_this_manifest: bool = Field(
        description="Whether it was said of the run as it is published now."
    )


def read_reviews_of(folder: RunFolder) -> tuple[tuple[ReviewRow, ...], tuple[str, ...]]:
    """Return what was said of a run, oldest first, and sentences on files that are damaged."""
    beside = RunFolder(folder.root, folder.network, REVIEWS_FOLDER)
    entries, unreadable = [], []
    for file in beside.files():
        if file.path.startswith(f"{folder.run_id}-"):
            try:
                entries.append(beside.record(file.path, ReviewEntry))
            except RunFileError as error:
                unreadable.append(str(error))
    digest = _digest(folder) if entries else None
    rows = tuple(_row(entry, digest) for entry in entries if entry is not None)
    return rows, tuple(unreadable)


def _digest(folder: RunFolder) -> str | None:
    try:
        with folder.open(MANIFEST) as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def _row(entry: ReviewEntry, digest: str | None) -> ReviewRow:
    return ReviewRow(
        kind=entry.kind,
        key=entry.key,
        who=entry.who,
        entered_at=entry.entered_at,
        text=entry.text,
        severity=entry.severity,
        is_blocking=entry.is_blocking,
        resolves=entry.resolves,
        is_of_this_manifest=entry.manifest_sha256 == digest,
    )
