"""AM004: whether the model may take the champion's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, not_applicable, passed
from alertmill.checks.differences import difference_to, evidence_of, tell

if TYPE_CHECKING:
    from alertmill.runs import Run


class NoWorseThanChampion(Check):
    """A test of non-inferiority on addresses that neither model has seen."""

    code = "AM004"
    title = "worse than the champion"
    looks_at = "average precision against the champion on new addresses, less the margin"
    advice = "Keep the champion, or promote the model by hand with a reason."
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Ask whether the lower end of the difference stays above minus the margin."""
        champion, margin = run.champion, run.parameters.promotion.margin
        if champion.model_id is None:
            return not_applicable("there is no champion yet")
        if champion.reason:
            return issue(f"{champion.model_id} was not met: {champion.reason}")
        found = difference_to(run.comparison, "champion", "test_new")
        told = f"{tell(found)}; margin {margin:g}"
        evidence = evidence_of(run.comparison, "champion")
        if found is not None and found.ci_low is not None and found.ci_low >= -margin:
            return passed(told, evidence)
        return issue(told, evidence)
