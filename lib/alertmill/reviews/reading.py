"""Read what the signed ledger vouches for; a file that nobody signed says nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from alertmill.audit.chain import sound_entries
from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import read_entries
from alertmill.audit.trust import TrustedKeys
from alertmill.errors import ReviewLedgerError
from alertmill.reviews.entries import ReviewEntry, name_of_reviews


@dataclass(frozen=True)
class SignedReview:
    """An entry about a run, and its number in the signed ledger."""

    entry: ReviewEntry
    number: int


def read_reviews(run_dir: Path, trusted: TrustedKeys) -> tuple[SignedReview, ...]:
    """Return what was said of a run, in the order of the signed ledger.

    Parameters
    ----------
    run_dir : Path
        Folder of the run in its place, ``<runs>/<network>/<run_id>``; it need not be there.
    trusted : TrustedKeys
        Keys whose signatures count.

    Raises
    ------
    ReviewLedgerError
        If a signed entry is gone or was changed: what it said is unknown, so nothing follows.
    """
    run_dir = run_dir.resolve()
    runs_dir, network = run_dir.parents[1], run_dir.parent.name
    start = name_of_reviews(network, run_dir.name)
    own = [
        stored
        for stored in read_entries(runs_dir)
        if stored.entry is not None and stored.entry.path.startswith(start)
    ]
    return tuple(
        SignedReview(_read(runs_dir / signed.path, signed.sha256), signed.number)
        for signed in sound_entries(own, trusted)
        if signed.kind is EntryKind.REVIEW
    )


def _read(path: Path, expected: str) -> ReviewEntry:
    if path.is_symlink() or not path.is_file():
        raise ReviewLedgerError.gone(path)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != expected:
        raise ReviewLedgerError.changed(path)
    try:
        return ReviewEntry.model_validate_json(content)
    except ValidationError as error:
        raise ReviewLedgerError.unreadable(path, error.errors()[0]["msg"]) from error
