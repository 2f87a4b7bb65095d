"""One run of the demo, around which the tests of this folder are made."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.workplaces import Workplace


@pytest.fixture(scope="session")
def demo(workplace: Workplace) -> subprocess.CompletedProcess[str]:
    """What `alertmill demo` on a small world said."""
    return workplace.alertmill("demo", "--size", "small")


@pytest.fixture(scope="session")
def demo_run(workplace: Workplace, demo: subprocess.CompletedProcess[str]) -> Path:
    """Folder of the run that the demo made."""
    assert demo.returncode == 0, demo.stderr[-3000:]
    return workplace.run_dirs[0]
