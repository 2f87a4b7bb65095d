"""A run folder, proven once, and the steps of a lineage that lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from alertmill.answers.reading import metadata_of
from alertmill.audit.trust import TrustedKeys
from alertmill.files import sha256_of
from alertmill.housekeeping.proof import Proof, prove_run
from alertmill.lineage.places import EXTRACT_FILES, FEATURES_FILE, MODEL_FILES
from alertmill.lineage.steps import LineageStep, checked
from alertmill.reporting.index import INDEX
from alertmill.reporting.manifest import MANIFEST, read_manifest
from alertmill.runs import Run

_MANIFEST_SAYS = "the signed manifest names this digest"


@dataclass(frozen=True)
class ProvenRun:
    """A finished run, its files compared with its manifest, and that with the signed ledger."""

    run: Run
    proof: Proof

    @classmethod
    def of(cls, run_dir: Path, trusted: TrustedKeys) -> Self:
        """Prove a run folder.

        Raises
        ------
        UnfinishedRunError, RemovedRunError, ManifestError
            If the run was never published, was removed, or its manifest cannot be read.
        """
        run = Run.open(run_dir)
        return cls(run, prove_run(run_dir, trusted))

    def fault_of(self, names: Sequence[str]) -> str:
        """Return what is wrong with some files of the run; empty if nothing is."""
        folder = f"{self.run.path.parent.name}/{self.run.run_id}/"
        for deviation in self.proof.deviations:
            name = deviation.place.removeprefix(folder).removeprefix(f"{self.run.run_id}/")
            if name in names:
                return f"{name}: {deviation.text}"
        missing = [name for name in names if name not in self._digests]
        return f"{missing[0]} is not in the manifest" if missing else ""

    def steps(self) -> Iterator[LineageStep]:
        """Yield model, run, report, features and extract."""
        yield from self.steps_of_model()
        yield self.file_step("features", FEATURES_FILE)
        for name in EXTRACT_FILES:
            yield self.file_step("extract", name)

    def steps_of_model(self) -> Iterator[LineageStep]:
        """Yield model, run and report."""
        yield self.model_step()
        yield self.run_step()
        yield self.file_step("report", f"reports/{INDEX}")

    def model_step(self) -> LineageStep:
        """Return the step of the model: every file of it."""
        metadata = metadata_of(self.run)
        return checked(
            "model",
            f"{metadata.model_id}, version {metadata.version}" if metadata else "none",
            fault=self.fault_of(MODEL_FILES),
            evidence="trees, calibrator and metadata are those of the signed manifest",
            sha256=self._digests.get("model/model.txt", ""),
        )

    def run_step(self) -> LineageStep:
        """Return the step of the run: its manifest against the signed ledger."""
        manifest = read_manifest(self.run.path)
        others = [deviation.sentence for deviation in self.proof.deviations]
        commit = manifest.provenance.code_commit or "no git checkout"
        return checked(
            "run",
            f"{self.run.run_id}, published {manifest.created_at:%Y-%m-%d %H:%M} UTC, code {commit}",
            fault="; ".join(others[:1]),
            evidence=f"{self.proof.n_files:,} files and the ledger are as they were signed",
            sha256=self._manifest_sha256,
        )

    def file_step(self, name: str, file: str) -> LineageStep:
        """Return the step of a file of the run."""
        return checked(
            name,
            file,
            fault=self.fault_of([file]),
            evidence=_MANIFEST_SAYS,
            sha256=self._digests.get(file, ""),
        )

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {file.path: file.sha256 for file in read_manifest(self.run.path).files}

    @cached_property
    def _manifest_sha256(self) -> str:
        return sha256_of(self.run.path / MANIFEST)
