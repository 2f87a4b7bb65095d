"""The JSON answers of the site, described by OpenAPI."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from alertmill.site.comparison import RunComparison
from alertmill.site.details import RunDetails
from alertmill.site.filters import RunFilter, RunPage, select
from alertmill.site.records import Record
from alertmill.site.service import Service

router = APIRouter()
_RUN = "A run, as network/run_id."


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


@router.get("/api/compare", tags=["runs"])
def compare(
    request: Request,
    left: Annotated[str, Query(description=_RUN, max_length=300)],
    right: Annotated[str, Query(description=_RUN, max_length=300)],
) -> RunComparison:
    """Return two runs side by side: parameters, metrics, checks, features and reports."""
    return service_of(request).compare(left, right)
