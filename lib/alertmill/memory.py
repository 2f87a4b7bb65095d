"""How much memory a process may have."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

import psutil

from alertmill.errors import ConfigurationError
from alertmill.threads import CGROUPS, MEMBERSHIP, limits_of_cgroups

_GIGABYTE = 1e9
_EMBEDDED_INGEST = int(4e9)
"""Bytes of address space that an ingest needs: one of a small file reserved 3.6 GB."""


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


def has_limited_address_space() -> bool:
    """Return whether this process may reserve a limited number of addresses only (ulimit -v)."""
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def check_address_space() -> None:
    """Refuse a limit of addresses within which the embedded database cannot be filled.

    Where addresses end, the native libraries end the process in many ways, few of them in words.

    Raises
    ------
    ConfigurationError
        If the limit is too low.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if resource.RLIM_INFINITY != limit < _EMBEDDED_INGEST:
        raise ConfigurationError(
            f"the limit of the address space (ulimit -v) is {in_gigabytes(limit)}; expected at "
            f"least {in_gigabytes(_EMBEDDED_INGEST)} to fill the embedded database. Raise it, or "
            "set CLICKHOUSE_HOST to use a ClickHouse server."
        )


def in_gigabytes(n_bytes: float) -> str:
    """Write an amount of memory, as in 1.5 GB."""
    return f"{n_bytes / _GIGABYTE:,.1f} GB"
