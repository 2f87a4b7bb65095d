"""The way of a score back to its source files, as the files of a run folder say it.

Folders are foreign data here: files are opened below the root alone, no model is loaded, and no
source file of this machine is looked at. What is compared is every file with the digest that the
manifest of its run names; `alertmill lineage` also scores again, and checks the signatures.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from alertmill.errors import RunFileError
from alertmill.lineage.places import (
    BATCHES_FILE,
    DEVELOPMENT_FILES,
    EXTRACT_FILES,
    FEATURES_FILE,
    MODEL_FILES,
    PREDICTIONS_FILE,
)
from alertmill.lineage.sources import NOT_KNOWN, named_source, source_steps
from alertmill.lineage.steps import Lineage, LineageStep, checked, unchecked
from alertmill.site.folders import RunFolder, ScoringFolder
from alertmill.site.records import ManifestRecord, RegistrationRecord
from alertmill.site.scorings import DayHead, ScoringManifestHead

_MANIFEST, _INDEX = "manifest.json", "reports/index.html"
_QUEUE_REPORT = "reports/10_review_queue.html"
_SAYS = "the manifest names this digest"
_CHUNK_BYTES = 1 << 20
_COMMAND = "alertmill lineage --score makes them again from the database"
_SIGNED = "alertmill verify compares it with the signed ledger"
_Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Sealed:
    """A folder whose files are compared with its manifest."""

    folder: RunFolder
    digests: Mapping[str, str]
    """By path, as the manifest names them."""

    def fault_of(self, names: Sequence[str]) -> str:
        """Return how the first file differs that is not as the manifest says; empty if none."""
        for name in names:
            if name not in self.digests:
                return f"{name} is not in the manifest"
            found = self._sha256(name)
            if found != self.digests[name]:
                return f"{name} was changed" if found else f"{name} is gone"
        return ""

    def step(self, name: str, file: str) -> LineageStep:
        """Return the step of a file."""
        digest = self.digests.get(file, "")
        return checked(name, file, fault=self.fault_of([file]), evidence=_SAYS, sha256=digest)

    def table(self, name: str) -> pl.DataFrame | None:
        """Read a table; None if it is not there or is no table."""
        try:
            with self.folder.open(name) as file:
                return pl.read_parquet(io.BytesIO(file.read()))
        except (FileNotFoundError, pl.exceptions.PolarsError):
            return None

    @cached_property
    def own_digest(self) -> str:
        """Digest of the manifest itself."""
        return self._sha256(_MANIFEST)

    def _sha256(self, name: str) -> str:
        digest = hashlib.sha256()
        try:
            with self.folder.open(name) as file:
                while chunk := file.read(_CHUNK_BYTES):
                    digest.update(chunk)
        except FileNotFoundError:
            return ""
        return digest.hexdigest()


def trace_training(folder: RunFolder, alert_id: str, *, day: date | None) -> Lineage | None:
    """Trace the score that a training run gave one of its validation or test alerts.

    Parameters
    ----------
    folder : RunFolder
        A training run.
    alert_id : str
        The alert, or the cluster.
    day : date, optional
        Processing date; without it, the latest.

    Returns
    -------
    Lineage or None
        None if the run is not published, or has no score of the alert.

    Raises
    ------
    RunFileError
        If a record of the run cannot be read.
    """
    manifest = folder.record(_MANIFEST, ManifestRecord)
    if manifest is None:
        return None
    sealed = _Sealed(folder, {file.path: file.sha256 for file in manifest.files})
    row = _row_of(sealed.table(PREDICTIONS_FILE), alert_id, day)
    if row is None:
        return None
    files = MODEL_FILES if row.get("split") == "test" else DEVELOPMENT_FILES
    steps = [
        _score_step(sealed, row, PREDICTIONS_FILE),
        *_model_steps(sealed, manifest, files),
        sealed.step("features", FEATURES_FILE),
        *(sealed.step("extract", name) for name in EXTRACT_FILES),
        *_batch_steps(sealed, BATCHES_FILE, row["processing_date"]),
    ]
    return Lineage(alert_id, tuple(steps))


def trace_scoring(folder: ScoringFolder, alert_id: str, *, day: date | None) -> Lineage | None:
    """Trace the score that a scoring run gave an alert of one of its days.

    Parameters
    ----------
    folder : ScoringFolder
        A scoring run.
    alert_id : str
        The alert, or the cluster.
    day : date, optional
        Processing date; without it, the latest that holds the alert.

    Returns
    -------
    Lineage or None
        None if the run has no manifest, or no score of the alert.

    Raises
    ------
    RunFileError
        If a record of the run cannot be read.
    """
    manifest = folder.record(_MANIFEST, ScoringManifestHead)
    if manifest is None:
        return None
    sealed = _Sealed(folder, {file.path: file.sha256 for file in manifest.files})
    for head in sorted(manifest.days, key=lambda head: head.day, reverse=True):
        if day not in (None, head.day):
            continue
        rows = f"scores/{head.day}.parquet"
        row = _row_of(sealed.table(rows), alert_id, None)
        if row is not None:
            steps = [_score_step(sealed, row, rows), *_steps_of_day(sealed, head)]
            return Lineage(alert_id, tuple(steps))
    return None


def _steps_of_day(sealed: _Sealed, head: DayHead) -> Iterator[LineageStep]:
    folder = sealed.folder
    yield from _steps_of_model(RunFolder(folder.root, folder.network, head.model_run_id), head)
    yield sealed.step("report", _QUEUE_REPORT)
    yield unchecked("features", f"of the snapshot of {head.day}, not kept", _COMMAND)
    yield unchecked(
        "extract",
        f"snapshot of {head.day} and the days that it looks back",
        "digest of the tables, which the database keeps",
        sha256=head.snapshot_digest,
    )
    batches = f"batches/{head.day}.parquet"
    if batches in sealed.digests:
        yield from _batch_steps(sealed, batches, head.day)
    else:
        text = f"raw_alerts of {head.day}: {head.snapshot_batch_id or 'unknown'}"
        yield unchecked("batch", text, NOT_KNOWN)


def _steps_of_model(training: RunFolder, head: DayHead) -> Iterator[LineageStep]:
    """Yield model and run of a score that was given later than its training."""
    text = f"{head.model_id}, version {head.model_version}"
    try:
        manifest = training.record(_MANIFEST, ManifestRecord)
        registration = training.record("model/registration.json", RegistrationRecord)
    except RunFileError as error:
        yield unchecked("model", text, str(error))
        return
    if manifest is None or registration is None:
        yield unchecked("model", text, f"the folder of its run {head.model_run_id} is not here")
        return
    sealed = _Sealed(training, {file.path: file.sha256 for file in manifest.files})
    if registration.model_id != head.model_id:
        fault = f"the run {training.run_id} made {registration.model_id}"
        yield checked("model", text, fault=fault, evidence=_SAYS)
        return
    yield from _model_steps(sealed, manifest, MODEL_FILES)


def _model_steps(
    sealed: _Sealed, manifest: ManifestRecord, files: Sequence[str]
) -> Iterator[LineageStep]:
    """Yield model, run and report of a training."""
    registration = sealed.folder.record("model/registration.json", RegistrationRecord)
    name = f"{registration.model_id}, version {registration.version}" if registration else "its own"
    yield checked(
        "model",
        name,
        fault=sealed.fault_of(files),
        evidence="trees, calibrator and metadata are those that the manifest names",
        sha256=sealed.digests.get(files[0], ""),
    )
    commit = manifest.provenance.code_commit or "no git checkout"
    text = f"{sealed.folder.run_id}, published {manifest.created_at:%Y-%m-%d %H:%M}, code {commit}"
    yield unchecked("run", text, _SIGNED, sha256=sealed.own_digest)
    yield sealed.step("report", _INDEX)


def _score_step(sealed: _Sealed, row: _Row, file: str) -> LineageStep:
    text = (
        f"{row['score']:.6f} of {row['alert_id']}, address {row['address']}, "
        f"{row['processing_date']}"
    )
    digest = sealed.digests.get(file, "")
    evidence = f"it stands in {file}, of which {_SAYS}"
    return checked("score", text, fault=sealed.fault_of([file]), evidence=evidence, sha256=digest)


def _batch_steps(sealed: _Sealed, file: str, day: date) -> Iterator[LineageStep]:
    batches = sealed.table(file)
    if batches is None:
        yield unchecked("batch", f"unknown of {day}", NOT_KNOWN)
        return
    fault = sealed.fault_of([file])
    try:
        yield from source_steps(
            batches, day, fault=fault, evidence=f"it stands in {file}", look=named_source
        )
    except pl.exceptions.PolarsError as error:
        yield checked("batch", file, fault=f"it is no table of batches: {error}", evidence="")


def _row_of(table: pl.DataFrame | None, alert_id: str, day: date | None) -> _Row | None:
    """Return the latest row of an alert, or that of a day; None if there is none."""
    needed = {"alert_id", "address", "processing_date", "score"}
    if table is None or not needed <= set(table.columns):
        return None
    found = table.filter(pl.col("alert_id").cast(pl.String) == alert_id)
    if day is not None:
        found = found.filter(pl.col("processing_date") == day)
    return found.sort("processing_date").row(-1, named=True) if found.height else None
