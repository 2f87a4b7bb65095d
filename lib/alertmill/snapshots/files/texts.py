"""Read text, names and whole numbers, in whatever type an export keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from alertmill.errors.snapshots import quote
from alertmill.snapshots.files.cells import Cells, all_bad, lost, n_rows, without_null_words


def read_texts(
    found: pl.Series, *, expected: str, may_be_empty: bool, is_number_allowed: bool = False
) -> Cells:
    """Read a column of text.

    Parameters
    ----------
    found : Series
        Text of any Arrow type, categories, or bytes: those that are UTF-8 count as text, others
        become ``0x`` and their hexadecimal digits.
    expected : str
        What a cell should be, for a message.
    may_be_empty : bool
        Whether a text without letters is taken.
    is_number_allowed : bool
        Whether whole numbers are taken as their digits.
    """
    dtype = found.dtype
    if dtype == pl.Null:
        return Cells(found.cast(pl.String), found.is_not_null(), expected)
    remarks: tuple[str, ...] = ()
    if dtype == pl.String:
        values = found
    elif dtype == pl.Categorical or isinstance(dtype, pl.Enum):
        values = found.cast(pl.String)
    elif dtype == pl.Binary:
        values, remarks = _decoded(found)
    elif is_number_allowed and dtype.is_numeric():
        whole = found.cast(pl.Int64, strict=False)
        values = whole.set((found != whole).fill_null(value=False), None).cast(pl.String)
    else:
        return all_bad(found, pl.String, expected)
    is_bad = lost(found, values)
    if not may_be_empty:
        is_bad |= (values == "").fill_null(value=False)
    return Cells(values, is_bad, expected, remarks)


def _decoded(found: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
    try:
        decoded = pl.Series(found.name, found.to_arrow().cast(pa.large_string()))
    except pa.ArrowInvalid:
        decoded = None
    if decoded is not None and not decoded.str.contains(r"[\x00-\x1f\x7f]").any():
        return decoded, ("holds bytes: taken as UTF-8 text",)
    return "0x" + found.bin.encode("hex"), ("holds bytes: written as 0x and hexadecimal digits",)


def read_choices(
    found: pl.Series, choices: Sequence[str], *, expected: str, other: str | None = None
) -> Cells:
    """Read a column whose cells are one of some words, in any case.

    Parameters
    ----------
    other : str, optional
        What a word counts as that is none of the choices; without it such a cell is bad.

    Returns
    -------
    Cells
        Values in lower case, without blanks around them.
    """
    cells = read_texts(found, expected=expected, may_be_empty=True)
    values = cells.values.str.strip_chars().str.to_lowercase()
    n_changed = int((values != cells.values).sum())
    is_unknown = ~values.is_in(list(choices)).fill_null(value=True)
    remarks: tuple[str, ...] = ()
    if n_changed:
        remarks = (f"is written in lower case in {n_rows(n_changed)}",)
    if other is not None and is_unknown.any():
        words = ", ".join(quote(word) for word in values.filter(is_unknown).unique().sort().head(5))
        remarks += (f"is {words} in {n_rows(int(is_unknown.sum()))}: taken as {other}",)
        values, is_unknown = values.set(is_unknown, other), is_unknown & ~is_unknown
    return Cells(values, cells.is_bad | is_unknown, expected, (*cells.remarks, *remarks))


def read_whole(found: pl.Series, *, low: int, high: int, expected: str) -> Cells:
    """Read a column of whole numbers, as numbers or as text."""
    dtype = found.dtype
    if dtype == pl.Null:
        return Cells(found.cast(pl.Int64), found.is_not_null(), expected)
    if dtype in (pl.String, pl.Categorical) or isinstance(dtype, pl.Enum):
        numbers = without_null_words(found.cast(pl.String))
        found = found.cast(pl.String).set(numbers.is_null(), None)
        numbers = numbers.set(
            ~numbers.str.contains(r"^[+-]?\d+(\.0+)?$").fill_null(value=True), None
        )
        values = numbers.str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)
        is_bad = lost(found, values)
    elif dtype.is_numeric():
        values = found.cast(pl.Int64, strict=False)
        is_bad = lost(found, values) | (found != values).fill_null(value=False)
    else:
        return all_bad(found, pl.Int64, expected)
    is_bad |= ~values.is_between(low, high).fill_null(value=True)
    return Cells(values, is_bad, expected)


def read_shares(found: pl.Series, *, expected: str) -> Cells:
    """Read a column of numbers from 0 to 1, as numbers or as text."""
    dtype = found.dtype
    if dtype in (pl.String, pl.Categorical) or isinstance(dtype, pl.Enum):
        texts = without_null_words(found.cast(pl.String))
        found = found.cast(pl.String).set(texts.is_null(), None)
        values = texts.cast(pl.Float64, strict=False)
    elif dtype == pl.Null or dtype.is_numeric():
        values = found.cast(pl.Float64, strict=False)
    else:
        return all_bad(found, pl.Float64, expected)
    is_bad = lost(found, values) | ~values.is_between(0, 1).fill_null(value=True)
    return Cells(values, is_bad, expected)
