"""A run folder as a zip that is made while it is sent: nothing is written, little is kept."""

from __future__ import annotations

import zipfile
from collections.abc import Generator

from alertmill.site.folders import FoundFile, RunFolder

_CHUNK_BYTES = 1 << 18
_FIRST_TIME_IN_A_ZIP = (1980, 1, 1, 0, 0, 0)
"""Of every file: equal files make an equal archive."""
_READABLE_BY_ALL = 0o644 << 16
_PACKED = (".parquet", ".zip", ".png")
"""Files that compression does not make smaller."""
_LARGE = 1 << 30


class _Outbox:
    """Collects what is written until it is sent; it cannot be read or gone back in."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing lies between this and the reader."""

    def take(self) -> bytes:
        data = b"".join(self._chunks)
        self._chunks.clear()
        return data


def stream_archive(folder: RunFolder) -> Generator[bytes]:
    """Yield the bytes of a zip with every served file of a run, below a folder of its name.

    A file that vanishes meanwhile ends the archive with an error, so that a reader never takes a
    part of the run for the whole.
    """
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w") as archive:  # type: ignore[call-overload]  # a writable object is enough
        for file in folder.files():
            yield from _add(archive, folder, file, outbox)
    yield outbox.take()


def _add(
    archive: zipfile.ZipFile, folder: RunFolder, file: FoundFile, outbox: _Outbox
) -> Generator[bytes]:
    entry = zipfile.ZipInfo(f"{folder.run_id}/{file.path}", _FIRST_TIME_IN_A_ZIP)
    entry.external_attr = _READABLE_BY_ALL
    is_packed = file.path.endswith(_PACKED)
    entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
    with (
        folder.open(file.path) as source,
        archive.open(entry, "w", force_zip64=file.n_bytes > _LARGE) as target,
    ):
        while chunk := source.read(_CHUNK_BYTES):
            target.write(chunk)
            yield outbox.take()
