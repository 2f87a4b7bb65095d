"""Read CSV files as text, strictly: a row of another width is a fault, never filled up."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

from alertmill.errors import InputFileError
from alertmill.errors.snapshots import place, quote
from alertmill.snapshots.files.limits import Limits

_DELIMITERS = ",;\t|"
_LONGEST_HEADER = 1 << 16
_BLOCK_BYTES = 1 << 23
_NULLS = ["", "\\N"]
"""Hive and MySQL write ``\\N`` for nothing."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_header(path: Path, *, is_compressed: bool) -> tuple[str, ...]:
    """Return the names of the columns of a CSV file.

    Raises
    ------
    InputFileError
        If the first line is no header in UTF-8.
    """
    return _header(path, is_compressed=is_compressed)[0]


def read_delimited(
    path: Path, columns: Sequence[str], limits: Limits, *, is_compressed: bool
) -> pa.Table:
    r"""Read columns of a CSV file as text; empty cells and ``\N`` are null.

    Raises
    ------
    InputFileError
        If a row has other than the fields of the header, or there are more rows or bytes than
        allowed.
    pyarrow.ArrowException
        If the text is not UTF-8, or a quote is not closed.
    """
    names, delimiter = _header(path, is_compressed=is_compressed)
    broken: list[tuple[int, int]] = []

    def refuse(row: pc.InvalidRow) -> str:
        broken.append((row.number or 0, row.actual_columns))
        return "error"

    with pa.input_stream(str(path), compression="gzip" if is_compressed else None) as stream:
        try:
            return _read_batches(path, stream, columns, limits, _options(names, delimiter, refuse))
        except pa.ArrowInvalid:
            if not broken:
                raise
            # The header is the first line, and rows count from 0.
            row, width = broken[0][0] - 2, broken[0][1]
            raise InputFileError.refused(
                place(path),
                f"row {max(row, 0)} has {width} fields, the header has {len(names)}",
                action="put cells that hold the separator into quotes, or export the file again",
            ) from None


def _options(names: Sequence[str], delimiter: str, refuse: object) -> dict[str, object]:
    return {
        "read_options": pc.ReadOptions(
            use_threads=False, block_size=_BLOCK_BYTES, column_names=list(names), skip_rows=1
        ),
        "parse_options": pc.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=refuse
        ),
    }


def _read_batches(
    path: Path,
    stream: pa.NativeFile,
    columns: Sequence[str],
    limits: Limits,
    options: dict[str, object],
) -> pa.Table:
    schema = pa.schema([(name, pa.large_string()) for name in columns])
    convert = pc.ConvertOptions(
        column_types=schema,
        include_columns=list(columns),
        null_values=_NULLS,
        strings_can_be_null=True,
    )
    batches, n_rows, n_bytes = [], 0, 0
    try:
        reader = pc.open_csv(stream, convert_options=convert, **options)
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return schema.empty_table()
        raise
    with reader:
        for batch in reader:
            n_rows, n_bytes = n_rows + batch.num_rows, n_bytes + batch.nbytes
            limits.check_rows(path, n_rows)
            limits.check_bytes(path, n_bytes)
            batches.append(batch)
    return pa.Table.from_batches(batches, schema=schema)


def _header(path: Path, *, is_compressed: bool) -> tuple[tuple[str, ...], str]:
    line = _first_line(path, is_compressed=is_compressed)
    if line.startswith(_UTF_16) or b"\0" in line:
        raise InputFileError.unreadable(
            place(path), "it is text in UTF-16 or binary, expected a CSV file in UTF-8"
        )
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputFileError.unreadable(
            place(path), "its header is not UTF-8; save it as UTF-8"
        ) from None
    delimiter = max(_DELIMITERS, key=text.count)
    names = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    return tuple(name.strip() for name in names), delimiter


def _first_line(path: Path, *, is_compressed: bool) -> bytes:
    try:
        with gzip.open(path, "rb") if is_compressed else path.open("rb") as file:
            line = file.readline(_LONGEST_HEADER)
    except (OSError, EOFError, zlib.error) as error:
        raise InputFileError.unreadable(place(path), quote(str(error))[1:-1]) from None
    if len(line) == _LONGEST_HEADER:
        raise InputFileError.unreadable(place(path), "its first line is no header of columns")
    return line
