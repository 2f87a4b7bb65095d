"""Tell the format of a file by its first bytes, and read the columns that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from alertmill.errors import InputFileError
from alertmill.errors.snapshots import place, quote
from alertmill.snapshots.files.delimited import read_delimited, read_header
from alertmill.snapshots.files.limits import Limits, check_columns_bound


class FileFormat(StrEnum):
    """Formats that are read."""

    PARQUET = "parquet"
    ARROW = "Arrow"
    ARROW_STREAM = "Arrow stream"
    CSV = "CSV"
    CSV_GZ = "CSV.gz"


_MAGIC = {
    b"PAR1": FileFormat.PARQUET,
    b"ARROW1": FileFormat.ARROW,
    b"\xff\xff\xff\xff": FileFormat.ARROW_STREAM,
    b"\x1f\x8b": FileFormat.CSV_GZ,
}
_REFUSED = {
    b"PARE": "an encrypted parquet file",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x28\xb5\x2f\xfd": "a file compressed with zstd",
    b"BZh": "a file compressed with bzip2",
    b"\xfd7zXZ": "a file compressed with xz",
    b"ORC": "an ORC file",
    b"Obj\x01": "an Avro file",
    b"SQLite format 3": "an SQLite database",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"{": "JSON",
    b"[": "JSON",
    b"<": "an HTML or XML page",
    b"%PDF": "a PDF",
}
_BINARY_SUFFIXES = {".parquet", ".parq", ".pq", ".arrow", ".arrows", ".feather", ".ipc"}
_LONGEST_MAGIC = 16


@dataclass(frozen=True)
class Opened:
    """What is known of a file before its rows are read."""

    path: Path
    format: FileFormat
    schema: pa.Schema | None
    """Of the binary formats; a CSV file holds text only."""
    columns: tuple[str, ...]

    def type_of(self, column: str) -> str:
        """Return the type of a column as the file declares it."""
        return "text" if self.schema is None else str(self.schema.field(column).type)


def format_of(path: Path) -> FileFormat:
    """Tell the format by the first bytes; a CSV file has none of its own, so its name counts too.

    Raises
    ------
    InputFileError
        If the file is empty, cannot be opened, or is of a format that is not read.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_LONGEST_MAGIC)
    except OSError as error:
        raise InputFileError.unreadable(place(path), error.strerror or str(error)) from None
    if not start:
        raise InputFileError.unreadable(place(path), "it is empty, without even a header")
    for magic, found in _MAGIC.items():
        if start.startswith(magic):
            return found
    for magic, kind in _REFUSED.items():
        if start.lstrip().startswith(magic):
            raise InputFileError.unreadable(place(path), f"it is {kind}")
    if path.suffix.lower() in _BINARY_SUFFIXES:
        reason = f"it ends in {path.suffix}, but its content is no {path.suffix[1:]}"
        raise InputFileError.unreadable(place(path), reason)
    return FileFormat.CSV


def open_file(path: Path, limits: Limits) -> Opened:
    """Read the header of a file, and hold what it says of its size to the limits.

    Raises
    ------
    InputFileError
        If it cannot be read, is too large, or a column stands twice.
    """
    found = format_of(path)
    limits.check_bytes(path, path.stat().st_size)
    schema = None
    if found in (FileFormat.CSV, FileFormat.CSV_GZ):
        columns = read_header(path, is_compressed=found == FileFormat.CSV_GZ)
    else:
        schema = _binary_schema(path, found, limits)
        columns = tuple(schema.names)
    check_columns_bound(path, len(columns))
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise InputFileError.refused(
            place(path),
            f"the column {quote(doubled[0])} stands more than once",
            action="rename or remove one of them",
        )
    return Opened(path, found, schema, columns)


def _binary_schema(path: Path, found: FileFormat, limits: Limits) -> pa.Schema:
    try:
        if found == FileFormat.PARQUET:
            with pq.ParquetFile(path) as file:
                metadata = file.metadata
                limits.check_rows(path, metadata.num_rows)
                groups = (metadata.row_group(at) for at in range(metadata.num_row_groups))
                limits.check_bytes(path, sum(group.total_byte_size for group in groups))
                return file.schema_arrow
        with _open_arrow(path, found) as reader:
            return reader.schema
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from None


def _open_arrow(path: Path, found: FileFormat) -> pa.ipc.RecordBatchFileReader:
    # Not mapped into memory: another program may shorten the file meanwhile.
    source = pa.OSFile(str(path), "rb")
    is_file = found == FileFormat.ARROW
    return pa.ipc.open_file(source) if is_file else pa.ipc.open_stream(source)


def read_columns(opened: Opened, wanted: Collection[str], limits: Limits) -> pl.DataFrame:
    """Read those of the wanted columns that the file has; a CSV file gives text.

    Raises
    ------
    InputFileError
        If the file cannot be read, or holds more than the limits allow.
    """
    columns = [name for name in opened.columns if name in wanted]
    path = opened.path
    try:
        if opened.schema is None:
            is_compressed = opened.format == FileFormat.CSV_GZ
            table = read_delimited(path, columns, limits, is_compressed=is_compressed)
        elif opened.format == FileFormat.PARQUET:
            if not any(_is_foreign(opened.schema.field(name).type) for name in columns):
                return pl.read_parquet(path, columns=columns, glob=False)
            table = pq.read_table(path, columns=columns, partitioning=None)
        else:
            table = _read_arrow(opened, columns, limits)
        return _as_frame(table)
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def _read_arrow(opened: Opened, columns: Sequence[str], limits: Limits) -> pa.Table:
    batches, n_rows, n_bytes = [], 0, 0
    with _open_arrow(opened.path, opened.format) as reader:
        is_file = opened.format == FileFormat.ARROW
        found = (
            (reader.get_batch(at) for at in range(reader.num_record_batches)) if is_file else reader
        )
        for batch in found:
            n_rows, n_bytes = n_rows + batch.num_rows, n_bytes + batch.nbytes
            limits.check_rows(opened.path, n_rows)
            limits.check_bytes(opened.path, n_bytes)
            batches.append(batch.select(columns))
        fields = [reader.schema.field(name) for name in columns]
    return pa.Table.from_batches(batches, schema=pa.schema(fields))


def _is_foreign(kind: pa.DataType) -> bool:
    """Return True for a type that polars does not have."""
    return bool(pa.types.is_decimal256(kind))


def _as_frame(table: pa.Table) -> pl.DataFrame:
    for at, field in enumerate(table.schema):
        if _is_foreign(field.type):
            table = table.set_column(at, field.name, table[field.name].cast(pa.string()))
    frame = pl.from_arrow(table)
    return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()


def _unreadable(path: Path, error: Exception) -> InputFileError:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return InputFileError.unreadable(place(path), quote(said)[1:-1])
