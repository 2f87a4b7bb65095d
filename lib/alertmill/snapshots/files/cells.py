"""What becomes of a column when it is read: its values, and which cells cannot be taken."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from alertmill.wording import counted


@dataclass(frozen=True)
class Cells:
    """A column in the type that is stored."""

    values: pl.Series
    """Null where a cell was null, or is bad."""
    is_bad: pl.Series
    """True for a cell that is there and cannot be taken."""
    expected: str
    """What was expected of a bad cell, and how to get it."""
    remarks: tuple[str, ...] = ()
    """What was assumed or changed, with counts; each begins after the name of the column."""


def n_rows(n: int) -> str:
    """Return a number of rows in words that fit it."""
    return counted(n, "row")


def all_bad(found: pl.Series, dtype: pl.DataType | type[pl.DataType], expected: str) -> Cells:
    """Return a column of a type that cannot be taken: every cell that holds something is bad."""
    nulls = pl.Series(found.name, [None], dtype=dtype).new_from_index(0, len(found))
    return Cells(nulls, found.is_not_null(), expected)


def lost(found: pl.Series, values: pl.Series) -> pl.Series:
    """Return True for cells that held something and hold nothing after a conversion."""
    return values.is_null() & found.is_not_null()


NULL_WORDS = ("", "null", "NULL", "None", "NaN", "nan", "NA", "N/A", "<NA>")
"""What exports write into columns of numbers and times for nothing."""


def without_null_words(texts: pl.Series) -> pl.Series:
    """Return text without the blanks around it, null where it is a word for nothing."""
    stripped = texts.str.strip_chars()
    return stripped.set(stripped.is_in(list(NULL_WORDS)).fill_null(value=False), None)
