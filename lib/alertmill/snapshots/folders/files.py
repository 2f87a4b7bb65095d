"""Read parquet files of which a checksum and a count are known; nothing unverified is parsed."""

from __future__ import annotations

import difflib
import hashlib
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl
import pyarrow.parquet as pq
from upath import UPath

from alertmill.errors import ChecksumError, ContractError, SnapshotFolderError
from alertmill.errors.snapshots import quote
from alertmill.snapshots.files.limits import Limits
from alertmill.snapshots.folders.meta import LABELS_FILE, SnapshotMeta
from alertmill.snapshots.folders.places import names_in, read_bytes

FolderError = SnapshotFolderError | ContractError
"""What may be wrong with one folder while all others can be loaded."""
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
    unread: Sequence[str] = ()
    """Files that META.json names and nothing reads."""


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

    Rows that META.json does not count are a remark, for their checksum says that the file is whole.

    Parameters
    ----------
    wanted : mapping of str to Wanted
        By name of the file without its ending.

    Raises
    ------
    ChecksumError
        If META.json lacks a file's sha256, or it differs.
    SnapshotFolderError
        If a file cannot be read, has other than the counted rows, or columns are missing. Several
        faults are one error that names them all.
    """
    present = names_in(folder)
    faults = _faults_of_listing(folder, meta, list(wanted), present)
    contents, frames, found = {}, {}, {}
    for name in wanted:
        file = folder / f"{name}.parquet"
        if file.name in present and file.name in meta.sha256:
            with collecting(faults):
                contents[name] = read_verified(file, meta.sha256[file.name])
    for name, content in contents.items():
        with collecting(faults):
            found[name] = columns_of(folder / f"{name}.parquet", content)
    with collecting(faults):
        check_columns(folder, found, {name: wanted[name] for name in found})
    for name, columns in found.items():
        with collecting(faults):
            file = folder / f"{name}.parquet"
            frames[name] = parse(file, contents.pop(name), columns, wanted[name])
            _check_count(folder, meta, name, frames[name])
    raise_together(folder, faults)
    unnamed = sorted(name for name in present - {*meta.sha256} if name.endswith(".parquet"))
    read = {LABELS_FILE, *(f"{name}.parquet" for name in wanted)}
    unread = sorted(name for name in meta.sha256 if name not in read)
    left_out = LeftOut(extra_columns(found, wanted), tuple(unnamed), tuple(unread))
    return ReadFiles(frames, left_out, _remarks_on_counts(meta, list(wanted)))


@contextmanager
def collecting(faults: list[FolderError]) -> Iterator[None]:
    """Add what is wrong with a folder to a list, so that its other files are looked at too."""
    try:
        yield
    except (SnapshotFolderError, ContractError) as error:
        faults.append(error)


def raise_together(folder: UPath, faults: Sequence[FolderError]) -> None:
    """Raise what was collected, as one error."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise SnapshotFolderError.together(folder, faults)


def _faults_of_listing(
    folder: UPath, meta: SnapshotMeta, names: Sequence[str], present: Collection[str]
) -> list[FolderError]:
    files = [f"{name}.parquet" for name in names]
    # What META.json describes and no one reads may not be missing either; labels may lie apart.
    described = [name for name in sorted(meta.sha256) if name not in {*files, LABELS_FILE}]
    missing = [name for name in (*files, *described) if name not in present]
    faults: list[FolderError] = []
    if missing:
        faults.append(
            SnapshotFolderError.incomplete(folder, f"the files {', '.join(missing)} are missing")
        )
    unknown = [name for name in files if name in present and name not in meta.sha256]
    if unknown:
        faults.append(ChecksumError.absent(folder, unknown))
    return faults


def _check_count(folder: UPath, meta: SnapshotMeta, name: str, frame: pl.DataFrame) -> None:
    counted = meta.counts.get(name, frame.height)
    if frame.height != counted:
        raise SnapshotFolderError.of(
            folder, f"{name}.parquet holds {frame.height} rows, META.json counts {counted}"
        )


def _remarks_on_counts(meta: SnapshotMeta, names: Sequence[str]) -> list[str]:
    uncounted = [name for name in names if name not in meta.counts]
    return [f"META.json gives no counts of {', '.join(uncounted)}"] if uncounted else []


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
    n_rows, most = pq.read_metadata(io.BytesIO(content)).num_rows, Limits().max_rows
    if n_rows > most:
        # A small file can stand for more rows than fit into memory.
        raise SnapshotFolderError.of(
            path,
            f"it holds {n_rows:,} rows, expected at most {most:,}",
            action="deliver it in several snapshots",
        )
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
