"""Which runs there are, how far they came, and how much space they take."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from alertmill.files import sha256_of
from alertmill.removals import RunState
from alertmill.reporting.failure import load_failure
from alertmill.reporting.manifest import MANIFEST
from alertmill.runs import Run
from alertmill.vocabulary import NETWORK_NAME

_RUN_ID = re.compile(r"(\d{8}T\d{6}Z)-[0-9a-f]{8}")
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class StoredRun:
    """A run folder as it stands."""

    path: Path
    network: str
    """Name of the folder that holds it."""
    model_type: str
    state: RunState
    started_at: datetime
    last_written_at: datetime
    """Latest change of a file."""
    n_files: int
    n_bytes: int
    model_id: str | None = None
    """Registered model; None before it is registered."""

    @property
    def run_id(self) -> str:
        """Name of the folder; sorts by start."""
        return self.path.name

    @property
    def is_finished(self) -> bool:
        """True if the run has its manifest."""
        return self.state is RunState.FINISHED

    @property
    def manifest_sha256(self) -> str | None:
        """Digest of the manifest; None without one."""
        path = self.path / MANIFEST
        return sha256_of(path) if path.is_file() else None


def list_runs(runs_dir: Path) -> list[StoredRun]:
    """Return every run of every network, oldest first; removed runs and links are left out."""
    found = (path.parent for path in runs_dir.glob("*/*/parameters.json"))
    plain = (path for path in found if _RUN_ID.fullmatch(path.name) and not path.is_symlink())
    return sorted((_look_at(path) for path in plain), key=lambda run: (run.network, run.run_id))


def network_dirs(runs_dir: Path) -> list[Path]:
    """Return the folders of the networks, by name; the signed ledger beside them is none."""
    found = (path for path in runs_dir.glob("*") if re.fullmatch(NETWORK_NAME, path.name))
    return sorted(path for path in found if path.is_dir())


def started_at(run_id: str) -> datetime:
    """Return when a run started, by its name.

    Examples
    --------
    >>> started_at("20260105T060000Z-3f9a1c2b").isoformat()
    '2026-01-05T06:00:00+00:00'
    """
    return datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def is_run_id(name: str) -> bool:
    """Return whether a folder of this name may be a run."""
    return _RUN_ID.fullmatch(name) is not None


def files_below(folder: Path) -> Iterator[Path]:
    """Return every file and link below a folder, without following links to folders."""
    for parent, folders, files in os.walk(folder):
        below = Path(parent)
        yield from (below / name for name in files)
        yield from (below / name for name in folders if (below / name).is_symlink())


def _look_at(path: Path) -> StoredRun:
    run = _open(path)
    stats = [file.lstat() for file in files_below(path)]
    return StoredRun(
        path=path,
        network=path.parent.name,
        model_type=run.parameters.model_type.value if run else _UNKNOWN,
        state=_state_of(run),
        started_at=started_at(path.name),
        last_written_at=datetime.fromtimestamp(max(s.st_mtime for s in stats), UTC),
        n_files=len(stats),
        n_bytes=sum(s.st_size for s in stats),
        model_id=_model_of(run),
    )


def _open(path: Path) -> Run | None:
    try:
        return Run.open(path)
    except ValidationError:
        return None


def _state_of(run: Run | None) -> RunState:
    if run is None:
        return RunState.UNREADABLE
    if run.is_finished:
        return RunState.FINISHED
    return RunState.UNFINISHED if load_failure(run) is None else RunState.FAILED


def _model_of(run: Run | None) -> str | None:
    if run is None or not (run.path / "model" / "registration.json").is_file():
        return None
    return run.registration.model_id
