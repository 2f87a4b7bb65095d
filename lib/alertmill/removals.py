"""The record of removed runs: one immutable JSON file a run, beside the runs of a network.

A run is removed in this order: its record is written as pending, its ``parameters.json`` is deleted
(from then on the folder is no run), the record gets its final name, and the other files go. Of a
finished run `KEPT_FILES` stay, so that the chain of manifests still verifies and a lost database
can be rebuilt. A folder that holds ``parameters.json`` beside a record was restored from a copy.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError

from alertmill.errors import RemovalRecordError, RemovedRunError
from alertmill.files import sync_folder, write_model
from alertmill.frozen_model import FrozenModel

REMOVALS_FOLDER = "removals"
"""Below ``runs/<network>``."""
KEPT_FILES = (
    "manifest.json",
    "model/registered_metrics.parquet",
    "model/registered_model.json",
    "model/registration.json",
    "promotion/decision.json",
    "signature.json",
)
"""Files of a finished run that outlive its removal."""
_WHOLE = "parameters.json"


class RunState(StrEnum):
    """How far a run came."""

    FINISHED = "finished"
    """It has its manifest."""
    FAILED = "failed"
    """It wrote down why it stopped."""
    UNFINISHED = "unfinished"
    """It was cancelled or killed, or is at work."""
    UNREADABLE = "unreadable"
    """Its parameters cannot be read."""


class Removal(FrozenModel):
    """Which run was removed, when, by whom and by which rule."""

    network: str
    run_id: str
    model_type: str
    start_date: date = Field(description="First processing date of the run.")
    end_date: date = Field(description="Last processing date of the run.")
    state: RunState
    removed_at: datetime = Field(description="With a time zone.")
    actor: str = Field(description="housekeeping, or the name of the person.")
    rule: str = Field(description="Limits that were in force.")
    reason: str = Field(description="How the run exceeded them.")
    manifest_sha256: str | None = Field(description="None of a run that was not finished.")
    n_files: int = Field(description="Files that the folder held.")
    n_bytes: int = Field(description="Their size.")
    kept: tuple[str, ...] = Field(description="Files that stay in the run folder.")

    @property
    def sentence(self) -> str:
        """What happened, for readers."""
        return (
            f"Removed on {self.removed_at:%Y-%m-%d} by {self.actor}: {self.reason} "
            f"(rule: {self.rule})."
        )


def removal_of(run_dir: Path) -> Removal | None:
    """Return the record of a removed run; None if the folder holds a run, or never held one.

    Raises
    ------
    RemovalRecordError
        If the record cannot be read.
    """
    if (run_dir / _WHOLE).is_file():
        return None
    return recorded_removal(run_dir) or _read(_pending_path(run_dir))


def recorded_removal(run_dir: Path) -> Removal | None:
    """Return the final record of a run folder, also of one that was restored since.

    Raises
    ------
    RemovalRecordError
        If the record cannot be read.
    """
    return _read(record_path(run_dir))


def check_not_removed(run_dir: Path) -> None:
    """Raise `RemovedRunError` if the run was removed."""
    removal = removal_of(run_dir)
    if removal is not None:
        raise RemovedRunError.of(run_dir, removal.sentence)


def removals_of(network_dir: Path) -> tuple[Removal, ...]:
    """Return the removals of a network, by run id.

    Raises
    ------
    RemovalRecordError
        If a record cannot be read.
    """
    paths = sorted((network_dir / REMOVALS_FOLDER).glob("[!.]*.json"))
    return tuple(removal for path in paths if (removal := _read(path)) is not None)


def begin_removal(run_dir: Path, removal: Removal) -> Path:
    """Write the record as pending and return its file; the run is still whole."""
    write_model(_pending_path(run_dir), removal)
    return _pending_path(run_dir)


def record_removal(run_dir: Path) -> None:
    """Delete ``parameters.json``, so that the folder is no run, and give the record its final name.

    A crash leaves a whole run, or a removal that `finish_record` completes.
    """
    (run_dir / _WHOLE).unlink()
    sync_folder(run_dir)
    finish_record(run_dir)


def finish_record(run_dir: Path) -> None:
    """Move a pending record to its final name; drop it if the run is whole."""
    pending = _pending_path(run_dir)
    if (run_dir / _WHOLE).is_file():
        pending.unlink(missing_ok=True)
    elif pending.is_file():
        pending.replace(record_path(run_dir))
        sync_folder(pending.parent)


def standing_record(run_dir: Path) -> Path:
    """Return the record of a removal, the pending one if a crash has left it so."""
    final = record_path(run_dir)
    return final if final.exists() else _pending_path(run_dir)


def begun_removals(network_dir: Path) -> tuple[Path, ...]:
    """Return the folders of runs whose record is pending."""
    pending = (network_dir / REMOVALS_FOLDER).glob(".*.pending")
    return tuple(network_dir / path.name[1 : -len(".pending")] for path in sorted(pending))


def record_path(run_dir: Path) -> Path:
    """Return where the record of a run lies if it was removed."""
    return run_dir.parent / REMOVALS_FOLDER / f"{run_dir.name}.json"


def _pending_path(run_dir: Path) -> Path:
    return run_dir.parent / REMOVALS_FOLDER / f".{run_dir.name}.pending"


def _read(path: Path) -> Removal | None:
    try:
        return Removal.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise RemovalRecordError.unreadable(path, error.errors()[0]["msg"]) from error
