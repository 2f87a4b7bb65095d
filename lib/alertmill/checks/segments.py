"""AM007: whether there is a part of the alerts on which the model fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, not_applicable, passed, tip
from alertmill.evaluation.repeats import FIRST_OR_CHANGED
from alertmill.evaluation.reports import ALL_SEGMENTS, MetricValue

if TYPE_CHECKING:
    from alertmill.runs import Run


class WeakSegments(Check):
    """Below the floor in a segment is an issue, well below the whole a tip."""

    code = "AM007"
    title = "weak segment"
    looks_at = (
        "ROC AUC of every segment of the test with enough confirmed alerts, against "
        "promotion.segment_roc_auc"
    )
    advice = "Review that segment by other means, or give it features of its own."
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Compare the interval of every segment with the minimum."""
        areas = [
            entry
            for entry in run.evaluation.metrics
            if entry.model == "model"
            and entry.metric == "roc_auc"
            and entry.segment not in (ALL_SEGMENTS, FIRST_OR_CHANGED)
            and entry.ci_high is not None
        ]
        if not areas:
            return not_applicable("no segment holds enough confirmed alerts to be measured")
        evidence = run.evaluation.table(
            models=("model",), metrics=("roc_auc",), splits=("test_all",), segment=None
        ).select("segment", "value", "ci_low", "ci_high", "n_rows", "n_positives", "note")
        whole = run.evaluation.get("model", "roc_auc")
        floor = run.parameters.promotion.segment_roc_auc
        if below := [entry for entry in areas if _ends_below(entry, floor)]:
            return issue(f"below the floor of {floor:g}: {_tell(below)}", evidence)
        if weak := [entry for entry in areas if _ends_below(entry, whole.ci_low)]:
            return tip(f"well below all alerts ({whole.text}): {_tell(weak)}", evidence)
        return passed(
            f"none of {len(areas)} segments that could be measured; floor {floor:g}", evidence
        )


def _ends_below(entry: MetricValue, limit: float | None) -> bool:
    return entry.ci_high is not None and limit is not None and entry.ci_high < limit


def _tell(entries: list[MetricValue]) -> str:
    return ", ".join(f"{entry.segment} {entry.text}" for entry in entries)
