"""A small search, here and in processes of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from alertmill.parameters import TuningParameters
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.boosting import BoosterSettings
from alertmill.training.models.search_spaces import search_space_of
from alertmill.training.tuning.plan import plan_slots
from alertmill.training.tuning.search import Clock, Search, help_tune, tune
from alertmill.training.tuning.study import SharedStudy
from alertmill.vocabulary import ModelType
from tests.training.labelled_rows import make_rows

SPACE = search_space_of(ModelType.ALERT_SCORER)
SMALL = TuningParameters(n_trials=3, n_random_trials=2, grid_points=2, cv_folds=2, n_noise_seeds=2)


def small_rows() -> LabelledRows:
    return make_rows(n_addresses=150, n_days=40)


def make_search(
    folder: Path,
    rows: LabelledRows,
    parameters: TuningParameters = SMALL,
    *,
    n_threads: int = 1,
    clock: Clock = time.monotonic,
) -> Search:
    return Search(
        rows,
        parameters,
        embargo_days=7,
        settings=BoosterSettings(seed=7, n_threads=n_threads),
        space=SPACE,
        storage=folder / "study.db",
        clock=clock,
    )


# Forked from a process that has imported everything and run nothing: quick, and without threads.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["lightgbm", "optuna", "sqlalchemy", "tests.training.tuning.searching"]
)


class Worker:
    """A process that leads a search, helps in one, or dies in the middle of a trial."""

    def __init__(self, role: str, folder: Path, parameters: TuningParameters) -> None:
        self._ours, theirs = _FORKS.Pipe()
        self._process = _FORKS.Process(target=_work, args=(theirs, role, folder, parameters))
        self._process.start()
        theirs.close()

    def read(self) -> Any:  # noqa: ANN401 - what the role sends
        """Wait for what it says: a leader how many trials have ended, a helper how many it did."""
        return self._ours.recv()

    def kill(self) -> None:
        """End it as a lack of memory would."""
        self._process.kill()
        self._process.join()

    def join(self) -> int | None:
        """Wait until it has ended, and give its exit code."""
        self._process.join()
        return self._process.exitcode


def _work(pipe: Connection, role: str, folder: Path, parameters: TuningParameters) -> None:
    search = make_search(folder, small_rows(), parameters)
    if role == "lead":
        tune(search, progress=lambda done, _: pipe.send(done))
    elif role == "help":
        pipe.send(help_tune(search))
    else:
        slots = plan_slots(parameters, SPACE)
        SharedStudy.join(folder / "study.db", role, slots).claim()
        os.kill(os.getpid(), signal.SIGKILL)
