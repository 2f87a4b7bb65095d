"""Errors of run folders, models and reports."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError


class UnfinishedRunError(AlertmillError):
    """A run folder lacks something because the run has not finished, or failed."""

    @classmethod
    def of(cls, run_dir: Path, missing: str) -> Self:
        """Name the folder and what is not there."""
        return cls(
            f"the run {run_dir} is unfinished: {missing} is not there; "
            "run the training again with the same parameters, or open a finished run."
        )


class ArtifactChangedError(AlertmillError):
    """A file differs from what its record says."""

    @classmethod
    def of(cls, path: Path, *, expected: str, found: str) -> Self:
        """Give both digests."""
        return cls(
            f"{path} has changed since it was written: expected sha256 {expected}, found {found}; "
            "restore the file, or run the stage that makes it again."
        )


class ManifestError(AlertmillError):
    """The manifest of a run cannot be written or read."""

    @classmethod
    def unreadable(cls, path: Path, reason: str) -> Self:
        """Name the file and what is wrong in it."""
        return cls(
            f"{path} cannot be read: {reason}; it was changed or damaged after the run, "
            "so nothing in the run folder is proven. Restore it from a copy."
        )

    @classmethod
    def not_a_file(cls, path: Path) -> Self:
        """Name the link or device."""
        return cls(f"{path} is no plain file and has no place in a run folder; remove it.")


class ModelNotFoundError(AlertmillError):
    """No stored model fits what was asked for."""

    exit_code = BAD_INPUT


class NotebookFailedError(AlertmillError):
    """A report notebook did not run to its end."""

    @classmethod
    def of(cls, template: str, *, cell: str | None, error: str) -> Self:
        """Name the notebook, its failing cell and the first line of the error."""
        place = f"cell {cell!r}" if cell else "its kernel"
        return cls(
            f"the notebook {template!r} failed in {place}: {error.strip().splitlines()[0][:300]}; "
            "its HTML shows the traceback."
        )

    @classmethod
    def several(cls, templates: Collection[str], *, index: Path) -> Self:
        """List the notebooks that failed, and say where the others are."""
        return cls(
            f"{len(templates)} of the notebooks failed: {', '.join(templates)}; {index} shows "
            "where, and links the others."
        )


class TuningStorageError(AlertmillError):
    """The database of a hyperparameter search cannot be used."""

    exit_code = BAD_INPUT

    @classmethod
    def unreachable(cls, where: str, reason: str) -> Self:
        """Name the database, without its password, and what the driver said."""
        return cls(
            f"the study of the search cannot be opened in {where}: {reason}; expected a SQLAlchemy "
            "URL of a database that answers, and its driver to be installed. Correct "
            "ALERTMILL_TUNING_STORAGE, or leave it out for a file in the run folder; such a file "
            "that is damaged can be removed, and its trials are done again."
        )

    @classmethod
    def not_begun(cls, where: str) -> Self:
        """Name the database, without its password."""
        return cls(
            f"no search of these rows has begun in {where}; start the training first and help it "
            "while it tunes, with the same ALERTMILL_TUNING_STORAGE and the same version."
        )


class TuningFailedError(AlertmillError):
    """A hyperparameter search has ended without a single value."""

    @classmethod
    def of(cls, n_failed: int) -> Self:
        """Say how many trials were given up."""
        return cls(
            f"none of the trials was finished; {n_failed} were given up because every worker that "
            "tried them was killed, as by too little memory. Give the machine more memory, or the "
            "run fewer n_parallel_trials."
        )
