"""Read declared columns of a frame, and list every cell that cannot be taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from alertmill.errors import InputFileError
from alertmill.errors.snapshots import place
from alertmill.snapshots.files.columns import FileColumn, OfNull, Reason


@dataclass(frozen=True)
class Fault:
    """The cells of one column that cannot be taken, all for the same reason."""

    column: str
    is_bad: pl.Series
    found: pl.Series
    """As the file has it."""
    expected: str
    reason: Reason | None = None
    """The policy under which the rows may be set aside."""

    @property
    def n_rows(self) -> int:
        """Number of bad cells."""
        return int(self.is_bad.sum())

    @property
    def first_row(self) -> int:
        """Row of the first bad cell; rows count from 0."""
        return int(self.is_bad.arg_max() or 0)

    @property
    def first_value(self) -> object:
        """Content of the first bad cell."""
        return self.found[self.first_row]

    def error(self, path: Path | str, rows: pl.Series | None = None) -> InputFileError:
        """Return the fault as an error; ``rows`` are the rows' places in the file, if not all."""
        row = self.first_row if rows is None else int(rows[self.first_row])
        found = self.first_value if self.n_rows else f"a column of {self.found.dtype}"
        return InputFileError.bad_value(
            place(path), column=self.column, row=row, found=found, expected=self.expected
        )


@dataclass(frozen=True)
class Examined:
    """The columns of a frame in the types that are stored."""

    values: pl.DataFrame
    faults: Sequence[Fault] = ()
    remarks: Sequence[str] = ()
    """What was assumed or changed; each begins with the name of a column."""
    defaults: Sequence[str] = field(default=())
    """Columns that are absent and filled with their default."""


def examine(frame: pl.DataFrame, columns: Iterable[FileColumn]) -> Examined:
    """Read columns; an optional one that is absent gets its default, or is left out without one.

    Parameters
    ----------
    frame : DataFrame
        With every required column; others are left out.
    """
    values: list[pl.Series] = []
    faults: list[Fault] = []
    remarks: list[str] = []
    defaults: list[str] = []
    for column in columns:
        if column.name in frame.columns:
            found = frame[column.name]
            read, fault, said = _examined(found, column)
            values.append(read)
            faults += [fault] if fault else []
            remarks += [f"{column.name} {remark}" for remark in said]
        elif column.of_null == OfNull.DEFAULT:
            defaults.append(column.name)
            default = pl.Series(column.name, [column.default], dtype=column.dtype)
            values.append(default.new_from_index(0, frame.height))
    return Examined(pl.DataFrame(values), faults, remarks, defaults)


def _examined(
    found: pl.Series, column: FileColumn
) -> tuple[pl.Series, Fault | None, Sequence[str]]:
    cells = column.read(found)
    values, is_bad = cells.values.alias(column.name), cells.is_bad
    if column.of_null == OfNull.REFUSED:
        is_bad = is_bad | values.is_null()
    elif column.of_null == OfNull.DEFAULT and values.null_count():
        default = pl.Series([column.default]).cast(values.dtype)[0]
        values = values.fill_null(default)
    if not is_bad.any():
        return values, None, cells.remarks
    return values, Fault(column.name, is_bad, found, cells.expected, column.reason), cells.remarks
