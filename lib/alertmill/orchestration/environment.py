"""Where the programs of `alertmill up` keep their files, and the environment they run in."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from alertmill.errors import ConfigurationError
from alertmill.settings import Settings

MARK = "ALERTMILL_UP"
"""Variable that every program of `alertmill up` inherits; its value is the state folder."""

POOL = "local"
"""Work pool of this machine."""

_LONGEST_SOCKET = 100
"""Bytes that the path of a Unix socket may have on Linux and macOS, with some to spare."""
_SHORT_FOLDER = Path("/tmp")  # noqa: S108 - a folder of our own in it, and the same for any TMPDIR
_LONGEST_TEMPORARY = _LONGEST_SOCKET - 40
"""The same less what multiprocessing appends."""


@dataclass(frozen=True)
class StateFolder:
    """The folder of what `alertmill up` keeps, and the places in it."""

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the configured folder, as an absolute path."""
        return cls(settings.alertmill_state_dir.resolve())

    @property
    def prefect(self) -> Path:
        """Home of Prefect: its database and results."""
        return self.root / "prefect"

    @property
    def ui(self) -> Path:
        """Copies of Prefect's pages, from which the server serves them."""
        return self.root / "prefect-ui"

    @property
    def logs(self) -> Path:
        """One log a program."""
        return self.root / "logs"

    @property
    def locks(self) -> Path:
        """Locks that the kernel frees when their holder ends."""
        return self.root / "locks"

    @property
    def temporary(self) -> Path:
        """Temporary files of runs."""
        return self.root / "tmp"

    @property
    def supervisor(self) -> Path:
        """Configuration of the process manager, and what is running."""
        return self.root / "supervisor"

    @property
    def socket(self) -> Path:
        """Control socket of the process manager; beside the folder's if that path is too long."""
        inside = self.supervisor / "control.sock"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET:
            return inside
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return _SHORT_FOLDER / f"alertmill-{os.getuid()}-{digest}" / "control.sock"

    def create(self) -> None:
        """Create the folders; only their owner may look at the one of the control socket."""
        for folder in (self.prefect, self.ui, self.logs, self.locks, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.supervisor, self.socket.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid != os.getuid():
                raise ConfigurationError(
                    f"{folder} belongs to another user; remove it, or set ALERTMILL_STATE_DIR to a "
                    "folder of your own."
                )


def server_url(settings: Settings) -> str:
    """Return the address of the Prefect server that `alertmill up` starts."""
    return f"http://127.0.0.1:{settings.alertmill_prefect_port}"


def service_environment(
    settings: Settings, inherited: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment of server, worker and site, and so of every flow and its kernels.

    Parameters
    ----------
    settings : Settings
        Ports and folders.
    inherited : mapping of str to str
        Environment of the operator, such as credentials of the database; what is set here
        replaces it.
    """
    return {
        **_project_folders(settings),
        **inherited,
        **_temporary(settings),
        **_no_proxy(inherited),
        **_prefect(settings),
        **_no_telemetry(),
        MARK: str(StateFolder.of(settings).root),
        "PYTHONUNBUFFERED": "1",
        "OMP_WAIT_POLICY": "passive",
    }


def _prefect(settings: Settings) -> dict[str, str]:
    state, server = StateFolder.of(settings), server_url(settings)
    return {
        "PREFECT_HOME": str(state.prefect),
        "PREFECT_API_URL": f"{server}/api",
        # Links in logs and messages lead to the newer of the two pages.
        "PREFECT_UI_URL": f"{server}/v2",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(state.ui),
        # The default keeps leases in memory: a run would crash after the server was restarted.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        # Seconds; a worker and a flow write at the same time, and SQLite has one writer.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        # The server deletes runs with their logs and artifacts when they ended so many seconds ago
        # (90 days); what must be kept longer lies in the run folders.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(90 * 24 * 3600),
        # Seconds, the shortest that Prefect allows; the automation for dead runs counts on it.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "alertmill",
        "PREFECT_CLI_PROMPT": "false",
    }


def _temporary(settings: Settings) -> dict[str, str]:
    """Return where temporary files go, so that those of dead runs are found and removed.

    Programs create sockets there, whose path may not be long.
    """
    folder = StateFolder.of(settings).temporary
    is_short = len(os.fsencode(folder)) <= _LONGEST_TEMPORARY
    return {"TMPDIR": str(folder)} if is_short else {}


def _no_proxy(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps requests to our own server from going through a proxy."""
    excepted = inherited.get("NO_PROXY") or inherited.get("no_proxy") or ""
    value = ",".join(filter(None, (excepted, "127.0.0.1", "localhost")))
    return {"NO_PROXY": value, "no_proxy": value}


def _no_telemetry() -> dict[str, str]:
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    }


def _project_folders(settings: Settings) -> dict[str, str]:
    """Return what keeps kernels and figures from writing into the home folder."""
    root = StateFolder.of(settings).root
    return {
        "IPYTHONDIR": str(root / "ipython"),
        "JUPYTER_CONFIG_DIR": str(root / "jupyter" / "config"),
        "JUPYTER_DATA_DIR": str(root / "jupyter" / "data"),
        "JUPYTER_RUNTIME_DIR": str(root / "jupyter" / "runtime"),
        "MPLCONFIGDIR": str(root / "matplotlib"),
    }
