"""The manifest of a run: what made it, and the digest of every other file in its folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alertmill.errors import ManifestError, UnfinishedRunError
from alertmill.evaluation.reports import MetricValue
from alertmill.files import remove_unfinished, sha256_of, write_model
from alertmill.parameters import TrainingParameters
from alertmill.provenance import Provenance, collect
from alertmill.reporting.outcomes import NotebookOutcome, load_outcomes
from alertmill.reporting.summary import finished_stages, headline_of
from alertmill.runs import FileReference, Run, StageRecord

MANIFEST = "manifest.json"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PreviousRun(_Record):
    """The finished run before this one: manifests form a chain, so that none can be left out."""

    run_id: str
    manifest_sha256: str


class Manifest(_Record):
    """What a reviewer needs to hold a run to account."""

    run_id: str
    created_at: datetime
    parameters: TrainingParameters = Field(description="With the seed of everything random.")
    provenance: Provenance
    previous: PreviousRun | None
    stages: tuple[StageRecord, ...]
    notebooks: tuple[NotebookOutcome, ...]
    headline: tuple[MetricValue, ...] = Field(description="Empty when the run was not evaluated.")
    files: tuple[FileReference, ...] = Field(description="Every other file of the run folder.")


class Verification(_Record):
    """How the files of a run folder stand against its manifest."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    n_files: int = Field(description="Files that the manifest names.")

    @property
    def ok(self) -> bool:
        """Whether every file is as it was, and no other is there."""
        return not (self.changed or self.missing or self.added)


def write_manifest(run: Run) -> Path:
    """Write ``manifest.json``, which makes the run a finished one; call it last.

    Files that a killed process left half written are removed: no record names them.
    """
    remove_unfinished(run.path)
    records = finished_stages(run)
    n_rows = {file.path: file.n_rows for record in records for file in record.files}
    manifest = Manifest(
        run_id=run.run_id,
        created_at=datetime.now(UTC),
        parameters=run.parameters,
        provenance=collect(),
        previous=_previous(run),
        stages=records,
        notebooks=load_outcomes(run),
        headline=headline_of(run),
        files=tuple(_refer(run.path, name, n_rows.get(name)) for name in _names(run.path)),
    )
    path = run.path / MANIFEST
    write_model(path, manifest)
    return path


def read_manifest(run_dir: Path) -> Manifest:
    """Read the manifest of a finished run.

    Raises
    ------
    UnfinishedRunError
        If there is none.
    ManifestError
        If it cannot be read.
    """
    path = run_dir / MANIFEST
    if not path.is_file():
        raise UnfinishedRunError.of(run_dir, MANIFEST)
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ManifestError.unreadable(path, error.errors()[0]["msg"]) from error


def verify(run_dir: Path) -> Verification:
    """Compare every file of a run folder with the manifest.

    A file that has become a link counts as changed, whatever it leads to.

    Raises
    ------
    UnfinishedRunError
        If the run has no manifest.
    ManifestError
        If the manifest cannot be read.
    """
    recorded = {file.path: file for file in read_manifest(run_dir).files}
    found = set(_names(run_dir))
    changed = [
        name
        for name in sorted(recorded.keys() & found)
        if not _is_same(run_dir / name, recorded[name])
    ]
    return Verification(
        changed=tuple(changed),
        missing=tuple(sorted(recorded.keys() - found)),
        added=tuple(sorted(found - recorded.keys())),
        n_files=len(recorded),
    )


def _names(folder: Path) -> Iterator[str]:
    """Everything in the folder but folders and the manifest, also hidden files and links."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            name = path.relative_to(folder).as_posix()
            if name != MANIFEST:
                yield name


def _refer(folder: Path, name: str, n_rows: int | None) -> FileReference:
    path = folder / name
    if path.is_symlink() or not path.is_file():
        raise ManifestError.not_a_file(path)
    return FileReference(
        path=name, sha256=sha256_of(path), n_bytes=path.stat().st_size, n_rows=n_rows
    )


def _is_same(path: Path, recorded: FileReference) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    return path.stat().st_size == recorded.n_bytes and sha256_of(path) == recorded.sha256


def _previous(run: Run) -> PreviousRun | None:
    earlier = [
        path
        for path in run.path.parent.glob(f"*/{MANIFEST}")
        if path.parent.name < run.run_id and path.is_file()
    ]
    if not earlier:
        return None
    latest = max(earlier, key=lambda path: path.parent.name)
    return PreviousRun(run_id=latest.parent.name, manifest_sha256=sha256_of(latest))
