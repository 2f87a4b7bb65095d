"""AM011: whether anything can be decided on these numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, passed
from alertmill.evaluation.summaries import POPULATION_TITLES

if TYPE_CHECKING:
    from alertmill.runs import Run

WIDEST = 0.3
"""An average precision of 0.5 that may as well be 0.35 or 0.65 orders no staff."""
METRICS = ("average_precision", "precision_at_budget", "recall_at_budget")


class IntervalWidth(Check):
    """A wide interval is a fact about the test, not about the model."""

    code = "AM011"
    title = "interval too wide to decide"
    looks_at = f"width of the 95 % intervals of the headline metrics; at most {WIDEST:g}"
    advice = "Test on more days, or wait for more labels, before deciding by these numbers."

    def look(self, run: Run) -> Verdict:
        """Return the names of the headline metrics whose interval is too wide or missing."""
        table = run.evaluation.table(
            models=("model",), metrics=METRICS, splits=("test_all", "test_new")
        )
        evidence = table.select(
            "split", "metric", "value", "ci_low", "ci_high", "n_positives", "n_addresses", "note"
        )
        widths = (evidence["ci_high"] - evidence["ci_low"]).fill_null(float("inf")).to_numpy()
        wide = evidence.filter(pl.Series(widths > WIDEST))
        if wide.is_empty():
            return passed(f"the widest is {widths.max():.3f} wide", evidence)
        named = [
            f"{metric.replace('_', ' ')} on {POPULATION_TITLES[split]}"
            for split, metric in wide.select("split", "metric").iter_rows()
        ]
        return issue(f"too wide or missing: {', '.join(named)}", evidence)
