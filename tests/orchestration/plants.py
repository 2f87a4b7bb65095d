"""A Prefect server and a worker that a test kills and starts again, and the runs between them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import psutil

from alertmill.orchestration.api import PrefectApi
from alertmill.orchestration.environment import POOL, service_environment
from alertmill.settings import Settings
from tests.support.services import SERVER, free_port
from tests.support.waiting import eventually

PROJECT = Path(__file__).resolve().parents[2]
ENTRYPOINT = "tests/orchestration/killable.py:killable"
TAGS = ("alertmill", "retry-after-crash")
Row = dict[str, Any]


@dataclass
class Plant:
    """The programs of one folder, and the addresses by which they are reached."""

    folder: Path
    port: int
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """Settings under which the programs run."""
        return Settings(
            _env_file=None,
            alertmill_state_dir=self.folder / "state",
            alertmill_runs_dir=self.folder / "runs",
            alertmill_database_dir=self.folder / "clickhouse",
            alertmill_prefect_port=self.port,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Environment of the programs, as `alertmill up` makes it."""
        state = self.folder / "state"
        (state / "tmp").mkdir(parents=True, exist_ok=True)
        return {
            **service_environment(self.settings),
            "ALERTMILL_STATE_DIR": str(state),
            "ALERTMILL_RUNS_DIR": str(self.folder / "runs"),
            "ALERTMILL_DATABASE_DIR": str(self.folder / "clickhouse"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PYTHONPATH": str(PROJECT),
            "TMPDIR": str(state / "tmp"),
        }

    @cached_property
    def api(self) -> PrefectApi:
        """The server's API."""
        return PrefectApi.of_up(self.settings)

    def start_server(self) -> None:
        """Start the server and wait until it answers."""
        self._start("server", [*SERVER, "--port", str(self.port)])
        assert eventually(self.api.is_healthy, seconds=240, pause=0.5)

    def start_worker(self, *, query_seconds: int = 1) -> None:
        """Start the worker as `alertmill up` does: after a sweep."""
        command = [sys.executable, "-m", "alertmill.orchestration.worker"]
        self._start("worker", command, PREFECT_WORKER_QUERY_SECONDS=str(query_seconds))

    def start_watch(self) -> None:
        """Start what looks for dead runs beside the worker."""
        self._start("watch", [sys.executable, "-m", "alertmill.orchestration.watch"])

    def kill(self, *names: str) -> None:
        """Kill programs at once, without a word."""
        for name in names:
            self.programs[name].kill()
        for name in names:
            self.programs.pop(name).wait()

    def close(self) -> None:
        """End everything that was started here."""
        self.api.close()
        for process in psutil.process_iter():
            try:
                is_ours = process.environ().get("ALERTMILL_UP") == str(self.folder / "state")
            except psutil.Error:
                continue
            if is_ours:
                process.kill()
        for program in self.programs.values():
            program.wait()

    def _start(self, name: str, command: Sequence[str], **environment: str) -> None:
        with (self.folder / f"{name}.log").open("a") as log:
            self.programs[name] = subprocess.Popen(  # noqa: S603 - our own environment's programs
                command, cwd=PROJECT, env=self.environment | environment, start_new_session=True,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    # --- runs ---------------------------------------------------------------------------------

    def deploy(self, tags: Sequence[str] = TAGS) -> str:
        """Create the pool and the deployment of the killable flow; return its id."""
        self.post("/work_pools/", {"name": POOL, "type": "process", "concurrency_limit": 1})
        flow = self.post("/flows/", {"name": "killable"})
        step = {"prefect.deployments.steps.set_working_directory": {"directory": str(PROJECT)}}
        deployment = self.post(
            "/deployments/",
            {
                "name": "killable", "flow_id": flow["id"], "work_pool_name": POOL,
                "entrypoint": ENTRYPOINT, "tags": list(tags), "pull_steps": [step],
                "enforce_parameter_schema": False,
            },
        )  # fmt: skip
        return str(deployment["id"])

    def trigger(self, deployment: str, *, end_date: str = "2024-02-29") -> str:
        """Create a flow run; return its id."""
        run = self.post(
            f"/deployments/{deployment}/create_flow_run",
            {"parameters": {"parameters": request(end_date)}, "state": {"type": "SCHEDULED"}},
        )
        return str(run["id"])

    def run(self, run_id: str) -> Row:
        """Return what the server holds of a flow run."""
        found: Row = self.api.get(f"/flow_runs/{run_id}")
        return found

    def states(self, run_id: str) -> list[Row]:
        """Return all states of a flow run, in order of time."""
        found: list[Row] = self.api.get(f"/flow_run_states/?flow_run_id={run_id}")
        return sorted(found, key=lambda state: state["timestamp"])

    def names(self, run_id: str) -> list[str]:
        """Return the names of all states of a flow run, in order of time."""
        return [state["name"] for state in self.states(run_id)]

    def has_been(self, run_id: str, name: str) -> bool:
        """Return whether a flow run was in a state of this name; False without an answer."""
        try:
            return name in self.names(run_id)
        except httpx.HTTPError:
            return False

    def await_state(self, run_id: str, name: str, *, seconds: float = 240) -> Row:
        """Wait until the state of a flow run has this name."""
        reached = eventually(lambda: self._name_of(run_id) == name, seconds=seconds, pause=0.5)
        assert reached, (self.names(run_id), self.log())
        return self.run(run_id)

    def _name_of(self, run_id: str) -> str | None:
        try:
            return str(self.run(run_id)["state_name"])
        except httpx.HTTPError:
            return None

    def post(self, path: str, row: Mapping[str, object]) -> Row:
        """Send a row to the server, and return its answer."""
        found: Row = self.api.request("POST", path, row).raise_for_status().json()
        return found

    def log(self) -> str:
        """Return the end of the worker's log."""
        file = self.folder / "worker.log"
        return file.read_text()[-6000:] if file.is_file() else ""

    # --- what the flow does -------------------------------------------------------------------

    def attempts(self, stage: str) -> list[int]:
        """Return the processes that have begun a stage, over all runs, the last one last."""
        files = sorted(self.folder.glob(f"attempts/*.{stage}"))
        return [int(line) for file in files for line in file.read_text().split()]

    def await_stage(self, stage: str, *, n: int = 1, seconds: float = 240) -> int:
        """Wait until a stage was begun the n-th time; return the process that does it."""
        reached = eventually(lambda: len(self.attempts(stage)) >= n, seconds=seconds, pause=0.2)
        assert reached, (stage, self.attempts(stage), self.log())
        return self.attempts(stage)[n - 1]

    def allow(self, *stages: str) -> None:
        """Let stages come to their end; all of them if none is named."""
        for name in [f"go-{stage}" for stage in stages] or ["go"]:
            (self.folder / name).touch()

    @property
    def living_children(self) -> list[int]:
        """Processes started by stages that still run."""
        file = self.folder / "children"
        numbers = [int(line) for line in file.read_text().split()] if file.is_file() else []
        return [pid for pid in numbers if _runs(pid)]

    @property
    def run_dirs(self) -> list[Path]:
        """Run folders, the oldest first."""
        return sorted(path.parent for path in self.folder.glob("runs/*/*/parameters.json"))


def request(end_date: str) -> Row:
    """Return the parameters of a killable run."""
    return {"network": "ethereum", "start_date": "2024-01-01", "end_date": end_date}


def by_hand(plant: Plant, end_date: str = "2024-02-29") -> subprocess.Popen[str]:
    """Start the killable flow in a process of its own, as a person would."""
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-m", "tests.orchestration.killable", json.dumps(request(end_date))],
        cwd=PROJECT, env=plant.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@contextmanager
def plant_in(folder: Path) -> Iterator[Plant]:
    """Yield a server without a worker; everything ends with the block."""
    plant = Plant(folder, free_port())
    try:
        plant.start_server()
        yield plant
    finally:
        plant.close()


def kill(pid: int) -> None:
    """Kill one process."""
    os.kill(pid, signal.SIGKILL)
