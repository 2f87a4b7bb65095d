"""Decide about the model of a run: by its checks, its evidence and its comparison."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from alertmill.evaluation.check_results import CheckReport, CheckResult
from alertmill.evaluation.noninferiority import margin_test
from alertmill.evaluation.reports import PairedDifference
from alertmill.parameters import PromotionParameters
from alertmill.promotions.decision import Difference, PromotionDecision
from alertmill.training.registry.champions import ChampionReport
from alertmill.vocabulary import PromotionOutcome

if TYPE_CHECKING:
    from alertmill.runs import Run

COMPARISON_CHECK = "AM004"
"""The check that compares with the champion, on the terms of this decision."""


@dataclass(frozen=True)
class PromotionCase:
    """Everything that a decision rests on."""

    parameters: PromotionParameters
    model_id: str
    fitted_until: date | None
    champion: ChampionReport
    champion_fitted_until: date | None
    checks: CheckReport
    found: PairedDifference | None
    """Average precision against the champion on new addresses; None if not compared."""
    n_confirmed_addresses: int
    """New test addresses with a confirmed alert."""
    n_resamples: int

    @classmethod
    def of(cls, run: Run) -> PromotionCase:
        """Read a run that has been checked.

        Raises
        ------
        UnfinishedRunError
            If a stage up to the checks has not finished.
        """
        metadata, champion = run.model.metadata, run.champion
        sizes = {size.split: size.n_positive_addresses for size in run.evaluation.populations}
        return cls(
            parameters=run.parameters.promotion,
            model_id=metadata.model_id,
            fitted_until=metadata.training_end,
            champion=champion,
            champion_fitted_until=_champion_fitted_until(run),
            checks=run.checks,
            found=_difference_of(run),
            n_confirmed_addresses=sizes.get("test_new", 0),
            n_resamples=run.parameters.computing.n_bootstrap,
        )

    @property
    def is_fresher(self) -> bool:
        """True if the model was fitted on later days than the champion."""
        own, other = self.fitted_until, self.champion_fitted_until
        return own is not None and other is not None and own > other


def decide(case: PromotionCase) -> PromotionDecision:
    """Decide about a model; the first of these that holds is the outcome.

    The model is the champion itself: same model. A blocking check other than the comparison finds
    an issue: blocked. Too few confirmed addresses or resamples: undecided. No champion: first. Then
    the comparison decides: a better model is recommended; one that is not worse is recommended if
    it was fitted on later days than the champion; all others are not, unless the comparison's
    check is muted.
    """
    outcome, is_recommended, reason = _decide(case)
    return PromotionDecision(
        outcome=outcome,
        is_recommended=is_recommended,
        mode=case.parameters.mode,
        model_id=case.model_id,
        fitted_until=case.fitted_until,
        champion_id=case.champion.model_id,
        champion_fitted_until=case.champion_fitted_until,
        margin=case.parameters.margin,
        difference=_interval_of(case.found),
        n_confirmed_addresses=case.n_confirmed_addresses,
        n_resamples=case.n_resamples,
        blocking=tuple(result.code for result in _objections(case)),
        sentence=f"{reason[0].upper()}{reason[1:].rstrip('.')}.",
    )


def _decide(case: PromotionCase) -> tuple[PromotionOutcome, bool, str]:
    if case.model_id == case.champion.model_id:
        return (
            PromotionOutcome.SAME_MODEL,
            False,
            f"the run reproduced the champion {case.model_id}",
        )
    if objections := _objections(case):
        return PromotionOutcome.BLOCKED, False, _objection_text(objections)
    if lack := _lack_of_evidence(case):
        return PromotionOutcome.UNDECIDED, False, f"undecided: {lack}"
    if case.champion.model_id is None:
        return PromotionOutcome.FIRST, True, f"there is no champion yet, and {case.checks.reason}"
    return _compare(case)


def _compare(case: PromotionCase) -> tuple[PromotionOutcome, bool, str]:
    if case.champion.reason:
        outcome = PromotionOutcome.UNDECIDED
        reason = (
            f"undecided: the champion {case.champion.model_id} cannot be compared, because "
            f"{case.champion.reason}"
        )
    else:
        tested = margin_test(case.found, margin=case.parameters.margin)
        outcome, reason = tested.outcome, tested.text
    if outcome is PromotionOutcome.BETTER:
        return outcome, True, reason
    if outcome is PromotionOutcome.NOT_WORSE:
        return outcome, case.is_fresher, f"{reason}; {_age_text(case)}"
    if muted := _muting(case):
        return outcome, True, f"{reason}; {COMPARISON_CHECK} is muted: {muted}"
    return outcome, False, reason


def _age_text(case: PromotionCase) -> str:
    if None in (case.fitted_until, case.champion_fitted_until):
        return "which of the two was fitted on later days is not known"
    days = f"up to {case.fitted_until}, the champion up to {case.champion_fitted_until}"
    return f"fitted on {'later' if case.is_fresher else 'no later'} days ({days})"


def _objections(case: PromotionCase) -> tuple[CheckResult, ...]:
    return tuple(result for result in case.checks.blocking if result.code != COMPARISON_CHECK)


def _objection_text(objections: tuple[CheckResult, ...]) -> str:
    named = "; ".join(f"{result.code} {result.title} ({result.told})" for result in objections)
    if len(objections) == 1:
        return f"one check objects: {named}"
    return f"{len(objections)} checks object: {named}"


def _lack_of_evidence(case: PromotionCase) -> str:
    """Return what there is too little of; empty if there is enough."""
    least = case.parameters
    lacks = []
    if (n := case.n_confirmed_addresses) < least.min_confirmed_addresses:
        addresses = "address has" if n == 1 else "addresses have"
        lacks.append(
            f"only {n} new test {addresses} a confirmed alert "
            f"(at least {least.min_confirmed_addresses} needed)"
        )
    if case.n_resamples < least.min_resamples:
        lacks.append(
            f"the interval rests on {case.n_resamples} resamples "
            f"(at least {least.min_resamples} needed)"
        )
    return ", and ".join(lacks)


def _muting(case: PromotionCase) -> str:
    reasons = (r.muted_because for r in case.checks.results if r.code == COMPARISON_CHECK)
    return next(reasons, "")


def _interval_of(found: PairedDifference | None) -> Difference | None:
    if found is None or found.difference is None or found.ci_low is None or found.ci_high is None:
        return None
    return Difference(value=found.difference, ci_low=found.ci_low, ci_high=found.ci_high)


def _difference_of(run: Run) -> PairedDifference | None:
    for entry in run.comparison.differences:
        if (entry.rival, entry.split, entry.metric) == (
            "champion", "test_new", "average_precision"
        ):  # fmt: skip
            return entry
    return None


def _champion_fitted_until(run: Run) -> date | None:
    found = run.registered_models.filter(model_id=run.champion.model_id or "")
    return found["training_end_date"][0] if found.height else None
