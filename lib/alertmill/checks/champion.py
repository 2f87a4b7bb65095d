"""AM004: whether the model may take the champion's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alertmill.checks.check import Check, Verdict, issue, not_applicable, passed
from alertmill.checks.differences import difference_to, evidence_of
from alertmill.evaluation.noninferiority import margin_test
from alertmill.vocabulary import PromotionOutcome

if TYPE_CHECKING:
    from alertmill.runs import Run

_ACCEPTED = (PromotionOutcome.BETTER, PromotionOutcome.NOT_WORSE)


class NoWorseThanChampion(Check):
    """A test of non-inferiority on addresses that neither model has seen."""

    code = "AM004"
    title = "not shown to be as good as the champion"
    looks_at = "average precision against the champion on new addresses, less the margin"
    advice = "Keep the champion, or promote the model by hand with a reason."
    is_blocking = True

    def look(self, run: Run) -> Verdict:
        """Return what the promotion decision of the run says of the same comparison."""
        champion = run.champion
        if champion.model_id is None:
            return not_applicable("there is no champion yet")
        if champion.reason:
            return issue(
                f"undecided: the champion {champion.model_id} cannot be compared, because "
                f"{champion.reason}"
            )
        found = difference_to(run.comparison, "champion", "test_new")
        tested = margin_test(found, margin=run.parameters.promotion.margin)
        evidence = evidence_of(run.comparison, "champion")
        if tested.outcome in _ACCEPTED:
            return passed(tested.text, evidence)
        return issue(tested.text, evidence)
