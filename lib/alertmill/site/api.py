"""The JSON answers of the site, described by OpenAPI."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request

from alertmill.lineage.steps import Lineage
from alertmill.site.comparison import RunComparison
from alertmill.site.details import RunDetails
from alertmill.site.filters import RunFilter, RunPage, select
from alertmill.site.records import Record
from alertmill.site.scorings import ScoringDetails, ScoringPage
from alertmill.site.service import Service

router = APIRouter()
_RUN = "A run, as network/run_id."
_ALERT = "Id of the alert, or of the cluster."
_DAY = "Processing date of the score; the latest, if not given."


class Health(Record):
    """That the site answers."""

    status: str = "ok"


def service_of(request: Request) -> Service:
    """Return what the application was made with."""
    service: Service = request.app.state.service
    return service


@router.get("/health", tags=["site"])
def health() -> Health:
    """Answer as long as the site runs; needs no password and tells nothing about the runs."""
    return Health()


@router.get("/api/runs", tags=["runs"])
def list_runs(request: Request, asked: Annotated[RunFilter, Query()]) -> RunPage:
    """List the runs that were asked for, newest first."""
    snapshot = service_of(request).catalogue.snapshot()
    return select(snapshot.runs, asked, n_unread=snapshot.n_unread).page


@router.get("/api/runs/{network}/{run_id}", tags=["runs"])
def show_run(request: Request, network: str, run_id: str) -> RunDetails:
    """Return one run with its parameters, metrics, checks, reports and files."""
    return service_of(request).details(network, run_id)


@router.get("/api/runs/{network}/{run_id}/lineage", tags=["runs"])
def trace_run(
    request: Request,
    network: str,
    run_id: str,
    alert: Annotated[str, Query(description=_ALERT, max_length=200)],
    day: Annotated[date | None, Query(description=_DAY)] = None,
) -> Lineage:
    """Trace a score that a training run gave back to its source files."""
    return service_of(request).lineage(network, run_id, alert_id=alert, day=day)


@router.get("/api/scores", tags=["scores"])
def list_scores(
    request: Request, page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
) -> ScoringPage:
    """List the scoring runs, the newest first."""
    return service_of(request).scorings(page)


@router.get("/api/scores/{network}/{run_id}", tags=["scores"])
def show_scoring(request: Request, network: str, run_id: str) -> ScoringDetails:
    """Return one scoring run with its days and files."""
    return service_of(request).scoring(network, run_id)


@router.get("/api/scores/{network}/{run_id}/lineage", tags=["scores"])
def trace_scored(
    request: Request,
    network: str,
    run_id: str,
    alert: Annotated[str, Query(description=_ALERT, max_length=200)],
    day: Annotated[date | None, Query(description=_DAY)] = None,
) -> Lineage:
    """Trace a score that a scoring run gave back to its source files."""
    return service_of(request).scoring_lineage(network, run_id, alert_id=alert, day=day)


@router.get("/api/compare", tags=["runs"])
def compare(
    request: Request,
    left: Annotated[str, Query(description=_RUN, max_length=300)],
    right: Annotated[str, Query(description=_RUN, max_length=300)],
) -> RunComparison:
    """Return two runs side by side: parameters, metrics, checks, features and reports."""
    return service_of(request).compare(left, right)
