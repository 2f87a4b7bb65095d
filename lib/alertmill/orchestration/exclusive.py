"""One `alertmill up` or `alertmill down` at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from alertmill.errors import ServiceError
from alertmill.orchestration.environment import StateFolder


@contextmanager
def exclusively(state: StateFolder) -> Iterator[None]:
    """Keep other processes that start or stop the programs of this folder out of the block.

    Raises
    ------
    ServiceError
        If another one is at work.
    """
    state.create()
    with (state.locks / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ServiceError.is_starting(state.root) from error
        yield
