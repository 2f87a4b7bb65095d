"""What follows from the decision of a run, given the champion and what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alertmill.promotions.decision import PromotionDecision
from alertmill.promotions.ledger import PromotionEntry
from alertmill.vocabulary import PromotionMode, PromotionOutcome, PromotionVerdict


@dataclass(frozen=True)
class Consequence:
    """What follows, and why."""

    verdict: PromotionVerdict
    sentence: str
    """Complete sentences, for readers."""


def consequence_of(
    decision: PromotionDecision,
    *,
    champion_id: str | None,
    rejection: PromotionEntry | None,
    obstacles: Sequence[str] = (),
) -> Consequence:
    """Return what follows from a decision.

    Only a recommended model is promoted or proposed, only if the champion is still the one that it
    was compared with, and never one that a person has rejected.

    Parameters
    ----------
    decision : PromotionDecision
        Decision of the run.
    champion_id : str or None
        Champion now.
    rejection : PromotionEntry or None
        Last decision of a person about the model, if it was a rejection.
    obstacles : sequence of str
        What the review of the run holds against a promotion: it is only proposed then.
    """
    if decision.model_id == champion_id:
        return Consequence(PromotionVerdict.KEPT, _same_text(decision))
    stays = f"The champion {champion_id} stays." if champion_id else "There is still no champion."
    if decision.mode is PromotionMode.OFF:
        switched_off = "Nothing follows, because promotion.mode is off."
        return _consequence(PromotionVerdict.KEPT, decision.sentence, switched_off, stays)
    if rejection is not None:
        return _consequence(PromotionVerdict.REJECTED, _rejection_text(rejection), stays)
    return _follow(decision, champion_id, stays, obstacles)


def _follow(
    decision: PromotionDecision, champion_id: str | None, stays: str, obstacles: Sequence[str]
) -> Consequence:
    if decision.champion_id != champion_id:
        changed = _change_text(decision, champion_id)
        return _consequence(PromotionVerdict.KEPT, decision.sentence, changed, stays)
    if not decision.is_recommended:
        return _consequence(_not_recommended(decision), decision.sentence, stays)
    if decision.mode is PromotionMode.PROPOSE or obstacles:
        waits = f"Its review comes first: {'; '.join(obstacles)}. " if obstacles else ""
        asked = (
            f"{waits}A person decides: alertmill promote or alertmill reject {decision.model_id}."
        )
        return _consequence(PromotionVerdict.PROPOSED, decision.sentence, asked)
    instead = f", in place of {champion_id}" if champion_id else ""
    promoted = f"{decision.model_id} is the champion now{instead}."
    return _consequence(PromotionVerdict.PROMOTED, decision.sentence, promoted)


def _consequence(verdict: PromotionVerdict, *sentences: str) -> Consequence:
    return Consequence(verdict, " ".join(sentences))


def _not_recommended(decision: PromotionDecision) -> PromotionVerdict:
    is_undecided = decision.outcome is PromotionOutcome.UNDECIDED
    return PromotionVerdict.UNDECIDED if is_undecided else PromotionVerdict.KEPT


def _same_text(decision: PromotionDecision) -> str:
    if decision.outcome is PromotionOutcome.SAME_MODEL:
        return f"{decision.sentence} Nothing changes."
    return f"{decision.model_id} has become the champion meanwhile. Nothing changes."


def _rejection_text(rejection: PromotionEntry) -> str:
    return (
        f"The same model was rejected by {rejection.actor} on {rejection.decided_at:%Y-%m-%d}: "
        f"{rejection.reason.strip().rstrip('.')}."
    )


def _change_text(decision: PromotionDecision, champion_id: str | None) -> str:
    then, now = decision.champion_id or "none", champion_id or "none"
    return (
        f"The champion has changed since the run began (then {then}, now {now}), so nothing "
        "follows; train again to compare with the present one."
    )
