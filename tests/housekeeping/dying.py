"""Housekeeping in processes that are killed with SIGKILL at a chosen change of the folder."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from alertmill.housekeeping.removing import Remover
from alertmill.housekeeping.tidying import tidy
from alertmill.parameters import HousekeepingParameters
from tests.support.signing import signed_ledger

# Forked from a process that has imported everything and run nothing: quick, and without threads.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.housekeeping.dying"])
_CHANGES = ("os.remove", "os.rename", "os.rmdir")


def tidy_and_die(
    runs_dir: Path, parameters: HousekeepingParameters, *, now: datetime, change: int
) -> bool:
    """Run housekeeping in a child that dies before a change, from 0; return whether it died."""
    process = _FORKS.Process(target=_child, args=(runs_dir, parameters, now, change))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def _child(runs_dir: Path, parameters: HousekeepingParameters, now: datetime, change: int) -> None:
    n_changes = 0
    remover = Remover("housekeeping", now, signed_ledger(runs_dir))

    def die(event: str, _arguments: tuple[object, ...]) -> None:
        nonlocal n_changes
        if event in _CHANGES:
            if n_changes == change:
                os.kill(os.getpid(), signal.SIGKILL)
            n_changes += 1

    sys.addaudithook(die)
    tidy(runs_dir, parameters, remover=remover)
