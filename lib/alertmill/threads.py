"""Threads: the cores that a process may use, and native ones that wait without spinning."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

CGROUPS = Path("/sys/fs/cgroup")
"""Where Linux mounts the cgroups, version 2."""
MEMBERSHIP = Path("/proc/self/cgroup")
"""Where Linux names the cgroup of a process."""
_ENVIRONMENT = {
    # Two LightGBM processes of two threads on two cores took 17 s instead of 0.2 s without this:
    # an OpenMP thread that waits for work burns its core by default.
    "OMP_WAIT_POLICY": "passive",
    # scikit-learn's and numpy's linear algebra gains nothing from threads on our matrix sizes.
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def usable_cores(*, membership: Path = MEMBERSHIP, root: Path = CGROUPS) -> int:
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


def on_all_cores(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Return what a function makes of each item, in their order; the usable cores share the work.

    Only work that leaves Python's lock, such as numpy on large arrays, becomes quicker.

    Parameters
    ----------
    function : callable
        Must not depend on the order of its calls.
    items : sequence
        What it is called with, one at a time.
    """
    n_threads = min(usable_cores(), len(items))
    if n_threads <= 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(function, items))


def limits_of_cgroups(
    file: str, *, membership: Path = MEMBERSHIP, root: Path = CGROUPS
) -> list[str]:
    """Return the limits of one kind of the cgroup of this process and of those above it.

    Parameters
    ----------
    file : str
        Name of the limit's file, such as cpu.max or memory.max.
    membership, root : Path
        As for `usable_cores`.
    """
    lines = membership.read_text(encoding="utf-8").splitlines() if membership.is_file() else []
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    group = root / own.strip("/")
    files = [folder / file for folder in (group, *group.parents) if folder.is_relative_to(root)]
    return [path.read_text(encoding="utf-8").strip() for path in files if path.is_file()]


def _quotas(membership: Path, root: Path) -> list[float]:
    """Return the limits in cores."""
    texts = limits_of_cgroups("cpu.max", membership=membership, root=root)
    limits = [text.split() for text in texts]
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
