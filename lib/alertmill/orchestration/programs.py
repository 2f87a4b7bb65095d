"""The programs that `alertmill up` keeps running, as the configuration of supervisord."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alertmill.files import write_text
from alertmill.orchestration.environment import StateFolder
from alertmill.orchestration.logs import log_of
from alertmill.settings import Settings

SERVER, WORKER, WATCH, SITE = "server", "worker", "watch", "site"


@dataclass(frozen=True)
class Program:
    """A program that is started again whenever it ends."""

    name: str
    command: Sequence[str]
    priority: int
    """Lower starts first and stops last."""
    stop_seconds: int
    """Time between SIGTERM and SIGKILL."""
    starts_at_once: bool


def programs_of(settings: Settings) -> tuple[Program, ...]:
    """Return server, site, watch and worker, in the order in which they start."""
    python = sys.executable
    server = (
        python, "-m", "alertmill.orchestration.server",
        "--host", "127.0.0.1", "--port", str(settings.alertmill_prefect_port),
    )  # fmt: skip
    site = (python, "-m", "alertmill.cli", "serve")
    watch = (python, "-m", "alertmill.orchestration.watch")
    worker = (python, "-m", "alertmill.orchestration.worker")
    return (
        Program(SERVER, server, 10, stop_seconds=5, starts_at_once=True),
        Program(SITE, site, 20, stop_seconds=2, starts_at_once=True),
        Program(WATCH, watch, 25, stop_seconds=2, starts_at_once=True),
        # Started once pool and deployments are there. With a run to wait for it ignores SIGTERM.
        Program(WORKER, worker, 30, stop_seconds=3, starts_at_once=False),
    )


def supervisor_config(state: StateFolder) -> Path:
    """Return the path of the process manager's configuration."""
    return state.supervisor / "supervisord.conf"


def write_supervisor_config(settings: Settings, *, folder: Path) -> None:
    """Write the configuration; the programs run in ``folder``, the project's."""
    state = StateFolder.of(settings)
    sections = [_manager(state), *(_section(p, state, folder) for p in programs_of(settings))]
    write_text(supervisor_config(state), "\n".join(sections))


def _manager(state: StateFolder) -> str:
    return f"""\
[supervisord]
nodaemon = true
logfile = {_escape(log_of(state, "supervisord"))}
logfile_maxbytes = 5MB
logfile_backups = 2
pidfile = {_escape(state.supervisor / "supervisord.pid")}
childlogdir = {_escape(state.logs)}

[unix_http_server]
file = {_escape(state.socket)}
chmod = 0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""


def _section(program: Program, state: StateFolder, folder: Path) -> str:
    return f"""\
[program:{program.name}]
command = {_escape(shlex.join(program.command))}
directory = {_escape(folder)}
priority = {program.priority}
autostart = {str(program.starts_at_once).lower()}
autorestart = true
startsecs = 3
startretries = 10
stopsignal = TERM
stopwaitsecs = {program.stop_seconds}
stopasgroup = true
killasgroup = true
redirect_stderr = true
stdout_logfile = {_escape(log_of(state, program.name))}
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 5
"""


def _escape(text: str | Path) -> str:
    """Return the text as supervisord reads it back: it expands percent signs."""
    return str(text).replace("%", "%%")
