"""Native threads that wait without spinning, so that processes can share a machine."""

from __future__ import annotations

import os
from math import ceil
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_ENVIRONMENT = {
    # Two LightGBM processes of two threads on two cores took 17 s instead of 0.2 s without this:
    # an OpenMP thread that waits for work burns its core by default.
    "OMP_WAIT_POLICY": "passive",
    # scikit-learn's and numpy's linear algebra gains nothing from threads on our matrix sizes.
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def usable_cores(*, membership: Path = Path("/proc/self/cgroup"), root: Path = _CGROUPS) -> int:
    """Return how many cores this process may use: by its affinity, and by quotas of its cgroups.

    Parameters
    ----------
    membership : Path
        File that names the cgroup of the process, as Linux shows it.
    root : Path
        Where the cgroups are mounted, version 2.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    n_cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min([n_cores, *(ceil(quota) for quota in _quotas(membership, root))]))


def _quotas(membership: Path, root: Path) -> list[float]:
    """Return the limits of the cgroup and of those above it, in cores."""
    lines = membership.read_text(encoding="utf-8").splitlines() if membership.is_file() else []
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    group = root / own.strip("/")
    files = [
        folder / "cpu.max" for folder in (group, *group.parents) if folder.is_relative_to(root)
    ]
    limits = [file.read_text(encoding="utf-8").split() for file in files if file.is_file()]
    return [int(limit[0]) / int(limit[1]) for limit in limits if limit[0] != "max"]


def thread_environment() -> dict[str, str]:
    """Environment variables for a process that we start; what the operator has set stays."""
    return {name: os.environ.get(name, value) for name, value in _ENVIRONMENT.items()}


def limit_threads() -> None:
    """Keep the native libraries of this process from spinning.

    Call it before numpy, scikit-learn or LightGBM are imported: they read the environment once,
    when they are loaded. How many threads LightGBM uses is a run's parameter, not set here.
    """
    os.environ.update(thread_environment())
