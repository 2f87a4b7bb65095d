"""Read parquet files of which a checksum and a count are known; nothing unverified is parsed."""

from __future__ import annotations

import difflib
import hashlib
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from upath import UPath

from alertmill.errors import ChecksumError, SnapshotFolderError
from alertmill.errors.snapshots import quote
from alertmill.snapshots.folders.meta import LABELS_FILE, SnapshotMeta
from alertmill.snapshots.folders.places import names_in, read_bytes

_LIKENESS = 0.6


@dataclass(frozen=True)
class Wanted:
    """The columns of one file of a folder."""

    required: Sequence[str]
    optional: Sequence[str] = ()
    """Read where they are there."""
    ignored: Sequence[str] = ()
    """Known, and left out without a word."""


@dataclass(frozen=True)
class LeftOut:
    """What lies in a folder and is not read."""

    columns: Mapping[str, list[str]] = field(default_factory=dict)
    """That no one asked for, by file; files without any are not in it."""
    files: Sequence[str] = ()
    """Parquet files that META.json does not name."""


@dataclass(frozen=True)
class ReadFiles:
    """Verified files as frames, by name without ending, and what was left out."""

    frames: Mapping[str, pl.DataFrame]
    left_out: LeftOut
    remarks: Sequence[str] = ()
    """What is odd about their rows and may be right all the same."""


def read_verified(path: UPath, expected: str) -> bytes:
    """Read a file and check its bytes; the caller parses these bytes, not the file again.

    Raises
    ------
    ChecksumError
        If the sha256 differs.
    """
    content = read_bytes(path)
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ChecksumError.differs(path, expected=expected, found=found)
    return content


def read_files(folder: UPath, meta: SnapshotMeta, wanted: Mapping[str, Wanted]) -> ReadFiles:
    """Read files of a folder, all verified before the first is parsed.

    Parameters
    ----------
    wanted : mapping of str to Wanted
        By name of the file without its ending.

    Raises
    ------
    ChecksumError
        If META.json lacks a file's sha256, or it differs.
    SnapshotFolderError
        If a file cannot be read, has other than the counted rows, or columns are missing.
    """
    present = names_in(folder)
    _check_listed(folder, meta, list(wanted), present)
    contents = {
        name: read_verified(folder / f"{name}.parquet", meta.sha256[f"{name}.parquet"])
        for name in wanted
    }
    found = {name: columns_of(folder / f"{name}.parquet", contents[name]) for name in wanted}
    check_columns(folder, found, wanted)
    frames = {
        name: parse(folder / f"{name}.parquet", contents.pop(name), found[name], columns)
        for name, columns in wanted.items()
    }
    for name, frame in frames.items():
        if frame.height != meta.counts[name]:
            raise SnapshotFolderError.of(
                folder,
                f"{name}.parquet holds {frame.height} rows, META.json counts {meta.counts[name]}",
            )
    unnamed = sorted(name for name in present - {*meta.sha256} if name.endswith(".parquet"))
    return ReadFiles(frames, LeftOut(extra_columns(found, wanted), tuple(unnamed)))


def _check_listed(
    folder: UPath, meta: SnapshotMeta, names: Sequence[str], present: Collection[str]
) -> None:
    files = [f"{name}.parquet" for name in names]
    # What META.json describes and no one reads may not be missing either; labels may lie apart.
    described = [name for name in sorted(meta.sha256) if name not in {*files, LABELS_FILE}]
    missing = [name for name in (*files, *described) if name not in present]
    if missing:
        raise SnapshotFolderError.incomplete(folder, f"the files {', '.join(missing)} are missing")
    unknown = [name for name in files if name not in meta.sha256]
    if unknown:
        raise ChecksumError.absent(folder, unknown)
    uncounted = [name for name in names if name not in meta.counts]
    if uncounted:
        raise SnapshotFolderError.of(folder, f"META.json gives no counts of {', '.join(uncounted)}")


def columns_of(path: UPath, content: bytes) -> list[str]:
    """Names of the columns of a parquet file."""
    try:
        return list(pl.read_parquet_schema(io.BytesIO(content)))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from None


def parse(path: UPath, content: bytes, found: Sequence[str], wanted: Wanted) -> pl.DataFrame:
    """Parse the wanted columns of a parquet file; others are not even decoded."""
    known = {*wanted.required, *wanted.optional}
    columns = [name for name in found if name in known]
    try:
        return pl.read_parquet(io.BytesIO(content), columns=columns)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: UPath, error: Exception) -> SnapshotFolderError:
    said = quote(str(error).splitlines()[0])
    return SnapshotFolderError.of(path, f"it is no parquet file that can be read: {said}")


def check_columns(
    folder: UPath, found: Mapping[str, Sequence[str]], wanted: Mapping[str, Wanted]
) -> None:
    """Stop with a table of every column that is missing in any of the files."""
    missing = [
        (f"{name}.parquet", column, _likely(column, found[name], columns))
        for name, columns in wanted.items()
        for column in columns.required
        if column not in found[name]
    ]
    if missing:
        raise SnapshotFolderError.missing_columns(folder, missing)


def _likely(column: str, found: Sequence[str], wanted: Wanted) -> str:
    known = {*wanted.required, *wanted.optional, *wanted.ignored}
    by_lower = {name.lower(): name for name in found if name not in known}
    near = difflib.get_close_matches(column, by_lower, n=1, cutoff=_LIKENESS)
    return quote(by_lower[near[0]])[1:-1] if near else ""


def extra_columns(
    found: Mapping[str, Sequence[str]], wanted: Mapping[str, Wanted]
) -> dict[str, list[str]]:
    """Columns that nobody asked for, by file."""
    extra = {
        f"{name}.parquet": sorted(
            {*found[name]} - {*columns.required, *columns.optional, *columns.ignored}
        )
        for name, columns in wanted.items()
    }
    return {name: columns for name, columns in extra.items() if columns}
