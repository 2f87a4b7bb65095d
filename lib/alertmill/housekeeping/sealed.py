"""Whether a run folder, whole or removed, still is what its manifest says."""

from __future__ import annotations

from pathlib import Path

from alertmill.audit.marks import SIGNATURE
from alertmill.errors import ArtifactChangedError
from alertmill.files import sha256_of
from alertmill.housekeeping.inventory import files_below
from alertmill.removals import Removal, removal_of
from alertmill.reporting.manifest import MANIFEST, Verification, read_manifest, verify
from alertmill.reporting.scoring_report import is_scoring, verify_scoring


def verify_removed(run_dir: Path, removal: Removal) -> Verification:
    """Compare what is left of a removed run with its manifest and the record of its removal.

    Raises
    ------
    UnfinishedRunError, ManifestError
        If the manifest is missing or cannot be read.
    """
    recorded = {file.path: file.sha256 for file in read_manifest(run_dir).files}
    recorded[MANIFEST] = removal.manifest_sha256 or ""
    if (run_dir / SIGNATURE).is_file():  # it is checked against the ledger
        recorded[SIGNATURE] = sha256_of(run_dir / SIGNATURE)
    found = {path.relative_to(run_dir).as_posix() for path in files_below(run_dir)}
    expected = set(removal.kept)
    changed = [
        name
        for name in sorted(expected & found)
        if (run_dir / name).is_symlink() or sha256_of(run_dir / name) != recorded.get(name)
    ]
    return Verification(
        changed=tuple(changed),
        missing=tuple(sorted(expected - found)),
        added=tuple(sorted(found - expected)),
        n_files=len(expected),
    )


def verify_folder(run_dir: Path) -> Verification:
    """Compare the files of a run folder, whole or removed, or of a scoring, with its manifest.

    Raises
    ------
    UnfinishedRunError, ManifestError, RemovalRecordError
        If the manifest or the record of the removal is missing or cannot be read.
    """
    if is_scoring(run_dir):
        return verify_scoring(run_dir)
    removal = removal_of(run_dir)
    return verify(run_dir) if removal is None else verify_removed(run_dir, removal)


def check_sealed(run_dir: Path) -> None:
    """Raise `ArtifactChangedError` if a run folder is not as its manifest says.

    Raises
    ------
    UnfinishedRunError, ManifestError, RemovalRecordError
        As `verify_folder`.
    """
    found = verify_folder(run_dir)
    if not found.ok:
        raise ArtifactChangedError.in_folder(run_dir, found.deviations)
