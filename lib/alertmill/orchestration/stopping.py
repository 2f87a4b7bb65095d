"""Stop the programs of `alertmill up`, in order: worker, site, server."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

from alertmill.errors import ServiceError
from alertmill.orchestration.api import PrefectApi
from alertmill.orchestration.environment import POOL, StateFolder
from alertmill.orchestration.exclusive import exclusively
from alertmill.orchestration.live_runs import describe_runs, live_run_ids
from alertmill.orchestration.manager import STOPPED_STATES, Manager, forget_manager
from alertmill.orchestration.marked_processes import end, processes_of
from alertmill.orchestration.polling import poll
from alertmill.orchestration.programs import SITE, WATCH, WORKER
from alertmill.settings import Settings

_FOREVER = float("inf")
_CRASHED_SECONDS = 2
"""Time for the worker to report that the process of a run has ended."""
_GRACE_SECONDS = 1.5
"""Time for a flow and its kernels between SIGTERM and SIGKILL."""
_PROGRAM_SECONDS = 5
_SHUTDOWN_SECONDS = 8


def wait_for_runs(settings: Settings, report: Callable[[str], None], *, advice: str) -> None:
    """Let no further run start, and wait until those that run have ended.

    Parameters
    ----------
    settings : Settings
        Where the server and the state folder are.
    report : callable
        Called with a sentence that lists the runs, if there are any.
    advice : str
        How to end the runs now; the end of that sentence.
    """
    state, api = StateFolder.of(settings), PrefectApi.of_up(settings)
    ids = live_run_ids(state)
    if not ids:
        return
    _hold_runs_back(state, api)
    report(f"Waiting for {describe_runs(ids, api)} to end. {advice}")
    poll(
        lambda: Manager.find(state) is None or not live_run_ids(state),
        seconds=_FOREVER,
        every_seconds=2,
    )


def stop(settings: Settings) -> None:
    """Stop everything now: runs and their children, worker, site, server, process manager.

    Raises
    ------
    ServiceError
        If a process lives on, or another `alertmill up` or `alertmill down` is at work.
    """
    state = StateFolder.of(settings)
    with exclusively(state):
        manager = Manager.find(state)
        if manager is not None and manager.answers():
            _stop_in_order(manager, PrefectApi.of_up(settings))
        survivors = end(processes_of(state), grace_seconds=0)
        if survivors:
            raise ServiceError.survived([process.pid for process in survivors])
        forget_manager(state)


def let_runs_start(state: StateFolder, api: PrefectApi) -> None:
    """Let the worker take up runs again, unless it was a person who paused the pool."""
    if _mark(state).exists():
        api.pause_pool(is_paused=False)
        _mark(state).unlink()


def _hold_runs_back(state: StateFolder, api: PrefectApi) -> None:
    """Let no further run start; the mark outlives a loss of power, and the next start lifts it."""
    with suppress(httpx.HTTPError):
        if not api.get(f"/work_pools/{POOL}")["is_paused"]:
            _mark(state).touch()
            api.pause_pool(is_paused=True)


def _mark(state: StateFolder) -> Path:
    return state.supervisor / "runs-held-back"


def _stop_in_order(manager: Manager, api: PrefectApi) -> None:
    _end_runs(manager, api)
    names = [WORKER, WATCH, SITE]
    manager.stop(names)
    poll(lambda: _are_stopped(manager, names), seconds=_PROGRAM_SECONDS, every_seconds=0.1)
    with suppress(httpx.HTTPError):
        let_runs_start(manager.state, api)
    manager.shutdown()
    psutil.wait_procs([manager.process], timeout=_SHUTDOWN_SECONDS)


def _end_runs(manager: Manager, api: PrefectApi) -> None:
    """End runs and their kernels while the worker lives: it reports them as crashed."""
    kept = {manager.process.pid, *(program.pid for program in manager.programs())}
    ids = live_run_ids(manager.state)
    processes = [p for p in processes_of(manager.state) if p.pid not in kept]
    if not processes:
        return
    _hold_runs_back(manager.state, api)
    end(processes, grace_seconds=_GRACE_SECONDS)
    poll(lambda: not _are_running(ids, api), seconds=_CRASHED_SECONDS)


def _are_running(ids: Collection[str], api: PrefectApi) -> bool:
    try:
        running = api.runs_in_states("RUNNING", "CANCELLING")
    except httpx.HTTPError:
        return False
    return any(run["id"] in ids for run in running)


def _are_stopped(manager: Manager, names: Collection[str]) -> bool:
    return all(p.state in STOPPED_STATES for p in manager.programs() if p.name in names)
