"""A process uses the cores that it may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alertmill.threads import on_all_cores, usable_cores


def cores_with(folder: Path, **limits: str) -> int:
    """Return the usable cores of a process in the cgroup service/run."""
    groups = {"root": folder, "service": folder / "service", "run": folder / "service" / "run"}
    groups["run"].mkdir(parents=True)
    for name, limit in limits.items():
        (groups[name] / "cpu.max").write_text(f"{limit}\n")
    membership = folder / "membership"
    membership.write_text("1:name=systemd:/x\n0::/service/run\n")
    return usable_cores(membership=membership, root=folder)


def test_affinity_limits_the_cores(tmp_path: Path) -> None:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        found = cores_with(tmp_path)
    finally:
        os.sched_setaffinity(0, allowed)

    assert 1 == found
    assert len(allowed) == usable_cores(membership=tmp_path / "none", root=tmp_path / "none")


@pytest.mark.parametrize(
    "limits",
    [
        {"run": "100000 100000"},
        {"run": "50000 100000"},
        {"run": "max 100000", "service": "100000 100000"},
        {"root": "90000 100000"},
    ],
)
def test_a_quota_of_any_cgroup_above_limits_the_cores(
    tmp_path: Path, limits: dict[str, str]
) -> None:
    assert 1 == cores_with(tmp_path, **limits)


def test_no_quota_is_no_limit(tmp_path: Path) -> None:
    assert len(os.sched_getaffinity(0)) == cores_with(tmp_path, run="max 100000")


@pytest.mark.parametrize("items", [[], [3], [3, 1, 2, 5, 4]], ids=["none", "one", "many"])
def test_what_the_cores_share_comes_back_in_order(items: list[int]) -> None:
    assert [item * item for item in items] == on_all_cores(lambda item: item * item, items)


def test_what_fails_on_one_core_fails_the_whole() -> None:
    with pytest.raises(ZeroDivisionError):
        on_all_cores(lambda item: 1 // item, [1, 0, 2])
