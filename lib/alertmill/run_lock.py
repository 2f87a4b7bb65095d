"""A lock of the operating system that one run holds while it works.

The system frees it when the process ends, however it ends, so that no run waits for a dead one.
"""

from __future__ import annotations

import fcntl
import os
import time
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from alertmill.frozen_model import FrozenModel
from alertmill.processes import ProcessTag

CONTINUED = "ALERTMILL_CONTINUED_RUN"
"""Environment variable with the run folder that a process goes on with."""
_SUFFIX = ".lock"
_READING_SECONDS = 2.0
_READING_PAUSE_SECONDS = 0.02


class Holder(FrozenModel):
    """Who holds a lock."""

    flow_run_id: str
    flow_run_name: str
    process: str
    """Tag of the process, see `alertmill.processes.ProcessTag`."""
    since: datetime
    """When it took the lock, with a time zone."""
    continues: str = ""
    """Run folder that it goes on with; empty where it has a folder of its own."""

    @property
    def is_alive(self) -> bool:
        """True while its process runs."""
        tag = ProcessTag.parse(self.process)
        return tag is not None and tag.is_alive


class RunLock:
    """The lock in one file, below which the file holds who has it.

    Safe between processes and between threads: each lock opens the file for itself. A child process
    does not inherit it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @classmethod
    def named(cls, folder: Path, name: str) -> RunLock:
        """Return the lock of a name in a folder of locks."""
        return cls(folder / f"{name}{_SUFFIX}")

    def acquire(self, holder: Holder) -> bool:
        """Take the lock and write down who has it; return False if another one has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = self._open_locked()
        if descriptor is None:
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, holder.model_dump_json().encode(), 0)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Release the lock; nothing happens if it is not held."""
        if self._descriptor is None:
            return
        # While it is still locked: whoever opens the file afterwards makes a new one.
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None

    def holder(self) -> Holder | None:
        """Return who holds the lock; None if nobody does any more.

        A process that has just taken it may not have written its name yet, and the name of a dead
        one may still be there, so this reads again for a moment.
        """
        end = time.monotonic() + _READING_SECONDS
        while time.monotonic() < end:
            try:
                written = Holder.model_validate_json(self._path.read_bytes())
            except FileNotFoundError:
                return None
            except ValidationError:
                written = None
            if written is not None and written.is_alive:
                return written
            time.sleep(_READING_PAUSE_SECONDS)
        return None

    def _open_locked(self) -> int | None:
        """Open the file and lock it; None if another one has it locked."""
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return None
            if self._is_at_path(descriptor):
                return descriptor
            # Its holder has removed the file between our opening and our locking it.
            os.close(descriptor)

    def _is_at_path(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False


def live_holders(folder: Path) -> list[Holder]:
    """Return who holds the locks of a folder, without the dead and whoever has just begun."""
    written = (_read_holder(path) for path in sorted(folder.glob(f"*{_SUFFIX}")))
    return [holder for holder in written if holder is not None and holder.is_alive]


def _read_holder(path: Path) -> Holder | None:
    try:
        return Holder.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def clear_locks(folder: Path) -> list[Path]:
    """Remove the files of locks that nobody holds; return them."""
    return [path for path in sorted(folder.glob(f"*{_SUFFIX}")) if _is_cleared(path)]


def _is_cleared(path: Path) -> bool:
    lock = RunLock(path)
    descriptor = lock._open_locked()  # noqa: SLF001 - the class above
    if descriptor is None:
        return False
    path.unlink(missing_ok=True)
    os.close(descriptor)
    return True
