"""Files of runs folders, and entries for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from alertmill.audit.entries import EntryKind
from alertmill.audit.trust import TrustedKeys
from tests.support.signing import key_of, signed_ledger

NOW = datetime(2027, 6, 1, tzinfo=UTC)


def trusted() -> TrustedKeys:
    """Return the key of the tests, trusted."""
    return TrustedKeys.only(key_of().public, now=NOW)


def made_file(runs_dir: Path, number: int) -> Path:
    """Write the manifest of a run that is nothing else."""
    path = runs_dir / "ethereum" / f"20260105T060000Z-{number:08x}" / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{"number": {number}}}')
    return path


def enter_many(runs_dir: Path, numbers: Iterable[int]) -> None:
    """Enter one file a number."""
    ledger = signed_ledger(runs_dir)
    for number in numbers:
        ledger.enter(EntryKind.RUN, made_file(runs_dir, number))
