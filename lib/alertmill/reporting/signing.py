"""Sign a published run."""

from __future__ import annotations

from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import SignedLedger, StoredEntry
from alertmill.audit.marks import keep_signature
from alertmill.reporting.manifest import MANIFEST
from alertmill.reporting.outcomes import ReportedRun


def sign_run(
    run: ReportedRun, signed: SignedLedger, kind: EntryKind = EntryKind.RUN
) -> StoredEntry:
    """Enter the manifest of a run in the signed ledger, and keep the entry beside it.

    The manifest names every other file of the run, so its digest stands for all of them. A second
    time changes nothing; a run that was published anew gets another entry.

    Parameters
    ----------
    run : Run
        A run that has its manifest.
    signed : SignedLedger
        Of the runs folder that holds the run.
    kind : EntryKind
        What the run is: a training, or a scoring.

    Raises
    ------
    SignedLedgerError
        If the run lies in another runs folder.
    SigningKeyError
        If the key was revoked.
    """
    stored = signed.enter(kind, run.path / MANIFEST)
    keep_signature(run.path, stored)
    return stored
