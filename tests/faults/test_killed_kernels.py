"""A killed process leaves no kernel, nothing that kernels have started, and no folder for long."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from alertmill.reporting.kernels import clear_kernel_folders
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PROJECT = Path(__file__).resolve().parents[2]
RENDERING = """
import sys
from pathlib import Path
from alertmill.processes import guarded_children
from alertmill.reporting.execution import execute_template
from tests.reporting.example_runs import make_run, write_template

folder = Path(sys.argv[1])
cell = f'''
import os, subprocess, time
child = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
open({str(folder / "numbers.part")!r}, "w").write(
    f"{{os.getpid()}} {{child.pid}} {{os.getppid()}} {{os.environ['IPYTHONDIR']}}"
)
os.rename({str(folder / "numbers.part")!r}, {str(folder / "numbers")!r})
time.sleep(600)
'''
with guarded_children():
    execute_template(write_template(folder, cell), make_run(folder))
"""


def runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_nothing_of_a_killed_rendering_is_left(tmp_path: Path) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", RENDERING, str(tmp_path)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    numbers = tmp_path / "numbers"
    assert eventually(numbers.is_file, seconds=120, pause=0.1)
    *written, ipython = numbers.read_text().split()
    processes, folder = [int(number) for number in written], Path(ipython).parent
    assert all(runs(pid) for pid in processes)
    assert process.pid not in processes

    process.kill()
    process.wait()

    assert eventually(lambda: not any(map(runs, processes)), seconds=5)
    clear_kernel_folders()
    assert not folder.exists()
