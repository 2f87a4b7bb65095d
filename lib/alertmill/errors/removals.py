"""Errors of runs that housekeeping removed."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from alertmill.errors.base import AlertmillError


class RemovedRunError(AlertmillError):
    """A run was removed by housekeeping or by a person."""

    @classmethod
    def of(cls, run_dir: Path, removal: str) -> Self:
        """Build the message from the run, and quote the record of its removal."""
        return cls(
            f"the run {run_dir} is not there any more. {removal} Restore its folder from a "
            "backup, or start a new run."
        )


class RemovalRecordError(AlertmillError):
    """The record of a removed run cannot be read."""

    @classmethod
    def unreadable(cls, path: Path, reason: str) -> Self:
        """Build the message from the file and what is wrong in it."""
        return cls(
            f"the record {path} of a removed run cannot be read: {reason}; expected the JSON file "
            "as it was written. Restore it from a backup."
        )
