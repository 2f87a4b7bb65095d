"""Look at everything that runs, and say what needs a person."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx

from alertmill.errors import AlertmillError
from alertmill.orchestration.api import PrefectApi, Row
from alertmill.orchestration.environment import POOL, StateFolder
from alertmill.orchestration.findings import (
    SILENCE,
    Finding,
    disk_finding,
    is_settling,
    last_run_finding,
    late_findings,
    program_finding,
    schedule_findings,
    silent_findings,
    worker_finding,
)
from alertmill.orchestration.manager import Manager
from alertmill.settings import Settings
from alertmill.snapshots.deliveries import read_delivery_reports

_ENDED = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]
_N_PARALLEL = 4


def collect_status(settings: Settings) -> list[Finding]:
    """Return what was found of programs, server, schedules, runs, deliveries and disks.

    Every question has a time limit; a server that does not answer is a finding.
    """
    manager = Manager.find(StateFolder.of(settings))
    api = find_api(settings)
    since = None if manager is None else manager.since
    return [
        *_programs(manager, is_needed=api is None),
        *([] if api is None else server_findings(api, since=since)),
        *_deliveries(settings),
        *_disks(settings),
    ]


def server_findings(api: PrefectApi, *, since: datetime | None) -> list[Finding]:
    """Return what was found of a server, its worker, schedules and runs.

    Parameters
    ----------
    api : PrefectApi
        The server.
    since : datetime or None
        When it was started, if that is known.
    """
    if not api.is_healthy():
        return [_no_answer(api)]
    try:
        return [Finding("Prefect API", f"{api.url} answers"), *_questions(api, since)]
    except (httpx.HTTPError, ValueError) as error:
        text = f"{api.url} did not answer a question: {type(error).__name__}; try again"
        return [Finding("Prefect API", text, needs_person=True)]


def find_api(settings: Settings) -> PrefectApi | None:
    """Return the API of `alertmill up`, or else that of PREFECT_API_URL; None without either."""
    if Manager.find(StateFolder.of(settings)) is None:
        return PrefectApi.configured()
    return PrefectApi.of_up(settings)


def find_schedules(api: PrefectApi) -> list[Finding]:
    """Return one finding for each schedule of a server: whether the server makes runs for it."""
    if not api.is_healthy():
        return [_no_answer(api)]
    now = datetime.now(UTC)
    return [
        finding
        for deployment in api.rows("/deployments/filter", sort="NAME_ASC")
        for finding in schedule_findings(deployment, _coming(api, deployment), now=now)
    ]


def _no_answer(api: PrefectApi) -> Finding:
    return Finding(
        "Prefect API", f"{api.url} does not answer; read the server's log", needs_person=True
    )


def _questions(api: PrefectApi, since: datetime | None) -> list[Finding]:
    """Ask several at once, so that a busy server does not make a person wait long."""
    now = datetime.now(UTC)
    deployments = api.rows("/deployments/filter", sort="NAME_ASC")
    questions: list[Callable[[], list[Finding]]] = [
        lambda: [worker_finding(api.rows(f"/work_pools/{POOL}/workers/filter"), now=now)],
        *(_deployment_question(api, d, now=now, since=since) for d in deployments),
        lambda: _runs(api, now=now, since=since),
    ]
    with ThreadPoolExecutor(_N_PARALLEL) as pool:
        answers = list(pool.map(lambda question: question(), questions))
    found = [finding for answer in answers for finding in answer]
    if not deployments:
        text = "there is none; run `alertmill up` in the project's folder"
        found.append(Finding("deployments", text, needs_person=True))
    return found


def _deployment_question(
    api: PrefectApi, deployment: Row, *, now: datetime, since: datetime | None
) -> Callable[[], list[Finding]]:
    def ask() -> list[Finding]:
        ended = api.rows(
            "/flow_runs/filter",
            limit=1,
            sort="END_TIME_DESC",
            **_of(deployment),
            flow_runs={"state": {"type": {"any_": _ENDED}}},
        )
        coming = _coming(api, deployment)
        schedules = schedule_findings(deployment, coming, now=now, server_since=since)
        return [*schedules, last_run_finding(deployment, ended)]

    return ask


def _coming(api: PrefectApi, deployment: Row) -> list[Row]:
    return api.rows(
        "/flow_runs/filter",
        **_of(deployment),
        flow_runs={"state": {"type": {"any_": ["SCHEDULED"]}}},
        sort="EXPECTED_START_TIME_DESC",
    )


def _of(deployment: Row) -> dict[str, object]:
    return {"deployments": {"id": {"any_": [deployment["id"]]}}}


def _runs(api: PrefectApi, *, now: datetime, since: datetime | None) -> list[Finding]:
    running = api.runs_in_states("RUNNING", "CANCELLING")
    late = api.rows("/flow_runs/filter", flow_runs={"state": {"name": {"any_": ["Late"]}}})
    alive = {run["id"] for run in running if _has_heartbeat(api, run["id"], now)}
    found = silent_findings(running, alive, now=now)
    if is_settling(since, now=now):
        return found  # what was due while nothing ran is late, and is taken up now
    is_paused = bool(api.get(f"/work_pools/{POOL}")["is_paused"])
    return [*found, *late_findings(late, n_running=len(running), is_paused=is_paused, now=now)]


def _has_heartbeat(api: PrefectApi, run_id: str, now: datetime) -> bool:
    wanted = {
        "event": {"name": ["prefect.flow-run.heartbeat"]},
        "resource": {"id": [f"prefect.flow-run.{run_id}"]},
        "occurred": {"since": (now - SILENCE).isoformat(), "until": now.isoformat()},
    }
    return bool(api.events(wanted))


def _programs(manager: Manager | None, *, is_needed: bool) -> Iterator[Finding]:
    if manager is None:
        if is_needed:
            text = "not running; start with `alertmill up`"
            yield Finding("alertmill up", text, needs_person=True)
        return
    if not manager.answers():
        text = "the process manager does not answer; stop with `alertmill down`, then start again"
        yield Finding("alertmill up", text, needs_person=True)
        return
    yield from map(program_finding, manager.programs())


def _deliveries(settings: Settings) -> list[Finding]:
    try:
        reports = read_delivery_reports(settings.alertmill_runs_dir)
    except AlertmillError as error:
        return [Finding("deliveries", str(error), needs_person=True)]
    return [Finding("deliveries", r.line, needs_person=r.needs_attention) for r in reports]


def _disks(settings: Settings) -> list[Finding]:
    folders = {
        "state folder": settings.alertmill_state_dir,
        "runs folder": settings.alertmill_runs_dir,
    }
    return [
        disk_finding(f"{name} {path}", shutil.disk_usage(_existing(path)).free)
        for name, path in folders.items()
    ]


def _existing(path: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    path = path.resolve()
    return next(folder for folder in (path, *path.parents) if folder.exists())
