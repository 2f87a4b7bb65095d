"""End a flow run that is cancelled when the worker that would do it is gone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import httpx

from alertmill.orchestration.api import PrefectApi

_LOOK_SECONDS = 10.0
_STOP_SECONDS = 8.0
_MESSAGE = "Cancelled; the worker was gone, so the process has ended itself."


@contextmanager
def cancellable_without_worker(run_id: str) -> Iterator[None]:
    """Watch in the block for a cancellation, once the process that started this one is gone.

    A worker that was killed leaves its flow running, and the next worker does not know its process.

    Parameters
    ----------
    run_id : str
        Id of the flow run that this process executes.
    """
    api, is_over = PrefectApi.configured(), Event()
    if api is not None:
        arguments = (api, run_id, os.getppid(), is_over)
        Thread(target=_watch, args=arguments, name="cancellation", daemon=True).start()
    try:
        yield
    finally:
        is_over.set()


def _watch(api: PrefectApi, run_id: str, parent: int, is_over: Event) -> None:
    while not is_over.wait(_LOOK_SECONDS):
        if os.getppid() != parent and _is_cancelled(api, run_id):
            _end_this_process(is_over)
            return


def _is_cancelled(api: PrefectApi, run_id: str) -> bool:
    """Return whether a person has cancelled the run, and finish the cancellation."""
    with suppress(httpx.HTTPError):
        state = api.get(f"/flow_runs/{run_id}")["state"]["type"]
        if state == "CANCELLING":
            api.set_state(run_id, {"type": "CANCELLED", "message": _MESSAGE})
        return state in ("CANCELLING", "CANCELLED")
    return False


def _end_this_process(is_over: Event) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    if not is_over.wait(_STOP_SECONDS):
        os.kill(os.getpid(), signal.SIGKILL)
