"""A copy of the project that `alertmill up` runs, on ports of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from alertmill.orchestration.polling import poll
from tests.support.services import ask, free_port

PROJECT = Path(__file__).resolve().parents[2]
_SECONDS = 900

_WAITING_FLOW = '''\
"""A flow that works until it is ended, with a child in a session of its own."""

import subprocess
import threading
from pathlib import Path

from prefect import flow


@flow(flow_run_name="a long piece of work")
def waiting() -> None:
    child = subprocess.Popen(["sleep", "3600"], start_new_session=True)
    Path(__file__).with_name("child.pid").write_text(str(child.pid))
    threading.Event().wait(3600)
'''

_BRIEF_FLOW = '''\
"""A flow that is done at once."""

from prefect import flow


@flow
def brief() -> None:
    pass
'''

_DEPLOYMENTS = """
  - name: brief
    entrypoint: flows/brief.py:brief
    work_pool:
      name: local
  - name: waiting
    entrypoint: flows/waiting.py:waiting
    work_pool:
      name: local
    schedules:
      - {cron: "0 5 * * *", timezone: UTC, slug: early, active: true}
      - {cron: "0 6 * * *", timezone: UTC, slug: late, active: false}
"""


@dataclass(frozen=True)
class Installation:
    """A project folder, and the ports that its programs use."""

    folder: Path
    prefect_port: int = field(default_factory=free_port)
    site_port: int = field(default_factory=free_port)

    @classmethod
    def create(cls, folder: Path) -> Installation:
        """Copy the project, and add a brief flow and one that works until it is ended."""
        for name in ("flows", "tasks", "notebook_templates"):
            shutil.copytree(PROJECT / name, folder / name)
        (folder / "flows" / "waiting.py").write_text(_WAITING_FLOW)
        (folder / "flows" / "brief.py").write_text(_BRIEF_FLOW)
        declared = (PROJECT / "prefect.yaml").read_text()
        (folder / "prefect.yaml").write_text(declared + _DEPLOYMENTS)
        return cls(folder)

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / ".alertmill"

    @property
    def api(self) -> str:
        """Address of the Prefect API."""
        return f"http://127.0.0.1:{self.prefect_port}/api"

    @property
    def output(self) -> str:
        """What `alertmill up` in the foreground has printed."""
        return (self.folder / "up.out").read_text()

    @cached_property
    def environment(self) -> dict[str, str]:
        """Environment of an operator who works here."""
        (self.folder / "home").mkdir(exist_ok=True)
        ours = ("PREFECT_", "ALERTMILL_", "CLICKHOUSE_")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        return {
            **inherited,
            "HOME": str(self.folder / "home"),
            "ALERTMILL_PREFECT_PORT": str(self.prefect_port),
            "ALERTMILL_SITE_PORT": str(self.site_port),
        }

    def alertmill(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "alertmill.cli", *arguments],
            cwd=self.folder, env=self.environment | environment,
            capture_output=True, text=True, check=False, timeout=_SECONDS,
        )  # fmt: skip

    def up(self) -> subprocess.Popen[bytes]:
        """Run `alertmill up` in the foreground; return once it has printed the addresses."""
        with (self.folder / "up.out").open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "alertmill.cli", "up"], cwd=self.folder,
                env=self.environment, stdout=output, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        wait_until(lambda: "Ctrl-C" in self.output or process.poll() is not None)
        assert process.poll() is None, self.output
        return process

    def interrupt(self, process: subprocess.Popen[bytes]) -> float:
        """Press Ctrl-C; return after how many seconds `alertmill up` has ended."""
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=_SECONDS)
        return time.monotonic() - began

    def request(self, method: str, path: str, **body: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask the Prefect API."""
        answer = ask(self.api, method, path, body or None).raise_for_status()
        return answer.json() if answer.content else None

    def deployment(self, name: str) -> dict[str, Any]:
        """Return a deployment as the server has it."""
        found: list[dict[str, Any]] = self.request("POST", "/deployments/filter", limit=50)
        return next(deployment for deployment in found if deployment["name"] == name)

    def start_waiting_run(self) -> tuple[str, int]:
        """Start a run of the flow that works until it is ended; return its id and child."""
        pid_file = self.folder / "flows" / "child.pid"
        pid_file.unlink(missing_ok=True)
        deployment_id = self.deployment("waiting")["id"]
        path = f"/deployments/{deployment_id}/create_flow_run"
        run_id: str = self.request("POST", path, state={"type": "SCHEDULED"})["id"]
        wait_until(lambda: pid_file.exists() and bool(pid_file.read_text()))
        return run_id, int(pid_file.read_text())

    def processes(self) -> list[psutil.Process]:
        """Return every live process that was started from here, in whatever session."""
        return [p for p in psutil.process_iter() if self._is_ours(p)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                return False
            return bool(process.environ().get("HOME") == self.environment["HOME"])
        except psutil.Error:
            return False

    def kill(self) -> None:
        """End everything at once, as a loss of power does."""
        processes = self.processes()
        for process in processes:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(processes, timeout=30)


def wait_until(condition: Callable[[], bool], *, seconds: float = _SECONDS) -> None:
    """Ask again until the condition is true; fail after the time limit."""
    assert poll(condition, seconds=seconds, every_seconds=0.25), "it did not come true in time"
