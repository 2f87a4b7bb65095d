"""AM017: whether the scores tell alerts apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, not_applicable, passed, tip
from alertmill.wording import counted, percent

if TYPE_CHECKING:
    from alertmill.runs import Run

MOST, MANY = 0.5, 0.1
"""Share of the test alerts that may have one score: half of them are no order any more, a tenth is
more than a day's queue can take."""


class TiedScores(Check):
    """Alerts of one score are opened in an order that no evidence supports."""

    code = "AM017"
    title = "scores hardly tell alerts apart"
    looks_at = (
        f"share of the test alerts that have the most frequent score; below {percent(MANY, 0)}, "
        f"and below {percent(MOST, 0)} at least"
    )
    advice = (
        "Look whether the features vary and the trees were cut too early; a calibrator that maps "
        "many scores to one leaves plateaus, too."
    )

    def look(self, run: Run) -> Verdict:
        """Count the alerts of the most frequent scores."""
        test = run.predictions.filter(pl.col("split").cast(pl.String) == "test")
        if test.is_empty():
            return not_applicable("the test has no alerts")
        counts = test.group_by("score").agg(n_alerts=pl.len().cast(pl.Int64))
        frequent = counts.sort("n_alerts", "score", descending=True)
        share = frequent["n_alerts"][0] / test.height
        told = (
            f"{counted(frequent.height, 'score')} for {counted(test.height, 'test alert')}; the "
            f"most frequent one has {frequent['n_alerts'][0]:,} of them ({100 * share:.0f} %)"
        )
        evidence = frequent.head(10)
        if frequent.height == 1 or share >= MOST:
            return issue(told, evidence)
        return tip(told, evidence) if share >= MANY else passed(told, evidence)
