"""Run folders as the site reads them: below the runs root only, and never through a link.

Everything in a run folder is foreign data. A path is opened one folder after the other, so that
neither ``..`` nor a symbolic link, not even one that appears meanwhile, leads out of the root.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from alertmill.errors import RunFileError
from alertmill.networks import STORED
from alertmill.scoring.folder import SCORES_FOLDER

_Record = TypeVar("_Record", bound=BaseModel)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
_NOT_IN_A_FILE_NAME = re.compile(r"[\x00-\x1f\x7f/\\]")
_LONGEST_NAME, _MOST_PARTS = 255, 16
_LARGEST_RECORD = 64 << 20
"""Bytes of a JSON file that the site reads; those of real runs have less than 1 MiB."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Opening a pipe would wait for somebody to write into it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


def is_folder_name(name: str) -> bool:
    """Return True for a name that a network or a run can have in an address of the site.

    Examples
    --------
    >>> is_folder_name("20260105T060000Z-3f9a1c2b"), is_folder_name(".."), is_folder_name("a/b")
    (True, False, False)
    """
    return _NAME.fullmatch(name) is not None


def is_served_name(name: str) -> bool:
    """Return True for the name of a file or folder that is not hidden and not half written.

    Examples
    --------
    >>> [is_served_name(name) for name in ("index.html", ".git", "model.txt.part", "..", "")]
    [True, False, False, False, False]
    """
    return (
        0 < len(name) <= _LONGEST_NAME
        and not name.startswith(".")
        and not name.endswith(".part")
        and not _NOT_IN_A_FILE_NAME.search(name)
    )


@dataclass(frozen=True)
class FoundFile:
    """A file of a run folder, as it is now."""

    path: str
    """Relative to the run folder, with forward slashes."""
    n_bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class RunFolder:
    """One folder ``<root>/<network>/<run_id>``, read without following links."""

    root: Path
    network: str
    run_id: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the folders from the root to this one."""
        return (self.network, self.run_id)

    @property
    def path(self) -> Path:
        """Where the folder lies."""
        return self.root.joinpath(*self.parts)

    @property
    def exists(self) -> bool:
        """True if it is a folder below the root, and no link."""
        if not all(map(is_folder_name, self.parts)):
            return False
        try:
            os.close(_open_folder(self.root, self.parts))
        except OSError:
            return False
        return True

    def open(self, relative: str) -> BinaryIO:
        """Open a plain file of the run.

        Raises
        ------
        FileNotFoundError
            If it is not there, or is anything that the site does not serve: a link, a folder, a
            device, a hidden or half-written file, or a path that is no path of a file.
        """
        parts = relative.split("/")
        if len(parts) > _MOST_PARTS or not all(map(is_served_name, parts)):
            raise FileNotFoundError(relative)
        if not all(map(is_folder_name, self.parts)):
            raise FileNotFoundError(relative)
        try:
            return _open_file(self.root, (*self.parts, *parts))
        except (OSError, UnicodeError) as error:
            raise FileNotFoundError(relative) from error

    def has(self, relative: str) -> bool:
        """Return True if the site serves the file."""
        try:
            self.open(relative).close()
        except FileNotFoundError:
            return False
        return True

    def read(self, relative: str) -> bytes | None:
        """Read a small file; None if it is not there.

        Raises
        ------
        RunFileError
            If it has more bytes than a record of a run can have.
        """
        try:
            with self.open(relative) as file:
                content = file.read(_LARGEST_RECORD + 1)
        except FileNotFoundError:
            return None
        if len(content) > _LARGEST_RECORD:
            raise RunFileError.too_large(relative, _LARGEST_RECORD)
        return content

    def record(self, relative: str, kind: type[_Record]) -> _Record | None:
        """Read a JSON file as a record; None if it is not there.

        Raises
        ------
        RunFileError
            If it is not such a record.
        """
        content = self.read(relative)
        if content is None:
            return None
        try:
            return kind.model_validate_json(content, context=STORED)
        except ValidationError as error:
            raise RunFileError.unreadable(relative, _first_reason(error)) from error

    def files(self) -> tuple[FoundFile, ...]:
        """List every plain file that the site serves, sorted by path."""
        return tuple(sorted(_walk(self.path, ""), key=lambda file: file.path))


@dataclass(frozen=True)
class ScoringFolder(RunFolder):
    """One folder ``<root>/<network>/scores/<run_id>`` of a scoring run."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the folders from the root to this one."""
        return (self.network, SCORES_FOLDER, self.run_id)


def _first_reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def _walk(folder: Path, prefix: str) -> Iterator[FoundFile]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # removed meanwhile
        return
    for entry in entries:
        if not is_served_name(entry.name):
            continue
        relative = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{relative}/")
        elif entry.is_file(follow_symlinks=False):
            found = entry.stat(follow_symlinks=False)
            yield FoundFile(relative, found.st_size, found.st_mtime_ns)


def _open_folder(root: Path, parts: Sequence[str]) -> int:
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for part in parts:
        outer = descriptor
        try:
            descriptor = os.open(part, _FOLDER, dir_fd=outer)
        finally:
            os.close(outer)
    return descriptor


def _open_file(root: Path, parts: Sequence[str]) -> BinaryIO:
    folder = _open_folder(root, parts[:-1])
    try:
        descriptor = os.open(parts[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(parts[-1])
    return os.fdopen(descriptor, "rb")
