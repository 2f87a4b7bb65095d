"""Talk to supervisord, the process manager, over its Unix socket."""

from __future__ import annotations

import http.client
import json
import re
import socket
import xmlrpc.client
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import psutil

from alertmill.files import write_text
from alertmill.orchestration.environment import StateFolder, server_url
from alertmill.orchestration.logs import log_of
from alertmill.settings import Settings

_TIMEOUT_SECONDS = 10
RUNNING, FATAL = "RUNNING", "FATAL"
STOPPED_STATES = {"STOPPED", "EXITED", FATAL}


@dataclass(frozen=True)
class ProgramState:
    """What the process manager reports of one program."""

    name: str
    state: str
    """RUNNING, STARTING, BACKOFF, FATAL, EXITED, STOPPING or STOPPED."""
    pid: int | None
    since: datetime
    n_restarts: int


@dataclass(frozen=True)
class Manager:
    """A supervisord that runs now."""

    state: StateFolder
    process: psutil.Process

    @classmethod
    def find(cls, state: StateFolder) -> Self | None:
        """Return the manager of a state folder; None if none runs, as after a loss of power.

        A process id alone proves nothing, because the system hands it out again: the start time
        in the record must fit as well.
        """
        try:
            record = json.loads(_record(state).read_text(encoding="utf-8"))
            process = psutil.Process(record["pid"])
            if process.create_time() != record["create_time"]:
                return None
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
        except (FileNotFoundError, json.JSONDecodeError, psutil.NoSuchProcess):
            return None
        return cls(state, process)

    @classmethod
    def record(cls, state: StateFolder, pid: int) -> Self:
        """Note which process is the manager."""
        process = psutil.Process(pid)
        record = {"pid": pid, "create_time": process.create_time()}
        write_text(_record(state), json.dumps(record) + "\n")
        return cls(state, process)

    @property
    def since(self) -> datetime:
        """When it was started."""
        return datetime.fromtimestamp(self.process.create_time(), UTC)

    @property
    def is_running(self) -> bool:
        """True if the process is alive."""
        try:
            return bool(self.process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False

    def answers(self) -> bool:
        """Return whether it takes orders; a manager that has just started does not yet."""
        try:
            self.programs()
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return False
        return True

    def programs(self) -> list[ProgramState]:
        """Return the state of every program, in the order in which they start."""
        restarts = _count_restarts(log_of(self.state, "supervisord"))
        with self._connection() as rpc:
            found: Any = rpc.supervisor.getAllProcessInfo()
        return [
            ProgramState(
                name=info["name"],
                state=info["statename"],
                pid=info["pid"] or None,
                since=datetime.fromtimestamp(max(info["start"], info["stop"]), UTC),
                n_restarts=restarts.get(info["name"], 0),
            )
            for info in found
        ]

    def program(self, name: str) -> ProgramState:
        """Return the state of one program."""
        return next(program for program in self.programs() if program.name == name)

    def start(self, name: str) -> None:
        """Start a program, and do not wait for it."""
        with self._connection() as rpc:
            rpc.supervisor.startProcess(name, False)  # noqa: FBT003 - its protocol has no names

    def stop(self, names: Iterable[str]) -> None:
        """Send running programs the signal to stop, and return at once."""
        with self._connection() as rpc:
            for name in names:
                with suppress(xmlrpc.client.Fault):
                    rpc.supervisor.stopProcess(name, False)  # noqa: FBT003 - as above

    def shutdown(self) -> None:
        """Ask the manager to stop every program, the server last, and to end."""
        with self._connection() as rpc:
            rpc.supervisor.shutdown()

    def _connection(self) -> xmlrpc.client.ServerProxy:
        transport = _UnixTransport(self.state.socket)
        return xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport)


def running_server(settings: Settings) -> dict[str, str]:
    """Return the variable with which a flow finds the server of `alertmill up`, if that runs."""
    if Manager.find(StateFolder.of(settings)) is None:
        return {}
    return {"PREFECT_API_URL": f"{server_url(settings)}/api"}


def forget_manager(state: StateFolder) -> None:
    """Remove the record and the socket of a manager that has ended."""
    for path in (_record(state), state.socket, state.supervisor / "supervisord.pid"):
        path.unlink(missing_ok=True)


def _record(state: StateFolder) -> Path:
    return state.supervisor / "running.json"


def _count_restarts(log: Path) -> dict[str, int]:
    """Count how often each program was started again since the manager was started."""
    text = log.read_text(errors="replace") if log.exists() else ""
    since_start = text.rsplit("supervisord started with pid", 1)[-1]
    started = re.findall(r"spawned: '([^']+)'", since_start)
    return {name: started.count(name) - 1 for name in set(started)}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_TIMEOUT_SECONDS)
        self.sock.connect(str(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    """Requests of XML-RPC over a Unix socket, with a time limit."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:  # noqa: ANN401 - as its base
        del host  # a socket of a file has none
        return _UnixConnection(self._path)
