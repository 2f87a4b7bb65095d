"""Which types of column can stand for which, and the cast that loses nothing."""

from __future__ import annotations

import polars as pl

from alertmill.errors import Breach
from alertmill.snapshots.contracts.columns import Table
from alertmill.snapshots.contracts.examples import examples_of


def is_same_kind(found: pl.DataType, wanted: pl.DataType) -> bool:
    """Return True if values of one type are meant as values of the other; they may not fit."""
    if found == pl.Null:
        return True
    if isinstance(wanted, pl.List):
        return isinstance(found, pl.List | pl.Array) and _is_same_inner(found, wanted)
    if isinstance(wanted, pl.String):
        return isinstance(found, pl.String | pl.Categorical | pl.Enum)
    if wanted.is_integer():
        return found.is_integer()
    if wanted.is_numeric():
        return found.is_numeric()
    return found == wanted or (wanted == pl.Date and isinstance(found, pl.Datetime))


def _is_same_inner(found: pl.List | pl.Array, wanted: pl.List) -> bool:
    inner, wanted_inner = found.inner, wanted.inner
    return is_same_kind(
        inner if isinstance(inner, pl.DataType) else inner(),
        wanted_inner if isinstance(wanted_inner, pl.DataType) else wanted_inner(),
    )


def conform(table: Table, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Breach]]:
    """Bring the columns of a table into its types; columns without a contract are left out.

    Returns the frame, and what does not fit: a column of another kind, values that the type cannot
    hold. Such values are null in the frame; a caller that finds breaches must not use it.
    """
    kept, breaches = [], []
    for column in table.columns:
        if column.name not in frame.columns:
            if column.is_ours:
                kept.append(
                    pl.Series(column.name, [None], column.dtype).new_from_index(0, frame.height)
                )
            continue
        found = frame[column.name]
        if not is_same_kind(found.dtype, column.dtype):
            rule = f"{column.dtype}, found {found.dtype}"
            breaches.append(Breach(table.name, column.name, rule, 1))
            continue
        values = found.cast(column.dtype, strict=False)
        is_lost = _is_lost(found, values)
        if is_lost.any():
            rule = f"what {column.dtype} can hold"
            examples = examples_of(table.key, frame, column.name, is_lost)
            breaches.append(Breach(table.name, column.name, rule, int(is_lost.sum()), examples))
        kept.append(values)
    return pl.DataFrame(kept), breaches


def _is_lost(found: pl.Series, values: pl.Series) -> pl.Series:
    is_lost = values.is_null() & found.is_not_null()
    if isinstance(found.dtype, pl.Datetime) and values.dtype == pl.Date:
        is_lost |= (values.cast(found.dtype) != found).fill_null(value=False)
    if isinstance(values.dtype, pl.List):
        is_lost |= _nulls_in(values) > _nulls_in(found)
    return is_lost


def _nulls_in(lists: pl.Series) -> pl.Series:
    listed = lists.arr.to_list() if isinstance(lists.dtype, pl.Array) else lists
    return (listed.list.len() - listed.list.drop_nulls().list.len()).fill_null(0)
