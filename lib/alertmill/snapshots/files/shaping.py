"""Bring the columns of a file under our names, before their cells are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from alertmill.errors import MissingColumnsError
from alertmill.errors.snapshots import place
from alertmill.snapshots.files.amounts import read_amounts
from alertmill.snapshots.files.columns import FileColumn
from alertmill.snapshots.files.formats import open_file, read_columns
from alertmill.snapshots.files.limits import Limits
from alertmill.snapshots.files.mappings import (
    ColumnMapping,
    Combination,
    check_pairs,
    propose,
)
from alertmill.snapshots.files.parts import Part

PRICE = "price of the file"
"""Name of the column with the file's own price of an asset; none of ours has a blank."""


@dataclass(frozen=True)
class Shaped:
    """Rows of one file under our names, in the types of the file."""

    part: Part
    frame: pl.DataFrame
    rows: pl.Series | None = None
    """Place of each row in the file, where rows were left out."""
    n_left_out: int = 0

    @property
    def path(self) -> str:
        """The file, for a message."""
        return place(self.part.path)


def shape(
    part: Part,
    names: Sequence[str],
    mapping: ColumnMapping,
    limits: Limits,
) -> Shaped:
    """Read those columns of a file that stand for ours.

    Parameters
    ----------
    names : sequence of str
        Our columns; what the file does not have is left out here.

    Raises
    ------
    InputFileError
        If the file cannot be read or is too large.
    ConfigurationError
        If the mapping names a column that the file does not have.
    """
    opened = open_file(part.path, limits)
    present = [*opened.columns, *(key for key in part.keys if key not in opened.columns)]
    check_pairs(part.path, mapping, present)
    read = read_columns(opened, mapping.used(names, present), limits)
    read = read.with_columns(
        pl.lit(value).alias(key) for key, value in part.keys.items() if key not in opened.columns
    )
    is_left_out = _left_out(read, mapping)
    shaped = pl.DataFrame([*_our_columns(read, names, mapping)]) if names else read
    constants = [
        pl.lit(value).alias(name)
        for name, value in mapping.constants.items()
        if name in names and name not in shaped.columns
    ]
    shaped = shaped.with_columns(constants) if shaped.width else read.select(constants)
    if is_left_out is None or not is_left_out.any():
        return Shaped(part, shaped)
    rows = (~is_left_out).arg_true()
    return Shaped(part, shaped.filter(~is_left_out), rows, int(is_left_out.sum()))


def check_required(
    shaped: Shaped, columns: Sequence[FileColumn], mapping: ColumnMapping, limits: Limits
) -> None:
    """Refuse a file without a required column, and say which mapping would make it fit.

    Raises
    ------
    MissingColumnsError
        If one is missing.
    """
    required = [column.name for column in columns if column.is_required]
    missing = [name for name in required if name not in shaped.frame.columns]
    if not missing:
        return
    present = [*open_file(shaped.part.path, limits).columns, *shaped.part.keys]
    known = [column.name for column in columns]
    proposed = propose(required, known, present) if mapping == ColumnMapping() else None
    raise MissingColumnsError.of(shaped.path, missing, present, proposed=proposed)


def _left_out(read: pl.DataFrame, mapping: ColumnMapping) -> pl.Series | None:
    masks = [
        read[name].cast(pl.String).str.contains(pattern).fill_null(value=False).alias(name)
        for name, pattern in mapping.left_out.items()
        if name in read.columns
    ]
    if not masks:
        return None
    return pl.DataFrame(masks).select(pl.any_horizontal(pl.all())).to_series()


def _our_columns(
    read: pl.DataFrame, names: Sequence[str], mapping: ColumnMapping
) -> list[pl.Series]:
    ours = [
        _combined([read[theirs] for theirs in found], mapping, name).alias(name)
        for name in names
        if (found := mapping.found_for(name, read.columns))
    ]
    price = [read[name] for name in mapping.prices if name in read.columns][:1]
    return [*ours, *(series.alias(PRICE) for series in price)]


def _combined(found: Sequence[pl.Series], mapping: ColumnMapping, name: str) -> pl.Series:
    if len(found) == 1:
        return found[0]
    if mapping.combine.get(name, Combination.FIRST) == Combination.SUM:
        return _summed(found, has_thousands=mapping.has_thousands)
    frame = pl.DataFrame({str(at): _without_empty(series) for at, series in enumerate(found)})
    return frame.select(pl.coalesce(pl.all())).to_series()


def _without_empty(series: pl.Series) -> pl.Series:
    return series.set(series == "", None) if series.dtype == pl.String else series


def _summed(found: Sequence[pl.Series], *, has_thousands: bool) -> pl.Series:
    """Add amounts up as text; a bad one stays as it is, so that the sum is found bad too."""
    cells = [read_amounts(series, has_thousands=has_thousands) for series in found]
    total = sum(
        (cell.values.fill_null(0) for cell in cells[1:]), cells[0].values.fill_null(0)
    ).cast(pl.String)
    for series, cell in zip(found, cells, strict=True):
        total = series.cast(pl.String).zip_with(cell.is_bad, total)
    is_empty = (
        pl.DataFrame({str(at): s for at, s in enumerate(found)})
        .select(pl.all_horizontal(pl.all().is_null()))
        .to_series()
    )
    return total.set(is_empty, None)
