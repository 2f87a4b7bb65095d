"""Whether the ports are free, and if not, who holds them."""

from __future__ import annotations

import socket

import psutil

from alertmill.errors import PortTakenError
from alertmill.settings import Settings


def check_ports_free(settings: Settings) -> None:
    """Raise `PortTakenError` if the Prefect server or the report site could not listen."""
    _check_free(
        "127.0.0.1",
        settings.alertmill_prefect_port,
        purpose="Prefect server",
        setting="ALERTMILL_PREFECT_PORT",
    )
    _check_free(
        settings.alertmill_site_host,
        settings.alertmill_site_port,
        purpose="report site",
        setting="ALERTMILL_SITE_PORT",
    )


def _check_free(host: str, port: int, *, purpose: str, setting: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # Connections of a server that has just ended do not keep the port from the next one.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            holder = _holder_of(port) or f"another program ({error.strerror})"
            raise PortTakenError.of(
                port, purpose=purpose, holder=holder, setting=setting
            ) from error


def _holder_of(port: int) -> str | None:
    """Return the program that listens on the port; None if the system does not show it."""
    try:
        connections = psutil.net_connections(kind="tcp")
        listening = [c for c in connections if c.status == psutil.CONN_LISTEN]
        pids = [c.pid for c in listening if c.laddr.port == port]
        return next((f"{psutil.Process(pid).name()}, pid {pid}" for pid in pids if pid), None)
    except psutil.Error:
        return None
