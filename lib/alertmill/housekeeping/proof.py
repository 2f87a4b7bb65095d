"""Prove runs: every file against its manifest, every manifest against the signed ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from alertmill.audit.chain import check_chain, signature_fault, sound_entries
from alertmill.audit.deviations import Deviation
from alertmill.audit.entries import EntryKind, SignedEntry
from alertmill.audit.heads import KnownHead, LedgerHead
from alertmill.audit.keys import key_title
from alertmill.audit.ledger import LOCK, SIGNED_LEDGER, StoredEntry, read_entries
from alertmill.audit.marks import SIGNATURE, read_signature
from alertmill.audit.trust import TrustedKeys
from alertmill.errors import AlertmillError
from alertmill.files import sha256_of
from alertmill.housekeeping.inventory import is_run_id, network_dirs
from alertmill.housekeeping.sealed import verify_folder
from alertmill.promotions import LEDGER_FOLDER
from alertmill.removals import REMOVALS_FOLDER, standing_record
from alertmill.reporting.manifest import MANIFEST, read_manifest
from alertmill.reviews import REVIEWS_FOLDER, ReviewEntry
from alertmill.reviews.entries import name_of_reviews
from alertmill.scoring.folder import SCORES_FOLDER
from alertmill.snapshots.deliveries import DELIVERIES_FILE
from alertmill.wording import counted

_PASSING = re.compile(r"\..*\.(part|pending)")
"""Names of files that a process is writing."""
_FOLDERS_OF_RECORDS = (LEDGER_FOLDER, REMOVALS_FOLDER, REVIEWS_FOLDER)
_RUNS = (EntryKind.RUN, EntryKind.SCORES)


@dataclass(frozen=True)
class RunPlace:
    """Where the folder of a training or of a scoring lies."""

    runs_dir: Path
    network: str
    folder: str
    """Relative to the runs folder, with forward slashes."""

    @classmethod
    def of(cls, run_dir: Path) -> Self:
        """Return the place of ``<network>/<run id>`` or ``<network>/scores/<run id>``."""
        is_scoring = run_dir.parent.name == SCORES_FOLDER
        runs_dir = run_dir.parents[2 if is_scoring else 1]
        inside = run_dir.relative_to(runs_dir)
        return cls(runs_dir, inside.parts[0], inside.as_posix())


@dataclass(frozen=True)
class Proof:
    """What a verification looked at, and what it found."""

    deviations: tuple[Deviation, ...]
    n_runs: int
    """Published runs, the removed ones among them."""
    n_files: int
    """Files that their manifests name."""
    n_entries: int
    """Of the signed ledger."""
    n_unfinished: int = 0
    """Run folders without a manifest, for which nothing vouches."""
    head: LedgerHead | None = None
    """Last entry of the ledger; None without a ledger."""
    signers: tuple[str, ...] = ()
    """What the reader is told of the keys that signed."""
    notes: tuple[str, ...] = ()
    """What could not be looked at."""

    @property
    def ok(self) -> bool:
        """True if nothing was found."""
        return not self.deviations

    def noting(self, notes: Iterable[str]) -> Proof:
        """Add what could not be looked at."""
        return replace(self, notes=(*self.notes, *notes))

    @property
    def sentence(self) -> str:
        """What was looked at, for a reader who has seen no deviation."""
        files = f"{counted(self.n_files, 'file')} of {counted(self.n_runs, 'run')}"
        ledger = f"{counted(self.n_entries, 'entry')} of the signed ledger"
        unfinished = (
            f" {counted(self.n_unfinished, 'folder')} of unfinished runs hold nothing that was "
            "published."
            if self.n_unfinished
            else ""
        )
        return f"{files} and {ledger} are as they were signed.{unfinished}"


def prove_run(run_dir: Path, trusted: TrustedKeys, heads: Iterable[KnownHead] = ()) -> Proof:
    """Prove one run, and the whole ledger beside it.

    A run folder that was copied from its place brings its entry with it: then the signature is
    checked, and the order of the entries is not.

    Parameters
    ----------
    run_dir : Path
        A published run, whole or removed, or a scoring run.
    trusted : TrustedKeys
        Keys whose signatures count.
    heads : iterable of KnownHead
        Entries that are known from elsewhere.

    What reviewers said of it is proven, too; a note names what they said of an earlier manifest.

    Raises
    ------
    UnfinishedRunError
        If the run was never published.
    """
    place = RunPlace.of(run_dir)
    root = _Root(place.runs_dir, trusted)
    if not (root.has_signed(place.folder) or (run_dir / SIGNATURE).is_file()):
        read_manifest(run_dir)
    if root.entries:
        found = [
            *check_chain(root.entries, trusted, heads),
            *root.check_run(place.folder),
            *root.check_reviews(place.folder),
        ]
        return root.proof(found, n_runs=1).noting(root.outdated_reviews(place.folder))
    return _prove_copy(run_dir, trusted)


def prove_runs(runs_dir: Path, trusted: TrustedKeys, heads: Iterable[KnownHead] = ()) -> Proof:
    """Prove everything in a runs folder: nothing changed, gone or smuggled in.

    That is runs, what reviewers said of them, decisions about models, and removals.

    Parameters
    ----------
    runs_dir : Path
        The runs folder.
    trusted : TrustedKeys
        Keys whose signatures count.
    heads : iterable of KnownHead
        Entries that are known from elsewhere.
    """
    root = _Root(runs_dir, trusted)
    found = [*check_chain(root.entries, trusted, heads), *root.check_all()]
    return root.proof(found, n_runs=len(root.run_folders))


class _Root:
    """A runs folder, and what the sound entries of its ledger say."""

    def __init__(self, runs_dir: Path, trusted: TrustedKeys) -> None:
        self.runs_dir = runs_dir
        self._trusted = trusted
        self.entries = read_entries(runs_dir)
        # Of a file that was entered again, the last entry counts.
        sound = tuple(sound_entries(self.entries, trusted))
        self._said: Mapping[str, SignedEntry] = {entry.path: entry for entry in sound}
        self._published = {
            (entry.path, entry.sha256) for entry in sound if entry.kind is EntryKind.RUN
        }
        self._by_number = {stored.number: stored for stored in self.entries}
        self._n_files = 0
        self._n_unfinished = 0

    @property
    def run_folders(self) -> list[str]:
        """Folder of every training and scoring that was signed, relative to the runs folder."""
        names = [path for path, entry in self._said.items() if entry.kind in _RUNS]
        return [Path(name).parent.as_posix() for name in names]

    def has_signed(self, folder: str) -> bool:
        """Return whether an entry vouches for a run."""
        return f"{folder}/{MANIFEST}" in self._said

    def proof(self, deviations: Sequence[Deviation], *, n_runs: int) -> Proof:
        """Sum up."""
        return Proof(
            deviations=tuple(deviations),
            n_runs=n_runs,
            n_files=self._n_files,
            n_entries=len(self.entries),
            n_unfinished=self._n_unfinished,
            head=self.entries[-1].head if self.entries else None,
            signers=_signers(self.entries, self._trusted),
        )

    def check_all(self) -> Iterator[Deviation]:
        """Check what the ledger says, and look for what it does not know."""
        for folder in self.run_folders:
            yield from self.check_run(folder)
        for name, entry in self._said.items():
            if entry.kind is EntryKind.REVIEW:
                yield from self._check_review(name, entry)
            elif entry.kind not in _RUNS and not self._is_undone_removal(name, entry):
                yield from self._check_file(name, entry)
        yield from self._strangers()

    def check_reviews(self, folder: str) -> Iterator[Deviation]:
        """Check what reviewers said of a run."""
        for name, entry in self._reviews_of(folder):
            yield from self._check_review(name, entry)

    def outdated_reviews(self, folder: str) -> Iterator[str]:
        """Return a note for each entry that speaks of an earlier manifest of a run."""
        now = self._said.get(f"{folder}/{MANIFEST}")
        for name, _ in self._reviews_of(folder):
            said = _read_review(self.runs_dir / name)
            if said is not None and now is not None and said.manifest_sha256 != now.sha256:
                yield (
                    f"The {said.kind} of {said.who} is of an earlier manifest: the run was "
                    "published anew after it."
                )

    def _reviews_of(self, folder: str) -> Iterator[tuple[str, SignedEntry]]:
        network, _, run_id = folder.partition("/")
        start = name_of_reviews(network, run_id)
        for name, entry in self._said.items():
            if entry.kind is EntryKind.REVIEW and name.startswith(start):
                yield name, entry

    def _check_review(self, name: str, entry: SignedEntry) -> Iterator[Deviation]:
        """Check that an entry is as it was signed, and speaks of a manifest that was signed."""
        found = list(self._check_file(name, entry))
        yield from found
        said = None if found else _read_review(self.runs_dir / name)
        if said is None:
            if not found:
                yield Deviation(name, "it is no entry of a review")
            return
        manifest = f"{said.network}/{said.run_id}/{MANIFEST}"
        if (manifest, said.manifest_sha256) not in self._published:
            yield Deviation(name, f"nobody signed the {MANIFEST} that it speaks of")

    def check_run(self, folder: str) -> Iterator[Deviation]:
        """Check a run: its manifest against the ledger, its files against the manifest."""
        name, run_dir = f"{folder}/{MANIFEST}", self.runs_dir / folder
        entry = self._said.get(name)
        if entry is None:
            yield Deviation(folder, "no entry of the ledger vouches for it")
            return
        yield from self._check_file(name, entry)
        yield from self._check_copy(folder, entry)
        if entry.kind is EntryKind.RUN and self._is_gone(run_dir):
            yield Deviation(folder, "parameters.json is gone, and no removal of the run was signed")
            return
        yield from self.check_files(folder, run_dir)

    def _is_gone(self, run_dir: Path) -> bool:
        removal = f"{run_dir.parent.name}/{REMOVALS_FOLDER}/{run_dir.name}.json"
        return removal not in self._said and not (run_dir / "parameters.json").is_file()

    def check_files(self, folder: str, run_dir: Path) -> Iterator[Deviation]:
        """Check the files of a run against its manifest."""
        try:
            verification = verify_folder(run_dir)
        except AlertmillError as error:
            yield Deviation(folder, " ".join(str(error).split()))
            return
        self._n_files += verification.n_files
        for kind, name in verification.deviations:
            yield Deviation(f"{folder}/{name}", _TOLD[kind])

    def _check_file(self, name: str, entry: SignedEntry) -> Iterator[Deviation]:
        path = self.runs_dir / name
        if entry.kind is EntryKind.REMOVAL:
            path = standing_record(path.parents[1] / path.stem)
        if path.is_symlink() or not path.is_file():
            yield Deviation(
                name, f"it is gone or no plain file; entry {entry.number} vouches for it"
            )
        elif sha256_of(path) != entry.sha256:
            yield Deviation(name, f"it is not the file that entry {entry.number} vouches for")

    def _is_undone_removal(self, name: str, entry: SignedEntry) -> bool:
        """Return whether a removal was signed, but a crash or a backup left the run whole."""
        network, _, record = Path(name).parts
        run_dir = self.runs_dir / network / Path(record).stem
        return (
            entry.kind is EntryKind.REMOVAL
            and not (self.runs_dir / name).exists()
            and (run_dir / "parameters.json").is_file()
        )

    def _check_copy(self, folder: str, entry: SignedEntry) -> Iterator[Deviation]:
        path = self.runs_dir / folder / SIGNATURE
        if path.is_symlink() or not path.is_file():
            yield Deviation(
                f"{folder}/{SIGNATURE}", f"it is gone; it is a copy of entry {entry.number}"
            )
        elif path.read_bytes() != self._by_number[entry.number].content:
            yield Deviation(f"{folder}/{SIGNATURE}", f"it is no copy of entry {entry.number}")

    def _strangers(self) -> Iterator[Deviation]:
        networks = {path.name for path in network_dirs(self.runs_dir)}
        for path in sorted(self.runs_dir.iterdir()) if self.runs_dir.is_dir() else ():
            if path.name == SIGNED_LEDGER and path.is_dir():
                yield from self._strangers_in_ledger(path)
            elif path.name in networks and not path.is_symlink():
                yield from self._strangers_in_network(path)
            elif not _PASSING.fullmatch(path.name):
                yield Deviation(path.name, "it is neither a network nor the ledger")

    def _strangers_in_ledger(self, folder: Path) -> Iterator[Deviation]:
        own = {stored.path.name for stored in self.entries} | {LOCK}
        for path in sorted(folder.iterdir()):
            if path.name not in own and not _PASSING.fullmatch(path.name):
                yield Deviation(f"{SIGNED_LEDGER}/{path.name}", "it is no entry")

    def _strangers_in_network(self, folder: Path) -> Iterator[Deviation]:
        for path in sorted(folder.iterdir()):
            name = f"{folder.name}/{path.name}"
            if path.name == SCORES_FOLDER and path.is_dir() and not path.is_symlink():
                yield from self._strange_scorings(name, path)
            elif path.name in _FOLDERS_OF_RECORDS and path.is_dir() and not path.is_symlink():
                yield from self._strange_records(folder.name, path)
            elif is_run_id(path.name) and path.is_dir() and not path.is_symlink():
                yield from self._stranger_run(name, path)
            elif not _is_of_no_evidence(path):
                yield Deviation(name, "it is neither a run nor a folder of records")

    def _strange_scorings(self, folder: str, scores: Path) -> Iterator[Deviation]:
        for path in sorted(scores.iterdir()):
            name = f"{folder}/{path.name}"
            if is_run_id(path.name) and path.is_dir() and not path.is_symlink():
                yield from self._stranger_run(name, path)
            elif not _PASSING.fullmatch(path.name):
                yield Deviation(name, "it is no scoring run")

    def _strange_records(self, network: str, folder: Path) -> Iterator[Deviation]:
        for path in sorted(folder.iterdir()):
            name = f"{network}/{folder.name}/{path.name}"
            if name not in self._said and not _PASSING.fullmatch(path.name):
                yield Deviation(name, "no entry of the ledger vouches for it")

    def _stranger_run(self, folder: str, path: Path) -> Iterator[Deviation]:
        if self.has_signed(folder):
            return
        if (path / MANIFEST).is_file():
            yield Deviation(folder, "it has a manifest, but no entry of the ledger vouches for it")
        else:
            self._n_unfinished += 1


def _is_of_no_evidence(path: Path) -> bool:
    """Return whether a file may change: it is being written, or says what the last delivery was."""
    is_report = path.name == DELIVERIES_FILE and path.is_file() and not path.is_symlink()
    return is_report or _PASSING.fullmatch(path.name) is not None


def _read_review(path: Path) -> ReviewEntry | None:
    """Return what a file says; None if it is no entry of a review."""
    try:
        return ReviewEntry.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


_TOLD = {
    "changed": "it was changed",
    "missing": "it is missing",
    "added": "it was added",
    "contradicting": "the manifest says otherwise than the files of the run",
}


_NO_LEDGER = (
    "No signed ledger lies beside the run, so the order of entries was not checked, nor whether "
    "any is gone."
)


def _prove_copy(run_dir: Path, trusted: TrustedKeys) -> Proof:
    """Prove a run folder by the entry that it holds itself."""
    stored = read_signature(run_dir)
    entry = stored.signed_entry if stored is not None else None
    root = _Root(RunPlace.of(run_dir).runs_dir, trusted)
    found = list(root.check_files(run_dir.name, run_dir))
    if stored is None:
        found.append(Deviation(SIGNATURE, "it is missing; nobody has signed this run"))
    elif entry is None:
        found.append(Deviation(SIGNATURE, "it holds no entry"))
    elif fault := signature_fault(stored, trusted):
        found.append(Deviation(SIGNATURE, fault))
    elif sha256_of(run_dir / MANIFEST) != entry.sha256:
        found.append(
            Deviation(MANIFEST, f"it is not the file that entry {entry.number} vouches for")
        )
    proof = replace(
        root.proof(found, n_runs=1), signers=_signers([stored] if stored else [], trusted)
    )
    return proof.noting([_NO_LEDGER])


def _signers(entries: Iterable[StoredEntry], trusted: TrustedKeys) -> tuple[str, ...]:
    """Return the keys that signed, and what they are."""
    ids = dict.fromkeys(
        signature.keyid
        for stored in entries
        if stored.envelope is not None
        for signature in stored.envelope.signatures
    )
    known = [(key_id, trusted.find(key_id)) for key_id in ids]
    return tuple(
        key_title(key_id, is_development=key.is_development)
        for key_id, key in known
        if key is not None
    )
