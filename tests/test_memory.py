"""The tightest limit of memory is found and named."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from alertmill.memory import MemoryLimit, in_gigabytes, usable_memory


def limit_with(folder: Path, **limits: str) -> MemoryLimit:
    """Return the limit of a process in the cgroup service/run."""
    groups = {"service": folder / "service", "run": folder / "service" / "run"}
    groups["run"].mkdir(parents=True)
    for name, limit in limits.items():
        (groups[name] / "memory.max").write_text(f"{limit}\n")
    membership = folder / "membership"
    membership.write_text("0::/service/run\n")
    return usable_memory(membership=membership, root=folder)


def test_without_any_other_limit_the_machine_is_the_limit(tmp_path: Path) -> None:
    found = limit_with(tmp_path, run="max")

    assert psutil.virtual_memory().total == found.n_bytes
    assert found.sentence.startswith("the machine has ")


def test_the_tightest_control_group_above_is_the_limit(tmp_path: Path) -> None:
    found = limit_with(tmp_path, run="2000000000", service="1500000000")

    assert "the control group allows 1.5 GB" == found.sentence


@pytest.mark.process
def test_a_limit_of_the_process_is_found(tmp_path: Path) -> None:
    code = (
        "from alertmill.memory import usable_memory\n"
        f"print(usable_memory(root=__import__('pathlib').Path({str(tmp_path)!r})).sentence)"
    )
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * 10**9, 4 * 10**9)),
    )

    assert "the limit of its address space (ulimit -v) is 4.0 GB\n" == done.stdout


def test_gigabytes_are_written_with_one_decimal() -> None:
    assert ("0.0 GB", "1,234.6 GB") == (in_gigabytes(1), in_gigabytes(1234.56e9))
