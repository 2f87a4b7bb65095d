"""AM002: whether the model is worth having."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, passed
from alertmill.checks.differences import difference_to, evidence_of, tell
from alertmill.evaluation.reports import Standing

if TYPE_CHECKING:
    from alertmill.runs import Run


class BetterThanRule(Check):
    """Whoever cannot beat severity and volume needs no model."""

    code = "AM002"
    title = "no better than the rule"
    looks_at = "average precision against severity and volume, on all test addresses"
    advice = "Add labels or features, or keep the rule; more tuning rarely helps here."
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Return what report 06 decides of the same comparison, over all rivals."""
        found = difference_to(run.comparison, "rule", "test_all")
        evidence = evidence_of(run.comparison, "rule")
        if found is not None and found.standing is Standing.BETTER:
            return passed(tell(found), evidence)
        return issue(tell(found), evidence)
