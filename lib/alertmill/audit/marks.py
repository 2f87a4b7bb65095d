"""What a run folder holds of the signed ledger: where it stood before, and the run's own entry."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from alertmill.audit.heads import LedgerHead
from alertmill.audit.keys import key_title
from alertmill.audit.ledger import SignedLedger, StoredEntry
from alertmill.errors import SignedLedgerError
from alertmill.files import write_bytes, write_model
from alertmill.frozen_model import FrozenModel

LEDGER_MARK = "ledger.json"
"""Written when a run begins; its reports print it."""
SIGNATURE = "signature.json"
"""Copy of the run's entry, so that a downloaded run folder proves itself."""


class LedgerMark(FrozenModel):
    """The ledger as a run found it, and the key that will sign the run."""

    head: LedgerHead | None = Field(description="None before the first entry.")
    key_id: str
    is_development_key: bool = Field(description="Whether no operator vouches for the key.")

    @property
    def sentence(self) -> str:
        """What a reader keeps of the ledger, for later."""
        key = key_title(self.key_id, is_development=self.is_development_key)
        stood = "was empty" if self.head is None else f"stood at entry {self.head.text}"
        return f"Signed by {key}; the ledger {stood} before."


def mark_run(run_dir: Path, ledger: SignedLedger) -> LedgerMark:
    """Write down where the ledger stands; what is there already stays.

    Raises
    ------
    SigningKeyError
        If the key was revoked: better now than when the run is published.
    SignedLedgerError
        If the mark that is there cannot be read.
    """
    ledger.admit_key()
    known = read_mark(run_dir)
    if known is not None:
        return known
    mark = LedgerMark(
        head=ledger.head,
        key_id=ledger.key.key_id,
        is_development_key=ledger.key.is_development,
    )
    write_model(run_dir / LEDGER_MARK, mark)
    return mark


def read_mark(run_dir: Path) -> LedgerMark | None:
    """Return the mark of a run; None of one that was made without.

    Raises
    ------
    SignedLedgerError
        If it cannot be read.
    """
    path = run_dir / LEDGER_MARK
    try:
        return LedgerMark.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise SignedLedgerError.changed(path, error.errors()[0]["msg"]) from None


def read_head(run_dir: Path) -> LedgerHead | None:
    """Return the head that a run found; None if there was none, or no mark was written."""
    mark = read_mark(run_dir)
    return mark.head if mark else None


def read_signature(run_dir: Path) -> StoredEntry | None:
    """Return the entry that a run folder holds; None of a run that is not signed."""
    path = run_dir / SIGNATURE
    return StoredEntry(path, path.read_bytes()) if path.is_file() else None


def keep_signature(run_dir: Path, stored: StoredEntry) -> None:
    """Put the run's entry beside its manifest."""
    path = run_dir / SIGNATURE
    if not path.is_file() or path.read_bytes() != stored.content:
        write_bytes(path, stored.content)
