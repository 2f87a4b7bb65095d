"""Name rows of a frame in a message."""

from __future__ import annotations

import polars as pl

from alertmill.errors.snapshots import quote

EXAMPLES = 5
"""Keys that a breach names."""
_LOOKED_AT = 200
"""Rows among which different keys are sought."""


def examples_of(
    key: tuple[str, ...], frame: pl.DataFrame, column: str, is_broken: pl.Series
) -> tuple[str, ...]:
    """Name some of the broken rows by their key, each with what stands in ``column``."""
    present = [name for name in key if name in frame.columns]
    positions = is_broken.arg_true().head(_LOOKED_AT)
    rows = frame.select(*dict.fromkeys([*present, column]))[positions]
    # Repeated keys stand in several rows, and each is worth one example.
    named = [_example(row, present, column) for row in rows.iter_rows(named=True)]
    return tuple(dict.fromkeys(named))[:EXAMPLES]


def _example(row: dict[str, object], key: list[str], column: str) -> str:
    named = "(" + ", ".join(quote(row[name]) for name in key) + ")"
    return named if column in key else f"{named} has {quote(row[column])}"
