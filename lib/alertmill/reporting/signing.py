"""Sign a published run."""

from __future__ import annotations

from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import SignedLedger, StoredEntry
from alertmill.audit.marks import keep_signature
from alertmill.reporting.manifest import MANIFEST
from alertmill.runs import Run


def sign_run(run: Run, signed: SignedLedger) -> StoredEntry:
    """Enter the manifest of a run in the signed ledger, and keep the entry beside it.

    The manifest names every other file of the run, so its digest stands for all of them. A second
    time changes nothing; a run that was published anew gets another entry.

    Parameters
    ----------
    run : Run
        A run that has its manifest.
    signed : SignedLedger
        Of the runs folder that holds the run.

    Raises
    ------
    SignedLedgerError
        If the run lies in another runs folder.
    SigningKeyError
        If the key was revoked.
    """
    stored = signed.enter(EntryKind.RUN, run.path / MANIFEST)
    keep_signature(run.path, stored)
    return stored
