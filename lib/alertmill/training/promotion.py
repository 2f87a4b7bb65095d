"""Make a model the champion, or leave the one there is; every decision is kept with its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from alertmill.errors import ConfigurationError, ModelNotFoundError
from alertmill.storage import Client
from alertmill.storage.promotions import (
    Decision,
    PromotionRow,
    fetch_promotions,
    insert_promotion,
)
from alertmill.storage.registry import fetch_trained_models
from alertmill.training.tracked import champion_tracked

GATE = "gate"
"""Actor of what the checks of a run decide."""


@dataclass(frozen=True)
class Judgement:
    """What the checks of a run say of its model."""

    is_open: bool
    """Whether no blocking check found an issue."""
    champion_id: str | None
    """Whom the model was judged against."""
    reason: str
    evidence_json: str
    """All checks with what they have seen."""


def decide(client: Client, judgement: Judgement, *, model_id: str, run_id: str) -> PromotionRow:
    """Enter what the gate decides about a registered model; deciding again enters nothing.

    The model is promoted if the gate is open and the champion is still the one that the model was
    judged against.

    Raises
    ------
    ModelNotFoundError
        If the model is not registered.
    """
    models = fetch_trained_models(client)
    row = _registered(models, model_id).filter(run_id=run_id)
    if row.is_empty():
        raise ModelNotFoundError(
            f"the model {model_id} is registered, but not of the run {run_id}; register it first."
        )
    known = fetch_promotions(client).filter(model_id=model_id, run_id=run_id, actor=GATE)
    if known.height:
        return PromotionRow(**known.row(0, named=True))
    champion = _champion_of(models, row)
    is_promoted = judgement.is_open and champion == judgement.champion_id
    reason = judgement.reason
    if judgement.is_open and not is_promoted:
        reason = (
            f"it was judged against {judgement.champion_id or 'no champion'}, and the champion is "
            f"{champion} by now"
        )
    decision = Decision.PROMOTED if is_promoted else Decision.KEPT
    evidence = judgement.evidence_json
    return _enter(client, row, champion, decision, actor=GATE, reason=reason, evidence=evidence)


def promote(client: Client, model_id: str, *, actor: str, reason: str) -> PromotionRow:
    """Enter a person's decision to make a model the champion.

    Parameters
    ----------
    model_id : str
        A registered model; of equal models of several runs the newest is taken.
    actor : str
        Who decides.
    reason : str
        Why; kept as it is.

    Raises
    ------
    ModelNotFoundError
        If the model is not registered.
    ConfigurationError
        If the reason is empty, or the model is the champion already.
    """
    if not reason.strip():
        raise ConfigurationError("the reason is empty; say why the model is to be the champion.")
    models = fetch_trained_models(client)
    row = _registered(models, model_id).head(1)
    champion = _champion_of(models, row)
    if champion == model_id:
        raise ConfigurationError(f"{model_id} is the champion already; nothing was changed.")
    evidence = json.dumps({"metrics": json.loads(row["metrics_json"][0])}, sort_keys=True)
    return _enter(
        client, row, champion, Decision.PROMOTED, actor=actor, reason=reason, evidence=evidence
    )


def _registered(models: pl.DataFrame, model_id: str) -> pl.DataFrame:
    found = models.filter(model_id=model_id)
    if found.is_empty():
        known = ", ".join(models["model_id"].unique().sort()) or "none"
        raise ModelNotFoundError(f"no model {model_id!r} is registered; registered are: {known}.")
    return found


def _champion_of(models: pl.DataFrame, row: pl.DataFrame) -> str | None:
    kind = row.row(0, named=True)
    champion = champion_tracked(
        models,
        network=kind["network"],
        model_type=kind["model_type"],
        window_days=kind["window_days"],
    )
    return champion.model_id if champion else None


def _enter(  # noqa: PLR0913 - the parts of a decision
    client: Client,
    row: pl.DataFrame,
    champion: str | None,
    decision: Decision,
    *,
    actor: str,
    reason: str,
    evidence: str,
) -> PromotionRow:
    model = row.row(0, named=True)
    now = datetime.now(UTC)
    entered = PromotionRow(
        decided_at=now,
        network=model["network"],
        model_type=model["model_type"],
        window_days=model["window_days"],
        model_id=model["model_id"],
        run_id=model["run_id"],
        replaced_model_id=(champion or "") if decision is Decision.PROMOTED else "",
        decision=decision.value,
        actor=actor,
        reason=reason,
        evidence_json=evidence,
    )
    # A gate decides once on a run; a person may decide as often as there is a reason.
    moment = "" if actor == GATE else now.isoformat()
    token = f"{actor} {model['model_id']} {model['run_id']} {moment}"
    insert_promotion(client, entered, token=token)
    return entered
