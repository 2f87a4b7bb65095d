"""Carry out the promotion decision of a run that is published and verified."""

from __future__ import annotations

from alertmill.audit.ledger import SignedLedger
from alertmill.errors import ArtifactChangedError, NotebookFailedError, UnfinishedRunError
from alertmill.promotions import (
    DECISION_FILE,
    PromotionLedger,
    ShownVerdict,
    decision_of,
    show_entry,
)
from alertmill.promotions.registry import PromotionRegistry
from alertmill.reporting.index import INDEX
from alertmill.reporting.manifest import read_manifest, verify
from alertmill.reporting.signing import sign_run
from alertmill.reviews import ReviewTerms
from alertmill.runs import Run
from alertmill.storage import Client


def carry_out_promotion(
    run: Run, client: Client, signed: SignedLedger, terms: ReviewTerms
) -> ShownVerdict:
    """Promote, propose or keep, as the run decided; a second time changes nothing.

    The run is signed before, if a crash has left it unsigned.

    Parameters
    ----------
    run : Run
        A published run: nothing of it may change any more.
    client : Client
        Connected to the database of the run's network.
    signed : SignedLedger
        Takes the decision.
    terms : ReviewTerms
        Approvals that a promotion needs.

    Returns
    -------
    ShownVerdict
        What followed from the decision of the run.

    Raises
    ------
    UnfinishedRunError
        If the run has no manifest or no decision.
    NotebookFailedError
        If a notebook of the run failed.
    ArtifactChangedError
        If a file of the run is not as it was published.
    ModelNotFoundError
        If the model is not registered.
    """
    _check_published(run)
    sign_run(run, signed)
    decision = decision_of(run)
    if decision is None:
        raise UnfinishedRunError.of(run.path, DECISION_FILE)
    registry = PromotionRegistry(client, PromotionLedger(run.path.parent), signed, terms)
    entry = registry.carry_out(
        decision,
        run_id=run.run_id,
        evidence={
            "decision": decision.model_dump(mode="json"),
            "checks": run.checks.model_dump(mode="json"),
        },
    )
    return show_entry(entry)


def _check_published(run: Run) -> None:
    failed = [o.template for o in read_manifest(run.path).notebooks if not o.is_ok]
    if failed:
        raise NotebookFailedError.several(failed, index=run.path / "reports" / INDEX)
    verification = verify(run.path)
    if not verification.ok:
        raise ArtifactChangedError.after_publishing(
            run.path,
            [name for _, name in verification.deviations],
        )
