"""Paired differences of the run's comparison, as checks read them."""

from __future__ import annotations

import polars as pl

from alertmill.evaluation.reports import Comparison, PairedDifference

METRIC = "average_precision"


def difference_to(comparison: Comparison, rival: str, split: str) -> PairedDifference | None:
    """Find how much average precision the model has over a rival; None if it was not met."""
    for entry in comparison.differences:
        if (entry.rival, entry.split, entry.metric) == (rival, split, METRIC):
            return entry
    return None


def tell(found: PairedDifference | None) -> str:
    """Put a difference into words."""
    if found is None:
        return "it was not compared"
    if found.difference is None or found.ci_low is None or found.ci_high is None:
        return f"the difference cannot be told: {found.note}"
    tested = "" if found.p_adjusted is None else f", p = {found.p_adjusted:.3f} over all rivals"
    return (
        f"difference in average precision {found.difference:+.3f} "
        f"({found.ci_low:+.3f} to {found.ci_high:+.3f}){tested}"
    )


def evidence_of(comparison: Comparison, rival: str) -> pl.DataFrame:
    """Every difference to a rival: population, metric, both values, difference and interval."""
    return (
        comparison.table()
        .filter(rival=rival)
        .select(
            "split", "metric", "value", "rival_value", "difference", "ci_low", "ci_high",
            "p_adjusted", "note",
        )
    )  # fmt: skip
