"""Native threads that wait without spinning, so that processes can share a machine."""

from __future__ import annotations

import os

_ENVIRONMENT = {
    # Two LightGBM processes of two threads on two cores took 17 s instead of 0.2 s without this:
    # an OpenMP thread that waits for work burns its core by default.
    "OMP_WAIT_POLICY": "passive",
    # scikit-learn's and numpy's linear algebra gains nothing from threads on our matrix sizes.
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def thread_environment() -> dict[str, str]:
    """Environment variables for a process that we start; what the operator has set stays."""
    return {name: os.environ.get(name, value) for name, value in _ENVIRONMENT.items()}


def limit_threads() -> None:
    """Keep the native libraries of this process from spinning.

    Call it before numpy, scikit-learn or LightGBM are imported: they read the environment once,
    when they are loaded. How many threads LightGBM uses is a run's parameter, not set here.
    """
    os.environ.update(thread_environment())
