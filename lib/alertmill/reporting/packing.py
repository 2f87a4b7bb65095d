"""The reports of a run as one zip that opens anywhere: its index leads to what is in it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

_FIRST_TIME_IN_A_ZIP = (1980, 1, 1, 0, 0, 0)
"""Of every file in the archive: equal files make an equal archive."""
_READABLE_BY_ALL = 0o644 << 16
_LARGEST = 2 << 20
"""Bytes of a file that is packed: the zip is sent by mail, and features may be gigabytes."""


def files_to_pack(folder: Path, names: Iterable[str]) -> frozenset[str]:
    """Return which files of a run its reports take along: those that exist and are not large.

    Parameters
    ----------
    folder : Path
        The run folder.
    names : iterable of str
        Files that the index leads to, relative to the folder.
    """
    files = ((name, folder / name) for name in names)
    return frozenset(
        name for name, path in files if path.is_file() and path.stat().st_size <= _LARGEST
    )


def pack(folder: Path, names: Iterable[str], *, replaced: dict[str, str]) -> bytes:
    """Return a zip of files below a folder of the run's name; equal files give equal bytes.

    They keep their places of the run folder, so that links between them stay right.

    Parameters
    ----------
    folder : Path
        The run folder.
    names : iterable of str
        Files, relative to the folder.
    replaced : dict of str to str
        Text of files that are not packed as they lie in the folder.
    """
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted({*names, *replaced}):
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", _FIRST_TIME_IN_A_ZIP)
            entry.external_attr = _READABLE_BY_ALL
            entry.compress_type = zipfile.ZIP_DEFLATED
            text = replaced.get(name)
            content = (folder / name).read_bytes() if text is None else text.encode()
            archive.writestr(entry, content)
    return buffer.getvalue()
