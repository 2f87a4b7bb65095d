"""The manifest of a run: what made it, and the digest of every other file in its folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from pydantic import Field, ValidationError

from alertmill.audit.envelopes import canonical_json
from alertmill.audit.heads import LedgerHead
from alertmill.audit.marks import SIGNATURE, read_head
from alertmill.errors import AlertmillError, ArtifactChangedError, ManifestError, UnfinishedRunError
from alertmill.evaluation.reports import MetricValue
from alertmill.files import remove_unfinished, sha256_of, write_bytes
from alertmill.frozen_model import FrozenModel
from alertmill.parameters import TrainingParameters
from alertmill.provenance import Provenance, collect
from alertmill.reporting.inputs import BatchSource, canary_scores_of, queries_of, sources_of
from alertmill.reporting.outcomes import NotebookOutcome, load_outcomes
from alertmill.reporting.summary import finished_stages, headline_of
from alertmill.runs import FileReference, Run, StageRecord
from alertmill.training.data.extracted import ExtractedQuery
from alertmill.triggers import Trigger, read_trigger

MANIFEST = "manifest.json"


class AnyManifest(FrozenModel):
    """What the manifests of trainings and of scorings have in common."""

    run_id: str
    created_at: datetime
    provenance: Provenance
    previous: LedgerHead | None = Field(
        description="Last entry of the signed ledger before this run was entered."
    )
    notebooks: tuple[NotebookOutcome, ...]
    files: tuple[FileReference, ...] = Field(description="Every other file of the run folder.")


class Manifest(AnyManifest):
    """What a reviewer needs to hold a run to account."""

    parameters: TrainingParameters = Field(description="With the seed of everything random.")
    trigger: Trigger | None = Field(description="None of a run that no flow made.")
    stages: tuple[StageRecord, ...]
    headline: tuple[MetricValue, ...] = Field(description="Empty when the run was not evaluated.")
    queries: tuple[ExtractedQuery, ...] = Field(
        (), description="Text, bound values, rows and content hash of each query of the extract."
    )
    sources: tuple[BatchSource, ...] = Field(
        (), description="Files and folders that the batches were loaded from, with their digests."
    )
    canary_scores: tuple[float, ...] = Field(
        (), description="Of the rows in model/canary.json, as the model gave them."
    )


_LATER_FIELDS = frozenset({"queries", "sources", "canary_scores"})
"""Manifests of earlier versions do not have them."""


class Verification(FrozenModel):
    """How the files of a run folder stand against its manifest."""

    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    contradicting: tuple[str, ...] = Field(
        (), description="What the manifest says of the run, and its files do not."
    )
    n_files: int = Field(description="Files that the manifest names.")

    @property
    def ok(self) -> bool:
        """True if every file is as it was, no other is there, and the manifest tells of them."""
        return not self.deviations

    @property
    def deviations(self) -> tuple[tuple[str, str], ...]:
        """What was found of each file: changed, missing, added or contradicting, and its name."""
        return tuple(
            (kind, name)
            for kind in ("changed", "missing", "added", "contradicting")
            for name in getattr(self, kind)
        )


def write_manifest(run: Run) -> Path:
    """Write ``manifest.json``, which makes the run a finished one; call it last.

    It is canonical JSON (RFC 8785): the same manifest is the same bytes.

    Files that a killed process left half written are removed: no record names them.
    """
    tidy(run.path)
    records = finished_stages(run)
    n_rows = {file.path: file.n_rows for record in records for file in record.files}
    manifest = Manifest(
        run_id=run.run_id,
        created_at=datetime.now(UTC),
        parameters=run.parameters,
        provenance=collect(),
        trigger=read_trigger(run.path),
        previous=read_head(run.path),
        stages=records,
        notebooks=load_outcomes(run),
        headline=headline_of(run),
        queries=queries_of(run),
        sources=sources_of(run),
        canary_scores=canary_scores_of(run),
        files=refer_files(run.path, n_rows),
    )
    return store_manifest(run.path, manifest)


def tidy(run_dir: Path) -> None:
    """Remove files that a killed process left half written, and empty folders."""
    remove_unfinished(run_dir)
    _remove_empty_folders(run_dir)


def refer_files(run_dir: Path, n_rows: Mapping[str, int | None]) -> tuple[FileReference, ...]:
    """Return every file of a run folder with its digest.

    Parameters
    ----------
    run_dir : Path
        Folder of the run.
    n_rows : mapping
        Rows of the files of which they are known.

    Raises
    ------
    ManifestError
        If something in the folder is no plain file.
    """
    return tuple(_refer(run_dir, name, n_rows.get(name)) for name in _names(run_dir))


def store_manifest(run_dir: Path, manifest: AnyManifest) -> Path:
    """Write the manifest as canonical JSON."""
    path = run_dir / MANIFEST
    write_bytes(path, canonical_json(manifest.model_dump(mode="json")))
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
    """Compare every file of a run folder with the manifest, and what the manifest says with them.

    A file that has become a link counts as changed, whatever it leads to; an empty folder counts as
    added.

    Raises
    ------
    UnfinishedRunError
        If the run has no manifest.
    ManifestError
        If the manifest cannot be read.
    """
    manifest = read_manifest(run_dir)
    return compare(run_dir, manifest, _told(run_dir, manifest))


Told = Mapping[str, tuple[object, Callable[[], object]]]
"""What a manifest says of a part of its run, and how to read the same from the run's files."""


def compare(run_dir: Path, manifest: AnyManifest, told: Told) -> Verification:
    """Compare every file of a run folder with a manifest, and what the manifest says with them."""
    recorded = {file.path: file for file in manifest.files}
    found = set(_names(run_dir))
    changed = [
        name
        for name in sorted(recorded.keys() & found)
        if not _is_same(run_dir / name, recorded[name])
    ]
    missing = tuple(sorted(recorded.keys() - found))
    return Verification(
        changed=tuple(changed),
        missing=missing,
        added=tuple(sorted(_added(found, recorded.keys()))),
        # A file that changed is named already; what it says now is no second finding.
        contradicting=() if changed or missing else tuple(_contradictions(told)),
        n_files=len(recorded),
    )


def check_as_published(run_dir: Path) -> None:
    """Raise if a run is not as it was published.

    Raises
    ------
    UnfinishedRunError, ManifestError
        As `verify`.
    ArtifactChangedError
        If a file differs from the manifest.
    """
    found = verify(run_dir)
    if not found.ok:
        raise ArtifactChangedError.in_folder(run_dir, found.deviations)


def _added(found: set[str], recorded: Collection[str]) -> Iterator[str]:
    """Return what nobody recorded; a folder is not added when its files went."""
    for name in found.difference(recorded):
        if not name.endswith("/") or not any(known.startswith(name) for known in recorded):
            yield name


def _told(run_dir: Path, manifest: Manifest) -> Told:
    run = cache(partial(Run.open, run_dir))
    told: Told = {
        "run_id": (manifest.run_id, lambda: run_dir.name),
        "parameters": (manifest.parameters, lambda: run().parameters),
        "stages": (manifest.stages, lambda: finished_stages(run())),
        "notebooks": (manifest.notebooks, lambda: load_outcomes(run())),
        "headline": (manifest.headline, lambda: headline_of(run())),
        "queries": (manifest.queries, lambda: queries_of(run())),
        "sources": (manifest.sources, lambda: sources_of(run())),
        "canary_scores": (manifest.canary_scores, lambda: canary_scores_of(run())),
        "trigger": (manifest.trigger, lambda: read_trigger(run_dir)),
        "previous": (manifest.previous, lambda: read_head(run_dir)),
    }
    absent = _LATER_FIELDS - manifest.model_fields_set
    return {name: part for name, part in told.items() if name not in absent}


def _contradictions(told: Told) -> Iterator[str]:
    """Return which parts of the manifest are not what the files of the run say."""
    for name, (value, read) in told.items():
        try:
            found = read()
        except (AlertmillError, ValidationError):
            yield name  # what cannot be read does not say the same
        else:
            if found != value:
                yield name


def _names(folder: Path) -> Iterator[str]:
    """Everything in the folder but the manifest and what signs it: hidden files and links, too.

    A folder is named, with a slash at its end, if it is empty.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_dir():
            if name not in (MANIFEST, SIGNATURE):
                yield name
        elif not any(path.iterdir()):
            yield f"{name}/"


def _remove_empty_folders(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


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
