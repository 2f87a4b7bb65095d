"""Runs that housekeeping leaves alone, whatever their age."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from alertmill.housekeeping.inventory import StoredRun
from alertmill.promotions import PromotionEntry
from alertmill.removals import RunState, recorded_removal
from alertmill.runs import manifest_digest
from alertmill.vocabulary import PromotionVerdict

QUIET = timedelta(days=1)
"""A run that was written to within this time may be at work."""

_Kind = tuple[str, int]


@dataclass(frozen=True)
class ModelDecision:
    """A decision about a model, from the ledger or from the table of promotions."""

    decided_at: datetime
    model_type: str
    window_days: int
    model_id: str
    verdict: PromotionVerdict

    @property
    def kind(self) -> _Kind:
        """Models of a kind have one champion."""
        return self.model_type, self.window_days


def decisions_of_ledger(entries: Iterable[PromotionEntry]) -> list[ModelDecision]:
    """Return the decisions of the ledger's files."""
    return [
        ModelDecision(e.decided_at, e.model_type, e.window_days, e.model_id, e.verdict)
        for e in entries
    ]


def decisions_of_table(promotions: pl.DataFrame) -> list[ModelDecision]:
    """Return the decisions among rows of promotions."""
    columns = ("decided_at", "model_type", "window_days", "model_id", "decision")
    rows = promotions.select(columns).iter_rows()
    return [
        ModelDecision(at, model_type, window_days, model_id, PromotionVerdict(verdict))
        for at, model_type, window_days, model_id, verdict in rows
    ]


def protected_models(
    decisions: Sequence[ModelDecision], *, keep_former_champions: bool
) -> dict[str, str]:
    """Return why the runs of some models are kept, by model id.

    Kept are the champion of each kind, a model that waits for a person, and former champions if
    asked for. A proposal lapses when another model becomes the champion of its kind.
    """
    ordered = sorted(decisions, key=lambda decision: decision.decided_at)
    promoted = [d for d in ordered if d.verdict is PromotionVerdict.PROMOTED]
    crowned: dict[_Kind, ModelDecision] = {d.kind: d for d in promoted}
    reasons = {d.model_id: "its model was once the champion" for d in promoted}
    if not keep_former_champions:
        reasons.clear()
    for last in {d.model_id: d for d in ordered}.values():
        champion = crowned.get(last.kind)
        is_open = champion is None or last.decided_at > champion.decided_at
        if last.verdict is PromotionVerdict.PROPOSED and is_open:
            reasons[last.model_id] = "its model is proposed; promote or reject it"
    return reasons | {d.model_id: "its model is the champion" for d in crowned.values()}


def protections_of(
    runs: Sequence[StoredRun],
    models: Mapping[str, str],
    *,
    approved: Collection[str] = (),
    now: datetime,
) -> dict[Path, str]:
    """Return why runs of one network are kept, by their folders.

    Parameters
    ----------
    runs : sequence of StoredRun
        All runs of the network.
    models : mapping of str to str
        Reasons by model id, as from `protected_models`.
    approved : collection of str
        Digests of manifests that a person approved.
    now : datetime
        With a time zone.
    """
    found = {run.path: _reason(run, models, approved, now=now) for run in runs}
    finished = [run for run in runs if run.is_finished]
    if finished:
        newest = max(finished, key=lambda run: run.run_id)
        found[newest.path] = found[newest.path] or "the newest finished run of the network"
    return {path: reason for path, reason in found.items() if reason}


def _reason(
    run: StoredRun, models: Mapping[str, str], approved: Collection[str], *, now: datetime
) -> str | None:
    if run.model_id is not None and run.model_id in models:
        return models[run.model_id]
    if approved and manifest_digest(run.path) in approved:
        return "a person approved it"
    if run.state is RunState.UNREADABLE:
        return "its parameters cannot be read; a person must look at it"
    if now - run.last_written_at < QUIET:
        return "written to within the last 24 hours"
    restored = recorded_removal(run.path)
    if restored is not None:
        return f"restored after its removal on {restored.removed_at:%Y-%m-%d}"
    return None
