"""Start the programs of `alertmill up`, in order, until all of them answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from alertmill.errors import AlertmillError, NotAProjectError, ServiceError
from alertmill.orchestration.api import PrefectApi
from alertmill.orchestration.deployments import (
    ANSWER_SECONDS,
    PREFECT_FILE,
    Report,
    create_pool,
    deploy,
)
from alertmill.orchestration.environment import POOL, StateFolder, server_url, service_environment
from alertmill.orchestration.exclusive import exclusively
from alertmill.orchestration.logs import last_line, log_of
from alertmill.orchestration.manager import FATAL, Manager, forget_manager
from alertmill.orchestration.marked_processes import end, processes_of
from alertmill.orchestration.polling import poll
from alertmill.orchestration.ports import check_ports_free
from alertmill.orchestration.programs import (
    SERVER,
    SITE,
    WORKER,
    supervisor_config,
    write_supervisor_config,
)
from alertmill.orchestration.stopping import let_runs_start
from alertmill.orchestration.ui_copy import silence_page
from alertmill.reporting.addresses import ReportSite
from alertmill.settings import Settings

_SECONDS = 600
"""Time limit of each step. A first start copies pages and creates a database, in half a minute."""
_END_SECONDS = 3
_MANAGER = "supervisord"


@dataclass(frozen=True)
class Addresses:
    """Where people find what runs."""

    prefect: str
    site: str

    @classmethod
    def of(cls, settings: Settings) -> Addresses:
        """Return the addresses on this machine."""
        here = settings.model_copy(update={"alertmill_report_url": None})
        return cls(server_url(settings), ReportSite.of(here).base)


def start(settings: Settings, *, project: Path, report: Report) -> Manager:
    """Start server, site and worker, and return the manager that keeps them running.

    Parameters
    ----------
    settings : Settings
        Ports and folders.
    project : Path
        Folder of prefect.yaml and of the flows.
    report : callable
        Called with a sentence for each step that a person may want to know of.

    Raises
    ------
    NotAProjectError
        If the folder holds no prefect.yaml.
    PortTakenError
        If another program listens on a port that is needed.
    ServiceError
        If a program ends or does not answer in time, or another `alertmill up` is at work.
    """
    if not (project / PREFECT_FILE).exists():
        raise NotAProjectError.of(project)
    state = StateFolder.of(settings)
    with exclusively(state):
        running = Manager.find(state)
        if running is not None:
            return running
        _end_leftovers(state, report)
        check_ports_free(settings)
        environment = service_environment(settings)
        write_supervisor_config(settings, folder=project)
        manager = _start_manager(state, environment, project)
        try:
            _set_up_server(settings, manager, environment, project=project, report=report)
            _start_worker(settings, manager)
        except AlertmillError:
            end(processes_of(state), grace_seconds=_END_SECONDS)
            raise
        except httpx.HTTPError as error:
            end(processes_of(state), grace_seconds=_END_SECONDS)
            raise ServiceError.refused(SERVER, error, log=log_of(state, SERVER)) from error
    return manager


def _start_worker(settings: Settings, manager: Manager) -> None:
    """Start the worker, and wait for it and for the site, which was started with the server."""
    api = PrefectApi.of_up(settings, seconds=ANSWER_SECONDS)
    manager.start(WORKER)
    _wait_for(manager, WORKER, lambda: _has_reported(api, manager.since))
    _wait_for(manager, SITE, lambda: _answers(f"{Addresses.of(settings).site}/health"))


def _has_reported(api: PrefectApi, since: datetime) -> bool:
    """Return whether a worker has told the server that it lives."""
    workers = api.rows(f"/work_pools/{POOL}/workers/filter")
    times = [datetime.fromisoformat(worker["last_heartbeat_time"]) for worker in workers]
    return any(time > since for time in times)


def _end_leftovers(state: StateFolder, report: Report) -> None:
    """End what an earlier manager left behind when it was killed, and forget it."""
    leftovers = processes_of(state)
    if leftovers:
        report("Ending the processes that an earlier start left behind.")
        end(leftovers, grace_seconds=_END_SECONDS)
    forget_manager(state)


def _start_manager(state: StateFolder, environment: Mapping[str, str], project: Path) -> Manager:
    """Start supervisord in a session of its own, which a Ctrl-C in the terminal does not reach."""
    log = log_of(state, f"{_MANAGER}-output")
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own environment's program
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(supervisor_config(state))],
            cwd=project, env=dict(environment), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    manager = Manager.record(state, process.pid)
    poll(lambda: manager.answers() or process.poll() is not None, seconds=_SECONDS)
    if process.poll() is not None:
        raise ServiceError.ended("process manager", last_line=last_line(log), log=log)
    return manager


def _set_up_server(
    settings: Settings,
    manager: Manager,
    environment: Mapping[str, str],
    *,
    project: Path,
    report: Report,
) -> None:
    """Wait for the server, and bring its page, pool, deployments and automations up to date."""
    state, api = StateFolder.of(settings), PrefectApi.of_up(settings, seconds=ANSWER_SECONDS)
    _wait_for(manager, SERVER, api.is_healthy)
    silence_page(state.ui)
    create_pool(api)
    let_runs_start(state, api)
    deploy(settings, environment, project=project, report=report)
    install = [sys.executable, "-m", "alertmill.orchestration.installing"]
    run_step(install, "automations", environment, state=state, project=project)


def run_step(
    command: Sequence[str],
    name: str,
    environment: Mapping[str, str],
    *,
    state: StateFolder,
    project: Path,
) -> None:
    """Run a program to its end, with its output in a log, or raise `ServiceError`."""
    log = log_of(state, name)
    with log.open("w") as output:
        done = subprocess.run(  # noqa: S603 - our own environment's programs
            command, cwd=project, env=dict(environment), check=False,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    if done.returncode != 0:
        raise ServiceError.ended(name, last_line=last_line(log), log=log)


def _wait_for(manager: Manager, name: str, is_ready: Callable[[], bool]) -> None:
    """Wait until a program is ready; raise `ServiceError` if it was given up, or takes too long."""
    log = log_of(manager.state, name)
    poll(lambda: is_ready() or manager.program(name).state == FATAL, seconds=_SECONDS)
    if manager.program(name).state == FATAL:
        raise ServiceError.ended(name, last_line=last_line(log), log=log)
    if not is_ready():
        raise ServiceError.not_ready(name, seconds=_SECONDS, log=log)


def _answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=5, trust_env=False)
    except httpx.HTTPError:
        return False
    return True
