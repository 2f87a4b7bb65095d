"""Sign by hand what has no entry in the signed ledger."""

from __future__ import annotations

from pathlib import Path

from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import SignedLedger, StoredEntry
from alertmill.errors import ConfigurationError
from alertmill.housekeeping.sealed import check_sealed
from alertmill.promotions import LEDGER_FOLDER
from alertmill.removals import REMOVALS_FOLDER
from alertmill.reporting.manifest import MANIFEST
from alertmill.reporting.scoring_report import is_scoring
from alertmill.reporting.signing import sign_run
from alertmill.reviews import REVIEWS_FOLDER
from alertmill.runs import Run
from alertmill.scoring.folder import ScoringRun
from alertmill.wording import listing

_RECORDS = {
    LEDGER_FOLDER: EntryKind.PROMOTION,
    REMOVALS_FOLDER: EntryKind.REMOVAL,
    REVIEWS_FOLDER: EntryKind.REVIEW,
}


def vouch_for(path: Path, signed: SignedLedger) -> StoredEntry:
    """Enter the manifest of a run, or the record of a decision, removal or review.

    Parameters
    ----------
    path : Path
        ``manifest.json`` of a run that is as the manifest says, or a file of the folders
        ``promotions``, ``removals`` and ``reviews``.
    signed : SignedLedger
        Of the runs folder that holds the file.

    Raises
    ------
    ConfigurationError
        If the file is none of these.
    ArtifactChangedError
        If the run is not as its manifest says.
    SignedLedgerError
        If the file lies in another runs folder.
    """
    if path.name == MANIFEST and path.is_file():
        check_sealed(path.parent)
        if is_scoring(path.parent):
            return sign_run(ScoringRun.open(path.parent), signed, EntryKind.SCORES)
        return sign_run(Run.open(path.parent), signed)
    kind = _RECORDS.get(path.resolve().parent.name)
    if kind is None or not path.is_file():
        raise ConfigurationError(
            f"{path} is neither the {MANIFEST} of a run nor a file of the folders "
            f"{listing(list(_RECORDS))}; only these are signed."
        )
    return signed.enter(kind, path)
