"""A project in a folder of its own, kept running by `alertmill up`; its processes can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from alertmill.orchestration.api import PrefectApi
from tests.e2e.unattended.calendar import Victim
from tests.e2e.unattended.orchestrator import Orchestrator

_FLOW_RUN = "PREFECT__FLOW_RUN_ID"


@dataclass(frozen=True)
class Installation:
    """Where `alertmill up` runs."""

    project: Path
    environment: dict[str, str]
    """With ports, folders and HOME of its own."""

    @property
    def state_dir(self) -> Path:
        """Folder of what `alertmill up` keeps."""
        return Path(self.environment["ALERTMILL_STATE_DIR"])

    @property
    def runs_dir(self) -> Path:
        """Folder of the runs."""
        return Path(self.environment["ALERTMILL_RUNS_DIR"])

    @property
    def run_dirs(self) -> list[Path]:
        """Run folders, the oldest first."""
        return sorted(path.parent for path in self.runs_dir.glob("*/*/parameters.json"))

    @cached_property
    def orchestrator(self) -> Orchestrator:
        """The Prefect server."""
        url = f"http://127.0.0.1:{self.environment['ALERTMILL_PREFECT_PORT']}/api"
        return Orchestrator(PrefectApi(url, seconds=60))

    def alertmill(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command; its output goes through files, which services it starts may keep open."""
        log = self.state_dir.parent / "commands.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a+") as output:
            start = output.tell()
            done = subprocess.run(  # noqa: S603 - our own module
                [sys.executable, "-m", "alertmill.cli", *arguments],
                cwd=self.project, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
            output.seek(start)
            return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")

    def kill(self, victim: Victim, run_id: str) -> int:
        """Send SIGKILL to what the victim names; return the number of processes hit."""
        is_hit = _CHOICES[victim]
        hit = [p for p in self.processes() if is_hit(p, run_id)]
        for process in hit:
            process.kill()
        return len(hit)

    def processes(self) -> Iterator[psutil.Process]:
        """Yield every process of the installation that lives, this one's children or not."""
        for process in psutil.process_iter():
            try:
                is_ours = process.environ().get("ALERTMILL_STATE_DIR") == str(self.state_dir)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            if is_ours and process.pid != os.getpid():
                yield process


def _is_flow(process: psutil.Process, run_id: str) -> bool:
    return process.environ().get(_FLOW_RUN) == run_id


def _says(process: psutil.Process, *words: str) -> bool:
    line = " ".join(process.cmdline())
    return any(word in line for word in words)


def _is_worker(process: psutil.Process, run_id: str) -> bool:
    return _is_flow(process, run_id) or _says(
        process, "alertmill.orchestration.worker", "worker start"
    )


def _is_server(process: psutil.Process, _run_id: str) -> bool:
    return _says(process, "alertmill.orchestration.server")


_CHOICES: dict[Victim, Callable[[psutil.Process, str], bool]] = {
    Victim.FLOW: _is_flow,
    Victim.WORKER: _is_worker,
    Victim.SERVER: _is_server,
    Victim.ALL: lambda _process, _run_id: True,
}
