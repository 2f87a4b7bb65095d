"""Put in order what processes that died have left: their runs, children and files."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import dropwhile
from pathlib import Path

import httpx

from alertmill.errors import AlertmillError, RunDiedError
from alertmill.files import remove_left_behind
from alertmill.orchestration.api import PrefectApi, Row
from alertmill.orchestration.environment import POOL, StateFolder
from alertmill.orchestration.live_runs import live_run_ids
from alertmill.orchestration.recovery_rules import (
    RETRY_MESSAGE,
    RETRY_STATE,
    RETRY_TAG,
    locks_folder,
)
from alertmill.processes import end_orphans
from alertmill.run_lock import clear_locks
from alertmill.runs import Run
from alertmill.settings import Settings

DIED = "The process has died: the machine, the worker or the run was killed."
_CANCELLED = "Cancelled; the process had ended before."
_AT_WORK = ("RUNNING", "PENDING", "CANCELLING")
_TYPE_OF_POOL = "process"
_RECENT = timedelta(days=1)
_PREFECT_FOLDERS = ("tmp*prefect", "prefect-workspace-attempt-*")
_LOGGER = logging.getLogger(__name__)


def sweep(settings: Settings | None = None, api: PrefectApi | None = None) -> None:
    """Set runs of the work pool to Crashed whose process is dead, and retry those to be retried.

    Call it before the worker of this machine starts. Runs whose process lives go on, also without
    a worker.

    Parameters
    ----------
    settings : Settings, optional
        Where runs and state lie. Not set: as configured.
    api : PrefectApi, optional
        The server. Not set: the one of PREFECT_API_URL; without one, only files are cleared.
    """
    settings = settings or Settings()
    api = api or PrefectApi.configured()
    end_orphans()
    alive = live_run_ids()
    clear_left_behind(settings, alive)
    if api is None:
        return
    with logged("look for dead runs"):
        settle(dead_runs(api, alive), settings, api)
        retry_crashed(api, alive, until=datetime.now(UTC))


def clear_left_behind(settings: Settings, alive: Collection[str] = ()) -> None:
    """Remove temporary files, folders and locks of processes that are gone."""
    from alertmill.reporting.kernels import clear_kernel_folders

    clear_kernel_folders()
    clear_locks(locks_folder(settings))
    for run_dir in _unfinished_runs(settings.alertmill_runs_dir.resolve()):
        remove_left_behind(run_dir)
    own = StateFolder.of(settings).temporary
    if not alive and Path(tempfile.gettempdir()).resolve() == own:
        for pattern in _PREFECT_FOLDERS:
            for folder in own.glob(pattern):
                shutil.rmtree(folder, ignore_errors=True)


def _unfinished_runs(runs_dir: Path) -> Iterator[Path]:
    for file in sorted(runs_dir.glob("*/*/parameters.json")):
        if not (file.parent / "manifest.json").is_file():
            yield file.parent


def dead_runs(api: PrefectApi, alive: Collection[str]) -> list[Row]:
    """Return the runs that the server believes to be at work, and that no process executes.

    Nothing is known of processes in containers or on another machine. So there are none in a work
    pool of another type, or with another worker.
    """
    dead = [run for run in _runs_at_work(api, *_AT_WORK) if run["id"] not in alive]
    if dead and api.get(f"/work_pools/{POOL}")["type"] != _TYPE_OF_POOL:
        return []
    others = _other_workers(api) if dead else []
    if others:
        names = ", ".join(sorted(others))
        _LOGGER.warning("Runs without a process here are left to the other workers: %s.", names)
        return []
    return dead


def _runs_at_work(api: PrefectApi, *types: str) -> list[Row]:
    return api.rows(
        "/flow_runs/filter",
        flow_runs={"state": {"type": {"any_": list(types)}}},
        work_pools={"name": {"any_": [POOL]}},
    )


def _other_workers(api: PrefectApi) -> list[str]:
    workers = api.rows(f"/work_pools/{POOL}/workers/filter")
    return [w["name"] for w in workers if w["status"] == "ONLINE" and w["name"] != POOL]


def settle(runs: Iterable[Row], settings: Settings, api: PrefectApi) -> None:
    """Set dead runs to Crashed, write why, and retry those that are to be retried."""
    for run in runs:
        with logged(f"put {run['name']} in order"):
            _settle(run, settings, api)


def _settle(run: Row, settings: Settings, api: PrefectApi) -> None:
    if run["state"]["type"] == "CANCELLING":
        api.set_state(run["id"], {"type": "CANCELLED", "message": _CANCELLED})
        return
    if not api.set_state(run["id"], {"type": "CRASHED", "message": DIED}):
        return  # it has ended meanwhile
    _LOGGER.warning("%s has crashed: its process is dead.", run["name"])
    _explain(run, settings)
    _retry(run, api)


def _explain(run: Row, settings: Settings) -> None:
    """Write the page that says why the run ended, if it had begun."""
    from alertmill.reporting.failure import record_failure
    from alertmill.reporting.index import write_index
    from alertmill.reporting.outcomes import load_outcomes

    found = Run.find(settings.alertmill_runs_dir.resolve(), key=run["id"])
    if found is None or found.is_finished:
        return
    try:
        record_failure(found, RunDiedError.of(DIED))
        write_index(found, load_outcomes(found))
    except (AlertmillError, OSError, ValueError):
        _LOGGER.warning("The first page of %s cannot be written.", found.path, exc_info=True)


def retry_crashed(api: PrefectApi, alive: Collection[str], *, until: datetime) -> None:
    """Retry once what crashed within the day before a time and has the tag for it.

    A run whose process lives is left alone: a worker may report the end of the first attempt when
    the second one has begun, and that goes on.
    """
    crashed = api.rows(
        "/flow_runs/filter",
        flow_runs={
            "state": {"type": {"any_": ["CRASHED"]}},
            "tags": {"all_": [RETRY_TAG]},
            "end_time": {
                "after_": (until - _RECENT).isoformat(),
                "before_": until.isoformat(),
            },
        },
        work_pools={"name": {"any_": [POOL]}},
    )
    for run in crashed:
        if run["id"] not in alive:
            _retry(run, api)


def _retry(run: Row, api: PrefectApi) -> None:
    """Schedule a crashed run again, if it is to be retried."""
    if not _is_to_be_retried(run, api):
        return
    api.set_state(run["id"], {"type": "SCHEDULED", "name": RETRY_STATE, "message": RETRY_MESSAGE})
    _LOGGER.warning("%s is retried; its finished stages are kept.", run["name"])


def _is_to_be_retried(run: Row, api: PrefectApi) -> bool:
    """Return whether the run has the tag, stands as Crashed now, and no retry was taken up so far.

    A retry that no worker has taken up does not count, because a report about the first attempt
    can end it before it begins. Prefect's worker reports the death of a process twice, some
    seconds apart; the automation for silent runs may act when the run waits for its retry.
    """
    if RETRY_TAG not in run["tags"] or run["run_count"] > 1:
        return False
    states = sorted(
        api.get(f"/flow_run_states/?flow_run_id={run['id']}"), key=lambda state: state["timestamp"]
    )
    since_retry = dropwhile(lambda state: state["message"] != RETRY_MESSAGE, states)
    was_taken_up = any(state["type"] in ("PENDING", "RUNNING") for state in since_retry)
    return states[-1]["type"] == "CRASHED" and not was_taken_up


@contextmanager
def logged(action: str) -> Iterator[None]:
    """Go on after an error of the server: one run keeps no other from being looked at."""
    try:
        yield
    except httpx.HTTPError as error:
        _LOGGER.warning("The server did not let us %s: %s", action, error)
