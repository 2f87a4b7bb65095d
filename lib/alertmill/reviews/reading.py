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
from alertmill.reviews.entries import ReviewEntry, ReviewKind, name_of_reviews


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


def approved_manifests(runs_dir: Path) -> frozenset[str]:
    """Return the digests of all manifests that somebody approved and did not refuse later.

    Whose key signed does not matter: the answer only keeps runs from being removed.

    Parameters
    ----------
    runs_dir : Path
        Folder of all runs.

    Raises
    ------
    ReviewLedgerError
        If an entry is gone or was changed.
    """
    entries = (stored.entry for stored in read_entries(runs_dir))
    reviews = [
        _read(runs_dir / entry.path, entry.sha256)
        for entry in entries
        if entry is not None and entry.kind is EntryKind.REVIEW
    ]
    last = {(said.manifest_sha256, said.actor): said.kind for said in reviews if said.is_verdict}
    return frozenset(digest for (digest, _), kind in last.items() if kind is ReviewKind.APPROVAL)


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
