"""Carry out decisions: those of runs, and those of people, in the ledger and in the table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from pydantic import JsonValue

from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import SignedLedger
from alertmill.errors import ConfigurationError, ModelNotFoundError, ReviewRefusedError
from alertmill.promotions.consequences import consequence_of
from alertmill.promotions.decision import PromotionDecision
from alertmill.promotions.ledger import GATE, PromotionEntry, PromotionLedger
from alertmill.promotions.table import restore_promotions
from alertmill.reviews import ReviewStanding, ReviewTerms, standing_of
from alertmill.runs import manifest_digest
from alertmill.storage import Client
from alertmill.storage.registry import fetch_trained_models
from alertmill.training.registry.registered import registered_champion
from alertmill.vocabulary import PromotionVerdict


class PromotionRegistry:
    """Who is champion, and the decisions that make one.

    Every decision is a file of the ledger first, then it is signed, then it is a row of the table.

    Parameters
    ----------
    client : Client
        Connected to the database of a network.
    ledger : PromotionLedger
        Ledger of the same network.
    signed : SignedLedger
        Of the runs folder that holds the ledger.
    terms : ReviewTerms
        Approvals that a promotion needs.
    """

    def __init__(
        self, client: Client, ledger: PromotionLedger, signed: SignedLedger, terms: ReviewTerms
    ) -> None:
        self._client = client
        self._ledger = ledger
        self._signed = signed
        self._terms = terms

    def carry_out(
        self, decision: PromotionDecision, *, run_id: str, evidence: JsonValue
    ) -> PromotionEntry:
        """Carry out the decision of a run; a second time changes nothing.

        What would be promoted is proposed instead while its review stands against it.

        Parameters
        ----------
        decision : PromotionDecision
            Decision of the run.
        run_id : str
            The run.
        evidence : JsonValue
            Kept with the entry.

        Raises
        ------
        ModelNotFoundError
            If the model is not registered, or not of this run.
        """
        restore_promotions(self._client, self._ledger)
        model = self._registered(decision.model_id, run_id=run_id)
        entries = self._ledger.entries(decision.model_id)
        own = [entry for entry in entries if entry.is_by_gate and entry.run_id == run_id]
        if own:
            self._sign(own[0])
            return own[0]
        champion_id = self._champion_of(model)
        consequence = consequence_of(
            decision,
            champion_id=champion_id,
            rejection=_standing_rejection(entries),
            obstacles=self._standing_of(run_id).obstacles,
        )
        return self._enter(
            model,
            consequence.verdict,
            replaced=champion_id,
            actor=GATE,
            reason=consequence.sentence,
            evidence=evidence,
        )

    def promote(self, model_id: str, *, actor: str, reason: str) -> PromotionEntry:
        """Make a model the champion because a person says so.

        Parameters
        ----------
        model_id : str
            A registered model; of a model that several runs made, the newest run is entered.
        actor : str
            Name of the person.
        reason : str
            Kept as it is.

        Raises
        ------
        ModelNotFoundError
            If the model is not registered.
        ConfigurationError
            If name or reason is empty, or the model is the champion already.
        ReviewRefusedError
            If a blocking finding about its run is open, or an approval is missing.
        ReviewLedgerError
            If what reviewers said of its run cannot be read.
        """
        model, champion_id = self._by_person(model_id, actor=actor, reason=reason)
        if champion_id == model_id:
            raise ConfigurationError(f"{model_id} is the champion already; nothing was changed.")
        run_id = str(model["run_id"][0])
        if obstacles := self._standing_of(run_id).obstacles:
            raise ReviewRefusedError.of_promotion(model_id, self._run_dir(run_id), obstacles)
        return self._enter(
            model,
            PromotionVerdict.PROMOTED,
            replaced=champion_id,
            actor=actor,
            reason=reason,
            evidence=_metrics_of(model),
        )

    def reject(self, model_id: str, *, actor: str, reason: str) -> PromotionEntry:
        """Decide against a model: it is no longer proposed, and no run promotes it.

        Parameters
        ----------
        model_id, actor, reason : str
            As for `promote`.

        Raises
        ------
        ModelNotFoundError
            If the model is not registered.
        ConfigurationError
            If name or reason is empty, the model is the champion, or it was rejected already.
        """
        model, champion_id = self._by_person(model_id, actor=actor, reason=reason)
        if champion_id == model_id:
            raise ConfigurationError(
                f"{model_id} is the champion and cannot be rejected: scoring needs a champion. "
                'Promote another model in its place: alertmill promote MODEL --reason "...".'
            )
        if earlier := _standing_rejection(self._ledger.entries(model_id)):
            raise ConfigurationError(
                f"{model_id} was rejected already, by {earlier.actor} on "
                f"{earlier.decided_at:%Y-%m-%d}; nothing was changed."
            )
        return self._enter(
            model,
            PromotionVerdict.REJECTED,
            replaced=None,
            actor=actor,
            reason=reason,
            evidence=_metrics_of(model),
        )

    def _by_person(
        self, model_id: str, *, actor: str, reason: str
    ) -> tuple[pl.DataFrame, str | None]:
        if not reason.strip():
            raise ConfigurationError("the reason is empty; write why this is decided.")
        if not actor.strip() or actor.strip() == GATE:
            raise ConfigurationError(
                f"the name {actor!r} names no person; expected the name of who decides."
            )
        restore_promotions(self._client, self._ledger)
        model = self._registered(model_id)
        return model, self._champion_of(model)

    def _registered(self, model_id: str, *, run_id: str | None = None) -> pl.DataFrame:
        models = fetch_trained_models(self._client)
        found = models.filter(model_id=model_id)
        if found.is_empty():
            known = ", ".join(models["model_id"].unique().sort()) or "none"
            raise ModelNotFoundError(
                f"no model {model_id!r} is registered; registered are: {known}."
            )
        own = found if run_id is None else found.filter(run_id=run_id)
        if own.is_empty():
            raise ModelNotFoundError(
                f"the model {model_id} is registered, but not of the run {run_id}; register it "
                "first."
            )
        return own.head(1)

    def _champion_of(self, model: pl.DataFrame) -> str | None:
        kind = model.row(0, named=True)
        champion = registered_champion(
            fetch_trained_models(self._client),
            network=kind["network"],
            model_type=kind["model_type"],
            window_days=kind["window_days"],
        )
        return champion.model_id if champion else None

    def _enter(
        self,
        model: pl.DataFrame,
        verdict: PromotionVerdict,
        *,
        replaced: str | None,
        actor: str,
        reason: str,
        evidence: JsonValue,
    ) -> PromotionEntry:
        row = model.row(0, named=True)
        is_promoted = verdict is PromotionVerdict.PROMOTED
        entry = PromotionEntry(
            decided_at=datetime.now(UTC),
            network=row["network"],
            model_type=row["model_type"],
            window_days=row["window_days"],
            model_id=row["model_id"],
            run_id=row["run_id"],
            manifest_sha256=manifest_digest(self._run_dir(row["run_id"])) or "",
            replaced_model_id=(replaced or "") if is_promoted else "",
            verdict=verdict,
            actor=actor.strip(),
            reason=reason,
            evidence=evidence,
        )
        entered = self._ledger.write(entry)
        self._sign(entered)
        restore_promotions(self._client, self._ledger)
        return entered

    def _run_dir(self, run_id: str) -> Path:
        return self._ledger.folder.parent / run_id

    def _standing_of(self, run_id: str) -> ReviewStanding:
        return standing_of(self._run_dir(run_id), self._signed.trusted, self._terms)

    def _sign(self, entry: PromotionEntry) -> None:
        self._signed.enter(EntryKind.PROMOTION, self._ledger.folder / entry.file_name)


def _standing_rejection(entries: tuple[PromotionEntry, ...]) -> PromotionEntry | None:
    """Return the last decision of a person about a model if it was a rejection."""
    by_person = [entry for entry in entries if not entry.is_by_gate]
    if by_person and by_person[-1].verdict is PromotionVerdict.REJECTED:
        return by_person[-1]
    return None


def _metrics_of(model: pl.DataFrame) -> JsonValue:
    return {"metrics": json.loads(model["metrics_json"][0])}
