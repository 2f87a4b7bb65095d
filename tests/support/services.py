"""Long-running programs that tests start, reach on the loopback and end with their whole group."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from alertmill.orchestration.api import PrefectApi

PREFECT = str(Path(sys.executable).parent / "prefect")
SERVER = (sys.executable, "-m", "alertmill.orchestration.server")
"""Prefect's server, as `alertmill up` starts it."""
_STOP_SECONDS = 60


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def service(
    command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; its output goes to services.log in the folder."""
    with (folder / "services.log").open("a") as log:
        process = subprocess.Popen(  # noqa: S603 - our own environment's programs
            command, cwd=folder, env=environment, start_new_session=True,
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the group to stop; kill what ignores it."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    except ProcessLookupError:
        process.wait()


def wait_for(url: str) -> None:
    """Connect again and again with growing pauses, for about two minutes, until the URL answers."""
    transport = httpx.HTTPTransport(retries=9)
    with httpx.Client(transport=transport, timeout=60) as client:
        client.get(url).raise_for_status()


def ask(api: str, method: str, path: str, json: object = None) -> httpx.Response:
    """Return what the Prefect server of an address answers, whatever the status."""
    server = PrefectApi(api, seconds=60)
    try:
        return server.request(method, path, json)
    finally:
        server.close()


@contextmanager
def prefect_server(folder: Path, environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Run a real Prefect server with its home in the folder; give the environment to reach it."""
    port = free_port()
    reaching = {
        **environment,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # Seconds, as `alertmill up` has it: a busy machine answers 503 after the default of 10.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with service([*SERVER, "--port", str(port)], reaching, folder):
        wait_for(f"{reaching['PREFECT_API_URL']}/health")
        yield reaching
