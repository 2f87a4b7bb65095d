"""Flow runs whose process is alive on this machine."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

import httpx
import psutil

from alertmill.orchestration.api import PrefectApi, Row
from alertmill.orchestration.environment import StateFolder
from alertmill.orchestration.marked_processes import processes_of
from alertmill.wording import counted

_RUN_ID = "PREFECT__FLOW_RUN_ID"
"""Variable that Prefect sets for the process of a flow run; its children inherit it."""


def live_run_ids(state: StateFolder | None = None) -> set[str]:
    """Return the ids of the flow runs whose own process is alive; the server is not asked.

    A kernel that outlived its flow carries the id as well, and does not count.

    Parameters
    ----------
    state : StateFolder, optional
        Of the `alertmill up` whose runs are meant. Not set: all runs on this machine.
    """
    processes = psutil.process_iter() if state is None else processes_of(state)
    return {run_id for process in processes if (run_id := run_of(process))}


def run_of(process: psutil.Process) -> str | None:
    """Return the id of the run that a process executes; its kernels and children do not count."""
    with suppress(psutil.Error, OSError):
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if any(argument.startswith("prefect.") for argument in process.cmdline()):
            run_id: str | None = process.environ().get(_RUN_ID)
            return run_id
    return None


def describe_runs(ids: Collection[str], api: PrefectApi) -> str:
    """Return the runs as people speak of them, with the times at which they started.

    Where the server does not answer, their number stands in place of their names.
    """
    try:
        runs = api.rows("/flow_runs/filter", flow_runs={"id": {"any_": sorted(ids)}})
    except httpx.HTTPError:
        return counted(len(ids), "run")
    return " and ".join(_describe(run) for run in runs)


def _describe(run: Row) -> str:
    if run["start_time"] is None:
        return f"{run['name']} (starting)"
    started = datetime.fromisoformat(run["start_time"]).astimezone()
    return f"{run['name']} (running since {started:%H:%M})"
