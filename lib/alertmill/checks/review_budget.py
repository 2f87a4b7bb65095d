"""AM018: whether the review budget leaves anything out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, not_applicable, passed, tip
from alertmill.wording import counted

if TYPE_CHECKING:
    from alertmill.runs import Run

MOST_DAYS = 0.5


class ReviewBudget(Check):
    """Where the budget opens every alert of a day, every order finds all true ones."""

    code = "AM018"
    title = "review budget is not below the alerts of a day"
    looks_at = "test days with no more alerts than the review budget opens"
    advice = (
        "Lower review_budget below the alerts of a day: precision and recall at the budget say "
        "nothing about the order on the days that are opened whole."
    )

    def look(self, run: Run) -> Verdict:
        """Count the test days that the budget opens whole."""
        test = run.predictions.filter(pl.col("split").cast(pl.String) == "test")
        if test.is_empty():
            return not_applicable("the test has no alerts")
        budget = run.evaluation.review_budget
        a_day = test.group_by("processing_date").agg(n_alerts=pl.len().cast(pl.Int64))
        evidence = a_day.sort("processing_date")
        n_whole = evidence.filter(pl.col("n_alerts") <= budget).height
        told = (
            f"a budget of {counted(budget, 'alert')} opens {n_whole} of "
            f"{counted(evidence.height, 'test day')} whole"
        )
        if n_whole >= MOST_DAYS * evidence.height:
            return issue(told, evidence)
        return tip(told, evidence) if n_whole else passed(told, evidence)
