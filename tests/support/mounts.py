"""A small disk of its own, where the machine of the tests lets us mount one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class SmallDisk:
    """A disk in memory that can be filled, and made read-only."""

    path: Path

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leave no byte free within the block."""
        rest = self.path / "rest"
        try:
            with rest.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 16))
        except OSError:
            yield
        finally:
            rest.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Allow no write within the block."""
        self._remount("ro")
        try:
            yield
        finally:
            self._remount("rw")

    def _remount(self, way: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{way}", self.path], check=True)  # noqa: S603, S607


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a disk at a new folder; skip the test where that is not allowed."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "none", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        pytest.skip("there is no program mount")
    if done.returncode:
        pytest.skip(f"a disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", folder], check=True)  # noqa: S603, S607
