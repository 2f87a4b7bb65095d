"""AM003: whether boosting is worth its trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, passed, tip
from alertmill.checks.differences import difference_to, evidence_of, tell
from alertmill.evaluation.reports import Standing

if TYPE_CHECKING:
    from alertmill.runs import Run


class BetterThanLogistic(Check):
    """A regression on the same features is easier to explain."""

    code = "AM003"
    title = "no better than logistic regression"
    looks_at = "average precision against a logistic regression on the same features"
    advice = "Consider the regression: it is easier to explain and to defend."

    def look(self, run: Run) -> Verdict:
        """Return what report 06 decides of the same comparison, over all rivals."""
        found = difference_to(run.comparison, "logistic", "test_all")
        evidence = evidence_of(run.comparison, "logistic")
        standing = None if found is None else found.standing
        if standing is Standing.WORSE:
            return issue(tell(found), evidence)
        is_better = standing is Standing.BETTER
        return passed(tell(found), evidence) if is_better else tip(tell(found), evidence)
