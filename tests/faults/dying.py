"""Work on an embedded database in processes that are killed with SIGKILL at a chosen statement."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from alertmill.settings import Settings
from alertmill.storage import Client, ClientFactory, get_connection_params

# Forked from a process that has imported everything and run nothing: quick, and without threads.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.dying", "tests.snapshots.hand_made"])
_STATEMENTS = ("command", "query", "query_arrow", "insert", "insert_arrow")
_INSIDE_SECONDS = 0.002

Work = Callable[[Client], object]


@dataclass(frozen=True)
class Death:
    """Before which statement a process is killed, counted from 0; or while it runs."""

    statement: int
    inside: bool = False


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    killed: bool
    result: Any = None
    """What the work returned; None if the process was killed."""
    n_statements: int = 0
    """That were run; 0 if the process was killed."""


def run(
    database: Path, work: Work, death: Death | None = None, *, before: Work | None = None
) -> Ended:
    """Open the embedded database in a process of its own and work on it.

    Parameters
    ----------
    database : Path
        Folder of the embedded engine.
    work : callable
        A function of a module, given the client; its result comes back.
    death : Death, optional
        When the process is killed.
    before : callable, optional
        What the process does first, undisturbed and uncounted.
    """
    ours, theirs = _FORKS.Pipe()
    process = _FORKS.Process(target=_child, args=(theirs, database, work, death, before))
    process.start()
    theirs.close()
    try:
        result, n_statements = ours.recv()
    except EOFError:
        result, n_statements = None, 0
    process.join()
    if process.exitcode in (-signal.SIGKILL, -signal.SIGALRM):
        return Ended(killed=True)
    assert process.exitcode == 0, f"the process failed with {process.exitcode}"
    return Ended(killed=False, result=result, n_statements=n_statements)


def _child(
    pipe: Connection, database: Path, work: Work, death: Death | None, before: Work | None
) -> None:
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=database)
    with ClientFactory(get_connection_params("ethereum", settings)).client_context() as client:
        if before:
            before(client)
        counter = _Counter(death)
        for name in _STATEMENTS:
            setattr(client, name, counter.around(getattr(client, name)))
        result = work(client)
    pipe.send((result, counter.n))


class _Counter:
    """Counts the statements of a client, and kills the process at one of them."""

    def __init__(self, death: Death | None) -> None:
        self.n = 0
        self._death = death
        self._depth = 0

    def around(self, method: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **kwargs: object) -> object:
            # One method of the driver may call another; that is one statement.
            if self._depth == 0:
                if self._death and self.n == self._death.statement:
                    _die(self._death)
                self.n += 1
            self._depth += 1
            try:
                return method(*args, **kwargs)
            finally:
                self._depth -= 1

        return counted


def _die(death: Death) -> None:
    if not death.inside:
        os.kill(os.getpid(), signal.SIGKILL)
    # An alarm without a handler kills as suddenly, while the engine is at work.
    signal.setitimer(signal.ITIMER_REAL, _INSIDE_SECONDS)
