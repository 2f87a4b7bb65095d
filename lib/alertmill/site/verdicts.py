"""What became of the runs of a network, from the files beside them: promotions and removals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from alertmill.promotions import LEDGER_FOLDER, PromotionEntry, shown_verdict
from alertmill.removals import REMOVALS_FOLDER, Removal
from alertmill.site.ledgers import LedgerFolder
from alertmill.site.records import RegistrationRecord
from alertmill.site.summaries import (
    NO_VERDICT,
    RunFacts,
    RunState,
    RunSummary,
    Verdict,
    started_at,
)


class NetworkLedgers:
    """Promotions and removals of one network.

    Parameters
    ----------
    root : Path
        Folder of all runs.
    network : str
        Name of the network's folder.
    """

    def __init__(self, root: Path, network: str) -> None:
        self._promotions = LedgerFolder(root, network, LEDGER_FOLDER, PromotionEntry)
        self._removals = LedgerFolder(root, network, REMOVALS_FOLDER, Removal)
        self._entries: dict[str, list[PromotionEntry]] = {}
        self._removal_of: dict[str, Removal] = {}

    def refresh(self) -> bool:
        """Read what is new; return True if something changed."""
        is_promotion_new, is_removal_new = self._promotions.refresh(), self._removals.refresh()
        if is_promotion_new:
            grouped: defaultdict[str, list[PromotionEntry]] = defaultdict(list)
            for entry in self._promotions.entries:
                grouped[entry.model_id].append(entry)
            self._entries = dict(grouped)
        if is_removal_new:
            self._removal_of = {removal.run_id: removal for removal in self._removals.entries}
        return is_promotion_new or is_removal_new

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Paths below the root of files that cannot be read."""
        return (*self._promotions.unreadable, *self._removals.unreadable)

    def show(self, facts: RunFacts) -> RunSummary:
        """Return the summary of a run with its verdict; of a removed one with the record."""
        summary = facts.summary
        changes: dict[str, object] = {"verdict": self._verdict(facts)}
        removal = self._removal_of.get(summary.run_id)
        if removal is not None and not facts.is_whole:
            changes |= {"state": RunState.REMOVED, "reason": removal.sentence}
        return summary.model_copy(update=changes)

    def removed_without_folder(self, run_ids: Iterable[str]) -> list[RunSummary]:
        """Return the removed runs of which no folder is left.

        Parameters
        ----------
        run_ids : iterable of str
            Names of the folders that are there.
        """
        there = set(run_ids)
        return [_removed(r) for run_id, r in self._removal_of.items() if run_id not in there]

    def _verdict(self, facts: RunFacts) -> Verdict:
        decision = facts.decision
        if decision is None:
            return Verdict(verdict=NO_VERDICT, sentence=_why_undecided(facts))
        entries = self._entries.get(decision.model_id, ())
        shown = shown_verdict(decision, facts.summary.run_id, entries)
        if shown is None:
            text = f"The decision was not carried out yet. {decision.sentence}"
            return Verdict(verdict=NO_VERDICT, sentence=text)
        return Verdict(
            verdict=shown.verdict.value,
            sentence=shown.sentence,
            decided_at=shown.decided_at,
            actor=shown.actor,
        )


def _removed(removal: Removal) -> RunSummary:
    return RunSummary(
        network=removal.network,
        run_id=removal.run_id,
        state=RunState.REMOVED,
        reason=removal.sentence,
        started_at=started_at(removal.run_id),
        start_date=removal.start_date,
        end_date=removal.end_date,
        model_type=removal.model_type,
        verdict=Verdict(verdict=NO_VERDICT, sentence="The run's folder was removed."),
    )


def _why_undecided(facts: RunFacts) -> str:
    state = facts.summary.state
    if state is RunState.FAILED:
        return "The run failed before it decided about its model."
    if state is RunState.FINISHED:
        return f"The run wrote no decision. {_registered(facts.registration)}".strip()
    if state is RunState.UNFINISHED:
        return "The run is unfinished."
    return "The run cannot be read."


def _registered(registration: RegistrationRecord | None) -> str:
    """Write whether the run's model became the champion, as runs recorded it before decisions."""
    if registration is None or registration.is_promoted is None:
        return ""
    reason = registration.reason.rstrip(".")
    done = "made the champion" if registration.is_promoted else "not made the champion"
    return f"Its model was {done}: {reason}." if reason else f"Its model was {done}."
