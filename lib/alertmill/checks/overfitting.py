"""AM010: whether the model knows its training rows by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from alertmill.checks.check import Check, Verdict, issue, passed, tip

if TYPE_CHECKING:
    from alertmill.runs import Run

LARGE_GAPS = {"auc": 0.1, "average_precision": 0.2}
LARGEST_GAPS = {"auc": 0.2, "average_precision": 0.4}
"""Boosted trees rank their own training rows well even when they generalise, so a gap alone is no
proof; one this large means that most of what was learned does not hold elsewhere. Average precision
on training rows comes near to 1 sooner than ROC AUC, so it may differ by twice as much."""
_TITLES = {"auc": "ROC AUC", "average_precision": "average precision"}


class Overfitting(Check):
    """Compare what the trees reach on their own rows with what they reach on later ones."""

    code = "AM010"
    title = "overfitting gap"
    looks_at = (
        "ROC AUC and average precision on training rows less those on validation rows, at the "
        "chosen number of trees"
    )
    advice = "Try fewer leaves, more rows a leaf or stronger penalties; see the training curve."

    def look(self, run: Run) -> Verdict:
        """Measure the gaps where early stopping stopped; the worse one decides."""
        best = run.model.metadata.best_iteration
        evidence = run.training_curve.filter(pl.col("iteration") == best)
        reached = {
            (metric, split): value
            for metric, split, value in evidence.select("metric", "split", "value").iter_rows()
        }
        told = f"after {best} trees " + ", ".join(
            f"{title} {reached[metric, 'train']:.3f} on training and "
            f"{reached[metric, 'validation']:.3f} on validation rows"
            for metric, title in _TITLES.items()
        )
        gaps = {m: reached[m, "train"] - reached[m, "validation"] for m in _TITLES}
        if any(gap > LARGEST_GAPS[metric] for metric, gap in gaps.items()):
            return issue(told, evidence)
        if any(gap > LARGE_GAPS[metric] for metric, gap in gaps.items()):
            return tip(told, evidence)
        return passed(told, evidence)
