"""Errors of run folders, models and reports."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError


class UnfinishedRunError(AlertmillError):
    """A run folder lacks something because the run has not finished, or failed."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, run_dir: Path, missing: str) -> Self:
        """Build the message from the folder and what is not there."""
        return cls(
            f"the run {run_dir} is unfinished: {missing} is not there; "
            "run the training again with the same parameters, or open a finished run."
        )


class NotARunError(AlertmillError):
    """A folder that was given as a run is none."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, path: Path) -> Self:
        """Show the path and what a run folder holds."""
        found = "holds no parameters.json" if path.is_dir() else "is no folder"
        return cls(
            f"{path} {found}; expected a run folder, such as "
            "runs/ethereum/20260105T060000Z-3f9a1c2b. alertmill runs lists the runs."
        )


class ArtifactChangedError(AlertmillError):
    """A file differs from what its record says."""

    @classmethod
    def of(cls, path: Path, *, expected: str, found: str) -> Self:
        """Build the message from both digests."""
        return cls(
            f"{path} has changed since it was written: expected sha256 {expected}, found {found}; "
            "restore the file, or run the stage that makes it again."
        )

    @classmethod
    def after_publishing(cls, run_dir: Path, names: Collection[str]) -> Self:
        """List the files that are not as the manifest says."""
        files = "file differs" if len(names) == 1 else "files differ"
        return cls(
            f"{len(names)} {files} from the manifest of {run_dir}: {', '.join(names)}; expected "
            "the run as it was published, so its model was not promoted. Restore the folder from a "
            "copy, or train again."
        )

    @classmethod
    def in_folder(cls, run_dir: Path, deviations: Collection[tuple[str, str]]) -> Self:
        """List how a run folder differs from its manifest: kinds, and names of files."""
        kinds = dict.fromkeys(kind for kind, _ in deviations)
        names = {kind: [name for other, name in deviations if other == kind] for kind in kinds}
        found = "; ".join(f"{kind}: {', '.join(names[kind])}" for kind in kinds)
        return cls(
            f"{run_dir} is not as its manifest says ({found}); expected the run as it was "
            "published. Restore the folder from a copy."
        )


class ManifestError(AlertmillError):
    """The manifest of a run cannot be written or read."""

    @classmethod
    def unreadable(cls, path: Path, reason: str) -> Self:
        """Build the message from the file and what is wrong in it."""
        return cls(
            f"{path} cannot be read: {reason}; it was changed or damaged after the run, "
            "so nothing in the run folder is proven. Restore it from a copy."
        )

    @classmethod
    def not_a_file(cls, path: Path) -> Self:
        """Build the message from the link or device."""
        return cls(f"{path} is no plain file and has no place in a run folder; remove it.")

    @classmethod
    def outside(cls, run_dir: Path, name: str) -> Self:
        """Build the message from the name of a file that leads out of the run folder."""
        return cls(
            f"the manifest of {run_dir} names the file {name!r}, which does not lie in the run; it "
            "was changed after the run. Restore the folder from a copy."
        )


class ModelNotFoundError(AlertmillError):
    """No stored model fits what was asked for."""

    exit_code = BAD_INPUT

    @classmethod
    def removed(cls, model_id: str, run_dir: Path, removal: str) -> Self:
        """Build the message from the model and the record of its run's removal."""
        return cls(
            f"the files of the model {model_id} were removed with its run {run_dir}. {removal} "
            "Restore the folder of the run from a backup, or train again."
        )


class NotebookFailedError(AlertmillError):
    """A report notebook did not run to its end."""

    @classmethod
    def of(cls, template: str, *, cell: str | None, error: str) -> Self:
        """Build the message from the notebook, its failing cell and the first line of the error."""
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


class RunDiedError(AlertmillError):
    """The process of a run ended without an error of its own."""

    @classmethod
    def of(cls, reason: str | None) -> Self:
        """Show what the orchestrator noticed."""
        noticed = " ".join((reason or "no reason known").split()).rstrip(".")
        return cls(
            f"the process of the run ended before its last stage ({noticed}), "
            "as when it is killed or the machine runs out of memory or power; retry the run, "
            "finished stages are not done again."
        )


class RunCancelledError(AlertmillError):
    """A person has cancelled a run."""

    @classmethod
    def by_a_person(cls) -> Self:
        """Advise on how to go on."""
        return cls(
            "the run was cancelled; to go on with it, retry it in the Prefect UI, finished stages "
            "are not done again."
        )


class RunTimedOutError(AlertmillError):
    """A run took longer than its deployment allows."""

    @classmethod
    def of(cls, seconds: float | None) -> Self:
        """Show the limit."""
        limit = "its time limit" if seconds is None else f"its limit of {seconds / 60:g} minutes"
        return cls(
            f"the run took longer than {limit}; retry it, finished stages are not done again, or "
            "shorten the range or the search."
        )


class MailError(AlertmillError):
    """A mail could not be sent."""

    @classmethod
    def of(cls, host: str, port: int, error: Exception) -> Self:
        """Show the server and what went wrong, in one line and without a password."""
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        return cls(
            f"no mail was sent by {host}:{port}: {reason}; correct host, port, security, user or "
            "password with alertmill messages mail."
        )

    @classmethod
    def refused(cls, host: str, port: int, recipients: Collection[str]) -> Self:
        """List the recipients that the server does not take."""
        return cls(
            f"the mail server {host}:{port} refused {', '.join(recipients)}; the others have the "
            "mail. Correct the recipients with alertmill messages mail."
        )


class TuningStorageError(AlertmillError):
    """The database of a hyperparameter search cannot be used."""

    exit_code = BAD_INPUT

    @classmethod
    def unreachable(cls, where: str, reason: str) -> Self:
        """Build the message from the database, without its password, and what the driver said."""
        return cls(
            f"the study of the search cannot be opened in {where}: {reason}; expected a SQLAlchemy "
            "URL of a database that answers, and its driver to be installed. Correct "
            "ALERTMILL_TUNING_STORAGE, or leave it out for a file in the run folder; such a file "
            "that is damaged can be removed, and its trials are done again."
        )

    @classmethod
    def not_begun(cls, where: str) -> Self:
        """Build the message from the database, without its password."""
        return cls(
            f"no search of these rows has begun in {where}; start the training first and help it "
            "while it tunes, with the same ALERTMILL_TUNING_STORAGE and the same version."
        )


class TuningFailedError(AlertmillError):
    """A hyperparameter search has ended without a single value."""

    @classmethod
    def of(cls, n_failed: int) -> Self:
        """Build the message from the number of trials given up."""
        return cls(
            f"none of the trials was finished; {n_failed} were given up because every worker that "
            "tried them was killed, as by too little memory. Give the machine more memory, or the "
            "run fewer n_parallel_trials."
        )
