"""Name the rows of a file that stand more than once."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from alertmill.errors import InputFileError


def doubled_rows(
    frame: pl.DataFrame, key: Sequence[str], *, path: str, remedy: str
) -> InputFileError | None:
    """Return an error that names the first two rows with the same key, or None.

    Parameters
    ----------
    frame : DataFrame
        Rows in the order of the file.
    key : sequence of str
        Columns whose values together may stand once.
    """
    numbered = frame.select(*key).with_row_index("row")
    doubled = numbered.filter(pl.struct(key).is_duplicated())
    if doubled.is_empty():
        return None
    first = doubled.row(0, named=True)
    same = doubled.filter(pl.all_horizontal(pl.col(name) == first[name] for name in key))
    n_more = doubled.height - doubled.select(key).n_unique()
    return InputFileError.doubled(
        path,
        key=key,
        rows=(first["row"], same["row"][1]),
        values=[first[name] for name in key],
        n_rows=n_more,
        remedy=remedy,
    )
