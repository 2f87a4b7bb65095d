"""Find and end the processes of an `alertmill up`, whatever group or session they are in."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress

import psutil

from alertmill.orchestration.environment import MARK, StateFolder

_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


def processes_of(state: StateFolder) -> list[psutil.Process]:
    """Return every live process that inherited the mark of this state folder, except our own.

    A kernel in a session of its own, and a child whose parent was killed, carry the mark too.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = (process for process in psutil.process_iter() if process.pid not in own)
    return [process for process in found if _carries(process, str(state.root))]


def _carries(process: psutil.Process, root: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return bool(process.environ().get(MARK) == root)
    except _GONE:
        return False


def end(
    processes: Collection[psutil.Process], *, grace_seconds: float, kill_seconds: float = 5
) -> list[psutil.Process]:
    """End processes: SIGTERM, and SIGKILL after the grace; return those that live even then.

    psutil compares start times before it signals, so a process id that was given to another
    program since is left alone.
    """
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=grace_seconds)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _, alive = psutil.wait_procs(alive, timeout=kill_seconds)
    return [process for process in alive if not _is_zombie(process)]


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
