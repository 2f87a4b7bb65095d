"""Processes that train side by side share the machine instead of spinning."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from alertmill.threads import limit_threads, thread_environment

_TRAIN = """
import sys
from alertmill.threads import limit_threads
limit_threads()
import numpy as np
import lightgbm
rng = np.random.default_rng(0)
X = rng.normal(size=(4000, 30))
data = lightgbm.Dataset(X, (X[:, 0] > 1).astype(int))
print("ready", flush=True)
sys.stdin.readline()
lightgbm.train({"objective": "binary", "num_threads": 2, "verbosity": -1}, data, 40)
print("done", flush=True)
"""


def test_what_the_operator_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")

    assert "active" == thread_environment()["OMP_WAIT_POLICY"]


def test_waiting_threads_are_passive_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)

    limit_threads()

    assert "passive" == os.environ["OMP_WAIT_POLICY"]


@pytest.mark.heavy
def test_two_trainings_beside_each_other_do_not_spin() -> None:
    alone = _train_together(1)

    assert _train_together(2) < max(4 * alone, 2.0)


def _train_together(n_processes: int) -> float:
    """Seconds until all have trained, from the moment when all are loaded."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("OMP_")}
    processes = [
        subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", _TRAIN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=inherited,
            text=True,
        )
        for _ in range(n_processes)
    ]
    try:
        for process in processes:
            assert "ready\n" == process.stdout.readline()
        started = time.perf_counter()
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        assert ["done\n"] * n_processes == [process.stdout.readline() for process in processes]
        return time.perf_counter() - started
    finally:
        for process in processes:
            process.communicate()
