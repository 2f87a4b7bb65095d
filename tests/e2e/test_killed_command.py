"""A command that is killed leaves neither its flow nor the flow's own Prefect server running."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from alertmill.processes import MARK, ProcessTag
from tests.e2e.workplaces import PROJECT, Workplace
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

DATES = ("--start-date", "2024-01-01", "--end-date", "2024-02-29")


def of_workplace(workplace: Workplace) -> list[psutil.Process]:
    """Processes that work in the place: the flow, its server, and what guards them."""
    return [process for process in psutil.process_iter() if _is_of(process, workplace)]


def _is_of(process: psutil.Process, workplace: Workplace) -> bool:
    try:
        home = process.environ().get("PREFECT_HOME")
        is_running = process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
    return bool(is_running and home == workplace.environment["PREFECT_HOME"])


def test_nothing_of_a_killed_training_lives_on(workplace: Workplace) -> None:
    command = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "alertmill.cli", "train", "--network", "ethereum", *DATES],
        cwd=PROJECT,
        env={**workplace.environment, "TMPDIR": str(workplace.folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    tag = str(ProcessTag.of(command.pid))

    def has_server() -> bool:
        return any("uvicorn" in process.cmdline() for process in of_workplace(workplace))

    assert eventually(has_server, seconds=240, pause=0.2)
    assert any(process.environ().get(MARK) == tag for process in of_workplace(workplace))

    command.kill()
    command.wait()

    assert eventually(lambda: not of_workplace(workplace), seconds=15, pause=0.2)
