"""AM003: whether boosting is worth its trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, passed, tip
from alertmill.checks.differences import difference_to, evidence_of, tell

if TYPE_CHECKING:
    from alertmill.runs import Run


class BetterThanLogistic(Check):
    """A regression on the same features is easier to explain."""

    code = "AM003"
    title = "no better than logistic regression"
    looks_at = "average precision against a logistic regression on the same features"
    advice = "Consider the regression: it is easier to explain and to defend."

    def look(self, run: Run) -> Verdict:
        """Ask on which side of 0 the interval of the difference lies."""
        found = difference_to(run.comparison, "logistic", "test_all")
        evidence = evidence_of(run.comparison, "logistic")
        if found is None or found.ci_low is None or found.ci_high is None:
            return tip(tell(found), evidence)
        if found.ci_high < 0:
            return issue(tell(found), evidence)
        return passed(tell(found), evidence) if found.ci_low > 0 else tip(tell(found), evidence)
