"""Which files a source is made of: one file, a folder of part files, or a pattern."""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from alertmill.errors import InputFileError
from alertmill.errors.snapshots import place
from alertmill.files import sha256_of

DATA_SUFFIXES = (
    ".parquet",
    ".parq",
    ".pq",
    ".arrow",
    ".arrows",
    ".feather",
    ".ipc",
    ".csv",
    ".tsv",
    ".txt",
    ".gz",
)
"""Endings of the files in a folder that are read; others are counted and left alone."""
_TABLE_FORMATS = {"_delta_log": "Delta", ".hoodie": "Hudi", "metadata": "Iceberg"}
_META_FILE = "META.json"
_URL = re.compile(r"^([a-z][a-z0-9+.-]+)(?:://|::)", re.IGNORECASE)
_HIVE_KEY = re.compile(r"^([A-Za-z_]\w*)=(.*)$")


@dataclass(frozen=True)
class Part:
    """One file, with what the names of its folders say (``day=2024-01-31``)."""

    path: Path
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """All files that are read as one table."""

    name: str
    """Whole path of the file or folder, or the pattern: what the ledger calls it."""
    parts: tuple[Part, ...]
    n_ignored: int = 0
    """Files of the folder that hold no data by their ending."""

    @property
    def sha256(self) -> str:
        """Checksum of the only file, or of the names and checksums of all."""
        if len(self.parts) == 1 and str(self.parts[0].path) == self.name:
            return sha256_of(self.parts[0].path)
        digest = hashlib.sha256()
        for part in self.parts:
            digest.update(f"{sha256_of(part.path)}  {part.path}\n".encode())
        return digest.hexdigest()


def find_source(path: str | Path) -> Source:
    """Return the files behind a path, a folder or a pattern such as ``day=*/part-*.parquet``.

    Hidden files and those that begin with ``_`` are no data, as Spark and Hive have it.

    Raises
    ------
    InputFileError
        If nothing is there, a folder or pattern holds no data file, the folder is a snapshot folder
        or a Delta, Hudi or Iceberg table, or the path is a URL.
    """
    text = str(path)
    url = _URL.match(text)
    if url:
        # Not the whole URL: it may hold a password or token.
        raise InputFileError.refused(
            f"{url[1]}://...",
            "it is a URL, and transfers and labels are read from local files",
            action="copy it to a local file, or load snapshot folders with alertmill ingest "
            "snapshots, which reads s3:// URLs",
        )
    root = Path(text)
    if root.is_dir():
        return _folder(root.resolve())
    if root.exists():
        return Source(str(root.resolve()), (Part(root.resolve()),))
    if glob.has_magic(text):
        return _pattern(root.absolute())
    raise InputFileError.unreadable(place(path), "there is no such file or folder")


def _folder(root: Path) -> Source:
    _refuse_other_folders(root)
    found = sorted(file for file in root.rglob("*") if file.is_file() and _is_visible(file, root))
    return _source(str(root), root, found)


def _pattern(pattern: Path) -> Source:
    at = next(at for at, part in enumerate(pattern.parts) if glob.has_magic(part))
    root = Path(*pattern.parts[:at])
    found = root.glob(str(Path(*pattern.parts[at:])))
    files = sorted(file for file in found if file.is_file() and _is_visible(file, root))
    return _source(str(pattern), root, files)


def _source(name: str, root: Path, files: list[Path]) -> Source:
    data = [file for file in files if file.suffix.lower() in DATA_SUFFIXES]
    if not data:
        raise InputFileError.refused(
            place(name),
            f"it holds no data file; expected files that end in {', '.join(DATA_SUFFIXES)}",
            action="correct the path",
        )
    parts = tuple(Part(file, dict(_hive_keys(file, root))) for file in data)
    return Source(name, parts, n_ignored=len(files) - len(data))


def _is_visible(file: Path, root: Path) -> bool:
    return not any(name.startswith((".", "_")) for name in file.relative_to(root).parts)


def _hive_keys(file: Path, root: Path) -> Iterator[tuple[str, str]]:
    for folder in file.relative_to(root).parts[:-1]:
        found = _HIVE_KEY.match(folder)
        if found:
            yield found[1], found[2]


def _refuse_other_folders(root: Path) -> None:
    if (root / _META_FILE).is_file():
        raise InputFileError.refused(
            place(root),
            "it is a snapshot folder (it holds META.json), expected part files",
            action="load it with alertmill ingest snapshots",
        )
    for name, kind in _TABLE_FORMATS.items():
        is_table = (root / name).is_dir() and (
            kind != "Iceberg" or any((root / name).glob("*.metadata.json"))
        )
        if is_table:
            raise InputFileError.refused(
                place(root),
                f"it is a {kind} table, whose folder also holds rows that do not count any more",
                action="export the table as parquet files",
            )
