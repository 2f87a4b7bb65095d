"""Name rows of a frame in a message."""

from __future__ import annotations

import polars as pl

from alertmill.errors.snapshots import quote

EXAMPLES = 5
"""Keys that a breach names."""
_LOOKED_AT = 200
"""Rows among which different keys are sought."""


def examples_of(
    key: tuple[str, ...], frame: pl.DataFrame, column: str, is_broken: pl.Series | None = None
) -> tuple[str, ...]:
    """Return some broken rows as text, all if not told, by key and what stands in ``column``."""
    present = [name for name in key if name in frame.columns]
    rows = frame.select(*dict.fromkeys([*present, column]))
    if is_broken is not None:
        rows = rows[is_broken.arg_true().head(_LOOKED_AT)]
    # Repeated keys stand in several rows, and each is worth one example.
    named = [_example(row, present, column) for row in rows.head(_LOOKED_AT).rows(named=True)]
    return tuple(dict.fromkeys(named))[:EXAMPLES]


def _example(row: dict[str, object], key: list[str], column: str) -> str:
    named = "(" + ", ".join(quote(row[name]) for name in key) + ")"
    return named if column in key else f"{named} has {quote(row[column])}"
