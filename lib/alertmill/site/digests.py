"""SHA-256 of served files: of the manifest where it still describes the file, else computed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import BinaryIO

from alertmill.site.folders import RunFolder
from alertmill.site.records import FileRecord, ManifestRecord

_MANIFEST = "manifest.json"
_CHUNK_BYTES = 1 << 20
_MOST_KEPT = 4096


class Digests:
    """Digests of files, remembered as long as a file has the same identity, size and time."""

    def __init__(self) -> None:
        self._manifest = lru_cache(64)(_read_manifest)
        self._computed: dict[tuple[int, ...], str] = {}

    def of(self, folder: RunFolder, relative: str, file: BinaryIO) -> str:
        """Return the SHA-256 of an open file of a run, in hex; the file is left at its start.

        The manifest's digest is taken for a file of the recorded size that was not written after
        the manifest; any other file is read.
        """
        found = os.fstat(file.fileno())
        recorded, written_ns = self._recorded(folder)
        known = recorded.get(relative)
        if known and known.n_bytes == found.st_size and found.st_mtime_ns <= written_ns:
            return known.sha256
        identity = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if identity not in self._computed:
            if len(self._computed) >= _MOST_KEPT:
                self._computed.clear()
            self._computed[identity] = _sha256(file)
        return self._computed[identity]

    def _recorded(self, folder: RunFolder) -> tuple[Mapping[str, FileRecord], int]:
        try:
            with folder.open(_MANIFEST) as manifest:
                found = os.fstat(manifest.fileno())
        except FileNotFoundError:
            return {}, -1
        return self._manifest(folder, found.st_mtime_ns, found.st_size), found.st_mtime_ns


def _read_manifest(
    folder: RunFolder,
    mtime_ns: int,  # noqa: ARG001 - a part of the cache's key
    size: int,  # noqa: ARG001 - a part of the cache's key
) -> Mapping[str, FileRecord]:
    from alertmill.errors import RunFileError

    try:
        manifest = folder.record(_MANIFEST, ManifestRecord)
    except RunFileError:
        return {}
    return {file.path: file for file in manifest.files} if manifest else {}


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
