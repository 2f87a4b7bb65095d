"""Conditions on the columns of an address, as data: what flags and alert rules are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

REFERENCE_WINDOW_DAYS = 7
"""Window for which the thresholds are written; counts and sums grow with its square root."""

Comparison = Literal[">=", "<=", "<"]


@dataclass(frozen=True)
class Term:
    """One condition; a null value never meets it."""

    column: str
    threshold: float
    comparison: Comparison = ">="
    scales: bool = False
    """True if the threshold is a count or sum, and grows with the square root of the window."""
    percentile: float | None = None
    """Of the column within the snapshot: raises the threshold where the snapshot demands it."""


def counted(column: str, threshold: float, comparison: Comparison = ">=") -> Term:
    """Compare a count or sum: the threshold grows with the window."""
    return Term(column, threshold, comparison, scales=True)


def condition(term: Term, window_days: int) -> pl.Expr:
    """Return True if the term holds; null counts as no."""
    value, threshold = _value(term), _threshold(term, window_days)
    if term.comparison == ">=":
        held = value >= threshold
    elif term.comparison == "<=":
        held = value <= threshold
    else:
        held = value < threshold
    return held.fill_null(value=False)


def surplus(term: Term, window_days: int) -> pl.Expr:
    """Excess over the threshold relative to it, clipped to 0..1 (1 = twice the threshold)."""
    value, threshold = _value(term), _threshold(term, window_days)
    ratio = value / threshold - 1 if term.comparison == ">=" else 1 - value / threshold
    # A flag that must be false has the threshold 0, and no more to say.
    return pl.when(threshold > 0).then(ratio.clip(0, 1)).otherwise(0.0).fill_null(0.0)


def _value(term: Term) -> pl.Expr:
    return pl.col(term.column).cast(pl.Float64)


def _threshold(term: Term, window_days: int) -> pl.Expr:
    scale = (window_days / REFERENCE_WINDOW_DAYS) ** 0.5 if term.scales else 1.0
    threshold = pl.lit(term.threshold * scale)
    if term.percentile is None:
        return threshold
    return pl.max_horizontal(threshold, _value(term).quantile(term.percentile, "nearest"))
