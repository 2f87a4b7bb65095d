"""AM010: whether the model knows its training rows by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, passed, tip

if TYPE_CHECKING:
    from alertmill.runs import Run

LARGE_GAP, LARGEST_GAP = 0.1, 0.2
"""Of ROC AUC. Boosted trees rank their own training rows well even when they generalise, so a gap
alone is no proof; one of 0.2 means that most of what was learned does not hold elsewhere."""


class Overfitting(Check):
    """Compare what the trees reach on their own rows with what they reach on later ones."""

    code = "AM010"
    title = "overfitting gap"
    looks_at = (
        "ROC AUC on training rows less that on validation rows, at the chosen number of trees"
    )
    advice = "Try fewer leaves, more rows a leaf or stronger penalties; see the training curve."

    def look(self, run: Run) -> Verdict:
        """Measure the gap where early stopping stopped."""
        best = run.model.metadata.best_iteration
        at_best = run.training_curve.filter(iteration=best, metric="auc")
        by_split = dict(at_best.select("split", "value").iter_rows())
        gap = by_split["train"] - by_split["validation"]
        told = (
            f"{by_split['train']:.3f} on training rows, {by_split['validation']:.3f} on "
            f"validation rows, after {best} trees"
        )
        evidence = run.training_curve.filter(pl.col("iteration") == best)
        if gap > LARGEST_GAP:
            return issue(told, evidence)
        return tip(told, evidence) if gap > LARGE_GAP else passed(told, evidence)
