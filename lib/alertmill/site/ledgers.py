"""Folders of immutable JSON files beside the runs of a network, each file read once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel

from alertmill.errors import RunFileError
from alertmill.site.folders import RunFolder, is_served_name

_Entry = TypeVar("_Entry", bound=BaseModel)


class LedgerFolder(Generic[_Entry]):
    """The entries of one kind of one network.

    Parameters
    ----------
    root : Path
        Folder of all runs.
    network, name : str
        The folder lies in ``<root>/<network>/<name>``.
    kind : type
        Record that each of its JSON files holds.
    """

    def __init__(self, root: Path, network: str, name: str, kind: type[_Entry]) -> None:
        # It lies where the folder of a run would, and is read in the same way.
        self._folder = RunFolder(root, network, name)
        self._kind = kind
        self._mtime_ns = -1
        self._known: set[str] = set()
        self.entries: list[_Entry] = []
        """In the order of their file names."""
        self.unreadable: list[str] = []
        """Paths below the root of files that are no entries."""

    def refresh(self) -> bool:
        """Read the files that are new, or forget all if one is gone; True if something changed."""
        mtime_ns = self._time()
        if mtime_ns == self._mtime_ns:
            return False
        self._mtime_ns = mtime_ns
        names = self._names()
        if names == self._known:
            return False
        self._known = names
        self.entries, self.unreadable = [], []
        for name in sorted(names):
            self._read(name)
        return True

    def _time(self) -> int:
        try:
            return os.lstat(self._folder.path).st_mtime_ns
        except OSError:
            return -1

    def _names(self) -> set[str]:
        try:
            with os.scandir(self._folder.path) as entries:
                names = {entry.name for entry in entries}
        except OSError:
            return set()
        return {name for name in names if name.endswith(".json") and is_served_name(name)}

    def _read(self, name: str) -> None:
        try:
            entry = self._folder.record(name, self._kind)
        except RunFileError:
            self.unreadable.append(f"{self._folder.network}/{self._folder.run_id}/{name}")
            return
        if entry is not None:
            self.entries.append(entry)
