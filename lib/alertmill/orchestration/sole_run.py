"""Let one process at a time do a piece of work."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from prefect import State, get_run_logger, runtime
from prefect.states import Completed
from pydantic import BaseModel

from alertmill.orchestration.orphaned import cancellable_without_worker
from alertmill.orchestration.recovery_rules import locks_folder
from alertmill.processes import ProcessTag, guarded_children
from alertmill.run_lock import CONTINUED, Holder, RunLock
from alertmill.settings import Settings

SKIPPED = "Skipped"
_POLL_SECONDS = 0.5
_DIGEST_LETTERS = 32


@contextmanager
def sole_run(parameters: BaseModel) -> Iterator[State[Any] | None]:
    """Yield None to the one flow run that does this work, to others the state to end with.

    Processes that the block starts end with it, see `alertmill.processes.guarded_children`. When an
    earlier process of the same flow run still works, this waits until it has ended; what it has
    finished is not done again.

    Parameters
    ----------
    parameters : BaseModel
        What the work is about. Flow runs with equal parameters and the same runs folder do the same
        work.
    """
    lock = RunLock.named(locks_folder(Settings()), _name_of(parameters))
    skipped = _take(lock)
    if skipped is not None:
        yield skipped
        return
    try:
        with guarded_children(), cancellable_without_worker(str(runtime.flow_run.id)):
            yield None
    finally:
        lock.release()


def _take(lock: RunLock) -> State[Any] | None:
    """Take the lock; return the state to end with if another flow run has it."""
    own = Holder(
        flow_run_id=str(runtime.flow_run.id),
        flow_run_name=str(runtime.flow_run.name),
        process=str(ProcessTag.own()),
        since=datetime.now(UTC),
        continues=os.environ.get(CONTINUED, ""),
    )
    has_waited = False
    while not lock.acquire(own):
        holder = lock.holder()
        if holder is not None and holder.flow_run_id != own.flow_run_id:
            return _skipped(holder)
        if holder is not None and not has_waited:
            get_run_logger().warning("%s; this one waits for its end.", _describe_earlier(holder))
            has_waited = True
        time.sleep(_POLL_SECONDS)
    return None


def _skipped(holder: Holder) -> State[Any]:
    message = f"already running since {_time(holder.since)}, as {holder.flow_run_name}"
    get_run_logger().warning("Skipped: %s.", message)
    return Completed(name=SKIPPED, message=message, data=message)


def _describe_earlier(holder: Holder) -> str:
    tag = ProcessTag.parse(holder.process)
    number = f" {tag.pid}" if tag else ""
    return f"An earlier process{number} of this flow run works since {_time(holder.since)}"


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _name_of(parameters: BaseModel) -> str:
    """Return a name for the work: runs in other folders do other work."""
    runs_dir = Settings().alertmill_runs_dir.resolve()
    content = f"{runs_dir}\n{type(parameters).__name__}\n{parameters.model_dump_json()}"
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_LETTERS]
