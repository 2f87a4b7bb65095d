"""AM005: whether the model knows more than addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, passed

if TYPE_CHECKING:
    from alertmill.runs import Run

CHANCE = 0.5


class NewAddresses(Check):
    """A model that remembers addresses fails on those that it has never seen."""

    code = "AM005"
    title = "no better than chance on new addresses"
    looks_at = "ROC AUC on addresses without an alert up to the last validation day"
    advice = "Look for features that name an address rather than what it does, or wait for labels."
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Compare the interval with one half."""
        area = run.evaluation.get("model", "roc_auc", split="test_new")
        evidence = run.evaluation.table(
            models=("model",), metrics=("roc_auc", "average_precision")
        ).select("split", "metric", "value", "ci_low", "ci_high", "n_positives", "n_addresses")
        told = f"ROC AUC {area.text}"
        if area.ci_low is not None and area.ci_low > CHANCE:
            return passed(told, evidence)
        return issue(told, evidence)
