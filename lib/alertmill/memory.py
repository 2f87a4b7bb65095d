"""How much memory a process may have."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

import psutil

from alertmill.threads import CGROUPS, MEMBERSHIP, limits_of_cgroups

_GIGABYTE = 1e9


@dataclass(frozen=True)
class MemoryLimit:
    """The tightest limit, and whose it is."""

    n_bytes: int
    owner: str
    """As in: the machine has, its control group allows."""

    @property
    def sentence(self) -> str:
        """Who allows how much."""
        return f"{self.owner} {in_gigabytes(self.n_bytes)}"


def usable_memory(*, membership: Path = MEMBERSHIP, root: Path = CGROUPS) -> MemoryLimit:
    """Return how much memory a process that this one starts may have at most.

    Parameters
    ----------
    membership : Path
        File that names the cgroup of the process, as Linux shows it.
    root : Path
        Where the cgroups are mounted, version 2.
    """
    limits = [MemoryLimit(psutil.virtual_memory().total, "the machine has")]
    limits += [
        MemoryLimit(int(limit), "the control group allows")
        for limit in limits_of_cgroups("memory.max", membership=membership, root=root)
        if limit != "max"
    ]
    for kind, owner in (
        (resource.RLIMIT_AS, "the limit of its address space (ulimit -v) is"),
        (resource.RLIMIT_DATA, "the limit of its data (ulimit -d) is"),
    ):
        soft, _ = resource.getrlimit(kind)
        if soft != resource.RLIM_INFINITY:
            limits.append(MemoryLimit(soft, owner))
    return min(limits, key=lambda limit: limit.n_bytes)


def in_gigabytes(n_bytes: float) -> str:
    """Write an amount of memory, as in 1.5 GB."""
    return f"{n_bytes / _GIGABYTE:,.1f} GB"
