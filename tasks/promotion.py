"""Carry out what a run decided about its model, or what a person decides."""

from pathlib import Path

from prefect import get_run_logger, task

from alertmill.audit.ledger import SignedLedger
from alertmill.audit.remembered import remember_entries
from alertmill.parameters import PersonsDecision, PromotionRequest
from alertmill.promotions import PromotionLedger, ShownVerdict, show_entry
from alertmill.promotions.registry import PromotionRegistry
from alertmill.reporting.promotion import carry_out_promotion
from alertmill.reviews import ReviewTerms
from alertmill.runs import Run
from alertmill.settings import Settings
from tasks.database import client_for, client_of, is_worth_retrying


@task(
    task_run_name="decide about the champion",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=is_worth_retrying,
)
def decide_promotion(run_dir: Path) -> ShownVerdict:
    """Promote, propose or keep, as the published run decided; a second time changes nothing."""
    run = Run.open(run_dir)
    with client_for(run) as client:
        settings = Settings()
        signed = SignedLedger.of(settings, run.path.parents[1])
        verdict = carry_out_promotion(run, client, signed, ReviewTerms.of(settings))
        remember_entries(client, signed, run.parameters.network)
    get_run_logger().info("%s: %s", verdict.title, verdict.sentence)
    return verdict


@task(
    task_run_name="{request.decision} {request.model_id}",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=is_worth_retrying,
)
def enter_decision(request: PromotionRequest) -> ShownVerdict:
    """Promote or reject a model because a person says so."""
    settings = Settings()
    signed = SignedLedger.of(settings)
    ledger = PromotionLedger(signed.runs_dir / request.network)
    with client_of(request.network) as client:
        registry = PromotionRegistry(client, ledger, signed, ReviewTerms.of(settings))
        is_promotion = request.decision is PersonsDecision.PROMOTE
        decide = registry.promote if is_promotion else registry.reject
        verdict = show_entry(decide(request.model_id, actor=request.actor, reason=request.reason))
        remember_entries(client, signed, request.network)
    get_run_logger().info("%s %s", request.model_id, verdict.sentence)
    return verdict
