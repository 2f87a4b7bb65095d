"""The signed ledger of a runs folder: one file an entry, each with the digest of the one before."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from alertmill.audit.buckets import HeadBucket
from alertmill.audit.entries import EntryKind, SignedEntry, token_of
from alertmill.audit.envelopes import Envelope
from alertmill.audit.heads import LedgerHead, append_head
from alertmill.audit.keys import SigningKey, signing_key
from alertmill.audit.trust import TrustedKeys, TrustStore
from alertmill.errors import SignedLedgerError
from alertmill.files import sha256_of, write_bytes
from alertmill.processes import own_user
from alertmill.settings import Settings

SIGNED_LEDGER = "signed-ledger"
"""Below the runs folder; no network can have this name."""
_NAME = re.compile(r"\d{8,}-[0-9a-f]{12}\.json")
LOCK = ".lock"
"""Of the folder of entries."""


@dataclass(frozen=True)
class StoredEntry:
    """An entry as its file holds it, sound or not."""

    path: Path
    content: bytes

    @property
    def number(self) -> int:
        """Number that the name of the file says."""
        return _number_of(self.path)

    @cached_property
    def sha256(self) -> str:
        """Digest of the file, which the next entry repeats."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def envelope(self) -> Envelope | None:
        """What was signed; None if the file cannot be read."""
        try:
            envelope = Envelope.model_validate_json(self.content)
        except ValidationError:
            return None
        return envelope if envelope.canonical == self.content else None

    @cached_property
    def signed_entry(self) -> SignedEntry | None:
        """What was signed, whatever the name of the file; None if it cannot be read."""
        if self.envelope is None:
            return None
        try:
            return SignedEntry.of_statement(self.envelope.content)
        except ValueError:
            return None

    @property
    def entry(self) -> SignedEntry | None:
        """What the entry says; None if the file cannot be read, or has the name of another."""
        entry = self.signed_entry
        return entry if entry is not None and entry.file_name == self.path.name else None

    @property
    def head(self) -> LedgerHead:
        """Number and digest, as kept elsewhere."""
        return LedgerHead(number=self.number, sha256=self.sha256)


class SignedLedger:
    """Enters files of a runs folder, each once in each of its forms.

    Safe between processes and between threads: who appends holds a lock of the system.

    Parameters
    ----------
    runs_dir : Path
        The runs folder.
    key : SigningKey
        Signs.
    trust : TrustStore
        Learns of the key when it signs first.
    head_file : Path, optional
        File of the operator's to which each new head is appended.
    head_bucket : HeadBucket, optional
        Bucket of the operator's in which each head becomes an object.
    """

    def __init__(
        self,
        runs_dir: Path,
        key: SigningKey,
        trust: TrustStore,
        head_file: Path | None = None,
        head_bucket: HeadBucket | None = None,
    ) -> None:
        self.runs_dir = runs_dir.resolve()
        self.key = key
        self._trust = trust
        self._head_file = head_file
        self._head_bucket = head_bucket

    @classmethod
    def of(cls, settings: Settings, runs_dir: Path | None = None) -> SignedLedger:
        """Return the ledger of an installation, of another runs folder if one is given.

        Raises
        ------
        SigningKeyError
            If the key of the operator cannot be read.
        """
        return cls(
            settings.alertmill_runs_dir if runs_dir is None else runs_dir,
            signing_key(settings),
            TrustStore.of(settings),
            settings.alertmill_ledger_head_file,
            HeadBucket(url) if (url := settings.alertmill_ledger_head_url) else None,
        )

    @property
    def trusted(self) -> TrustedKeys:
        """Keys whose signatures count here."""
        return self._trust.read()

    @property
    def folder(self) -> Path:
        """Folder of the entries."""
        return self.runs_dir / SIGNED_LEDGER

    @property
    def head(self) -> LedgerHead | None:
        """The last entry; None before the first."""
        return head_of(self.runs_dir)

    def admit_key(self) -> None:
        """Trust the key of this ledger, at the latest when it signs.

        Raises
        ------
        SigningKeyError
            If the key was revoked.
        """
        self._trust.admit(self.key, now=datetime.now(UTC))

    def enter(self, kind: EntryKind, path: Path, *, becoming: Path | None = None) -> StoredEntry:
        """Sign that a file is as it is now; return the entry that is there if nothing changed.

        Parameters
        ----------
        kind : EntryKind
            What the file is.
        path : Path
            A file in the runs folder that nobody changes any more.
        becoming : Path, optional
            What the file is going to be called; not given: it stays where it is.

        Raises
        ------
        SignedLedgerError
            If the file lies elsewhere.
        SigningKeyError
            If the key was revoked.
        HeadPlaceError
            If the bucket of the operator's does not take the head; the entry stands all the same.
        """
        name = self._name_of(becoming or path)
        digest = sha256_of(path)
        with self._locked():
            paths = entry_paths(self.runs_dir)
            known = _latest_of(paths, name)
            if known is not None and known.entry and known.entry.sha256 == digest:
                stored = known
            else:
                stored = self._append(kind, name, digest, paths[-1] if paths else None)
            if self._head_bucket is not None:  # again, after a first try that did not reach it
                self._head_bucket.keep(stored.head)
            return stored

    def _append(self, kind: EntryKind, name: str, digest: str, last: Path | None) -> StoredEntry:
        self.admit_key()
        entry = SignedEntry(
            number=1 if last is None else _number_of(last) + 1,
            kind=kind,
            path=name,
            sha256=digest,
            previous="" if last is None else sha256_of(last),
            signed_at=datetime.now(UTC),
            actor=own_user(),
        )
        content = Envelope.sealed(entry.statement, self.key).canonical
        path = self.folder / entry.file_name
        write_bytes(path, content)
        stored = StoredEntry(path, content)
        if self._head_file is not None:
            append_head(self._head_file, stored.head)
        return stored

    def _name_of(self, path: Path) -> str:
        try:
            return path.resolve().relative_to(self.runs_dir).as_posix()
        except ValueError:
            raise SignedLedgerError.outside(path, self.runs_dir) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def entry_paths(runs_dir: Path) -> list[Path]:
    """Return the files of the ledger, by number."""
    folder = runs_dir / SIGNED_LEDGER
    found = folder.iterdir() if folder.is_dir() else ()
    own = (path for path in found if _NAME.fullmatch(path.name))
    return sorted(own, key=lambda path: (_number_of(path), path.name))


def head_of(runs_dir: Path) -> LedgerHead | None:
    """Return the last entry of the ledger of a runs folder; None before the first."""
    paths = entry_paths(runs_dir)
    return StoredEntry(paths[-1], paths[-1].read_bytes()).head if paths else None


def read_entries(runs_dir: Path) -> list[StoredEntry]:
    """Read all entries of a runs folder, by number; none of them is checked."""
    return [StoredEntry(path, path.read_bytes()) for path in entry_paths(runs_dir)]


def _number_of(path: Path) -> int:
    return int(path.name.partition("-")[0])


def _latest_of(paths: list[Path], name: str) -> StoredEntry | None:
    token = f"-{token_of(name)}.json"
    own = [path for path in paths if path.name.endswith(token)]
    return StoredEntry(own[-1], own[-1].read_bytes()) if own else None
