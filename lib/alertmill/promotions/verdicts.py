"""What became of a run's model: read from files only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from alertmill.frozen_model import FrozenModel
from alertmill.promotions.decision import PromotionDecision, decision_of
from alertmill.promotions.ledger import PromotionEntry, PromotionLedger
from alertmill.vocabulary import PromotionVerdict

if TYPE_CHECKING:
    from alertmill.runs import Run


class ShownVerdict(FrozenModel):
    """What followed from the decision about a run's model, for readers."""

    verdict: PromotionVerdict
    sentence: str = Field(description="One or two complete sentences.")
    model_id: str
    decided_at: datetime
    actor: str = Field(description="gate, or the name of the person.")

    @property
    def title(self) -> str:
        """The verdict as the name of a state, for example ``Promoted``."""
        return self.verdict.value.capitalize()


def verdict_of(run: Run) -> ShownVerdict | None:
    """Return what became of a run's model; None while its decision was not carried out.

    The latest decision counts: that of the run itself, or what a person decided about the model
    afterwards.

    Raises
    ------
    PromotionLedgerError
        If an entry about the model cannot be read.
    """
    decision = decision_of(run)
    if decision is None:
        return None
    entries = PromotionLedger(run.path.parent).entries(decision.model_id)
    return shown_verdict(decision, run.run_id, entries)


def shown_verdict(
    decision: PromotionDecision, run_id: str, entries: Iterable[PromotionEntry]
) -> ShownVerdict | None:
    """Return what became of a run's model, by entries that were read before.

    Parameters
    ----------
    decision : PromotionDecision
        Decision of the run.
    run_id : str
        The run.
    entries : iterable of PromotionEntry
        Entries of the network in any order; those of other models are left out.
    """
    own = sorted(
        (entry for entry in entries if entry.model_id == decision.model_id),
        key=lambda entry: entry.decided_at,
    )
    carried_out_at = next((entry.decided_at for entry in own if entry.run_id == run_id), None)
    # A person decides about a model, whichever of its runs the entry names.
    relevant = [
        entry
        for entry in own
        if carried_out_at is not None
        and (entry.run_id == run_id or not entry.is_by_gate)
        and entry.decided_at >= carried_out_at
    ]
    return show_entry(relevant[-1]) if relevant else None


def show_entry(entry: PromotionEntry) -> ShownVerdict:
    """Return an entry of the ledger as readers see it."""
    return ShownVerdict(
        verdict=entry.verdict,
        sentence=entry.reason if entry.is_by_gate else _sentence_of_person(entry),
        model_id=entry.model_id,
        decided_at=entry.decided_at,
        actor=entry.actor,
    )


def _sentence_of_person(entry: PromotionEntry) -> str:
    instead = f" in place of {entry.replaced_model_id}" if entry.replaced_model_id else ""
    reason = entry.reason.strip().rstrip(".")
    return f"{entry.verdict.value.capitalize()}{instead} by {entry.actor}: {reason}."
