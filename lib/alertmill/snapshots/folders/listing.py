"""List the folders of a place once: which files they hold, and when they changed last."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from upath import UPath

from alertmill.errors import SnapshotFolderError
from alertmill.snapshots.folders.places import is_local, reaching

_MOST_SKEW = timedelta(days=1)
"""A later time of change than this after now is no recent one: a clock was wrong."""
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "created")
"""Names under which file systems give the time of the last change."""


@dataclass(frozen=True)
class ListedFolder:
    """A folder, and what lies directly in it."""

    place: UPath
    names: frozenset[str]
    changed_at: datetime | None
    """Last change of the folder or a file in it; None where the place does not keep times."""
    error: SnapshotFolderError | None = None
    """Why it cannot be listed."""


def list_folders(root: UPath) -> list[ListedFolder]:
    """List every folder at or below a place, sorted by path; links to folders are not followed.

    Raises
    ------
    SnapshotFolderError
        If the place is a file, or may not be read.
    FolderUnreachableError
        If the place does not answer.
    """
    with reaching(root):
        listed = _list_local(root) if is_local(root) else _list_remote(root)
    return sorted(listed, key=lambda folder: str(folder.place))


def is_recent(changed_at: datetime | None, now: datetime, *, within: timedelta) -> bool:
    """Return True if something changed so shortly before ``now`` that it may go on."""
    return changed_at is not None and now - within < changed_at < now + _MOST_SKEW


def last_change(folder: UPath) -> datetime | None:
    """Return when a file, or a folder or a file directly in it, changed last."""
    with reaching(folder):
        if is_local(folder):
            path = Path(folder.path)
            return _changed_at([path, *(path.iterdir() if path.is_dir() else [])])
        infos = folder.fs.ls(folder.path, detail=True)
    times = [time for info in infos if (time := _time_of(info)) is not None]
    return max(times, default=None)


def _list_local(root: UPath) -> list[ListedFolder]:
    listed: list[ListedFolder] = []

    def refuse(error: OSError) -> None:
        place = UPath(error.filename or root.path)
        if place == root:
            raise error
        reason = f"it cannot be listed: {error.strerror}"
        listed.append(ListedFolder(place, frozenset(), None, SnapshotFolderError.of(place, reason)))

    for path, _, names in os.walk(root.path, onerror=refuse):
        paths = [Path(path), *(Path(path, name) for name in names)]
        listed.append(ListedFolder(UPath(path), frozenset(names), _changed_at(paths)))
    return listed


def _changed_at(paths: list[Path]) -> datetime | None:
    # A copy may keep the times of the original; the time of the inode is that of the copy itself.
    stats = [stat for path in paths if (stat := _stat_of(path)) is not None]
    latest = max((max(stat.st_mtime, stat.st_ctime) for stat in stats), default=None)
    return None if latest is None else datetime.fromtimestamp(latest, UTC)


def _stat_of(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:  # a temporary file of a copy, which has its final name by now
        return None


def _list_remote(root: UPath) -> list[ListedFolder]:
    found: Mapping[str, Mapping[str, Any]] = root.fs.find(root.path, detail=True)
    base = root.path.rstrip("/")
    files: dict[str, dict[str, Mapping[str, Any]]] = {}
    for path, info in found.items():
        folder, _, name = path.removeprefix(base).strip("/").rpartition("/")
        files.setdefault(folder, {})[name] = info
    return [
        ListedFolder(
            root / folder if folder else root,
            frozenset(infos),
            max((t for info in infos.values() if (t := _time_of(info)) is not None), default=None),
        )
        for folder, infos in files.items()
    ]


def _time_of(info: Mapping[str, Any]) -> datetime | None:
    value = next((info[name] for name in _TIMES if info.get(name) is not None), None)
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):  # as Google's storage gives it
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None
