"""Set rows aside that cannot be taken, where a policy allows it, instead of stopping the load."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from alertmill.errors import InputFileError
from alertmill.errors.snapshots import quote
from alertmill.snapshots.files.columns import Reason
from alertmill.snapshots.files.examining import Fault
from alertmill.snapshots.loading import SET_ASIDE_TYPES

_KNOWN_BY = ("tx_id", "asset_symbol", "asset_contract")


@dataclass(frozen=True)
class Divided:
    """Rows of a file that are taken, and those that are set aside."""

    is_taken: pl.Series | None
    """None if all are."""
    set_aside: pl.DataFrame
    """Columns of `SET_ASIDE_TYPES`."""


def divide(
    path: str,
    values: pl.DataFrame,
    faults: Sequence[Fault],
    *,
    policy: frozenset[Reason],
    rows: pl.Series | None = None,
) -> Divided:
    """Divide the rows of a file by its faults; a row counts under its first one.

    Parameters
    ----------
    values : DataFrame
        All rows as they were read.
    policy : frozenset of Reason
        Reasons for which a row may be set aside.
    rows : Series, optional
        Place of each row in the file, if some were left out before.

    Raises
    ------
    InputFileError
        At the first fault that the policy does not cover.
    """
    is_aside = pl.repeat(value=False, n=values.height, eager=True)
    tables = []
    for fault in faults:
        remaining = replace(fault, is_bad=fault.is_bad & ~is_aside)
        if fault.reason not in policy:
            if remaining.n_rows or not values.height:
                raise remaining.error(path, rows)
            continue
        tables.append(_table(path, values, remaining, rows))
        is_aside |= remaining.is_bad
    if not tables:
        return Divided(None, pl.DataFrame(schema=SET_ASIDE_TYPES))
    return Divided(~is_aside, pl.concat(tables))


def _table(path: str, values: pl.DataFrame, fault: Fault, rows: pl.Series | None) -> pl.DataFrame:
    at = fault.is_bad.arg_true()
    found = [quote(value) for value in fault.found.gather(at).to_list()]
    known = {
        name: values[name].gather(at).cast(pl.String).fill_null("")
        if name in values.columns
        else pl.Series([""] * len(at), dtype=pl.String)
        for name in _KNOWN_BY
    }
    reason = fault.reason.value if fault.reason else ""
    frame = pl.DataFrame(
        {
            "source_row": (at if rows is None else rows.gather(at)).cast(pl.UInt64),
            "found": pl.Series(found, dtype=pl.String),
            **known,
        }
    ).with_columns(file=pl.lit(path), reason=pl.lit(reason), column_name=pl.lit(fault.column))
    return frame.select(pl.col(name).cast(kind) for name, kind in SET_ASIDE_TYPES.items())


def check_share(path: str, set_aside: pl.DataFrame, *, n_rows: int, most: float) -> None:
    """Stop where more rows than allowed would be set aside.

    Raises
    ------
    InputFileError
        If their share of all rows is above ``most``.
    """
    if set_aside.height <= most * n_rows:
        return
    raise InputFileError.refused(
        path,
        f"{set_aside.height:,} of {n_rows:,} rows would be set aside ({describe(set_aside)}), "
        f"expected at most a share of {most:g}",
        action="correct the file, or raise --max-set-aside-share",
    )


def describe(set_aside: pl.DataFrame) -> str:
    """Return how many rows each reason has, the most frequent first."""
    counts = Counter(set_aside["reason"].to_list())
    return ", ".join(f"{reason} {n:,}" for reason, n in counts.most_common())
