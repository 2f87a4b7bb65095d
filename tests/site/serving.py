"""The site on a real port, and requests as they go over the wire."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from alertmill.site.app import SiteOptions, create_app


def options(runs_dir: Path, **changes: object) -> SiteOptions:
    """Return the options of a site on the loopback."""
    return replace(SiteOptions(runs_dir=runs_dir, host="127.0.0.1", port=0), **changes)


@contextmanager
def running(app: ASGIApp) -> Iterator[int]:
    """Serve an application in a thread until the block ends; give its port."""
    config = uvicorn.Config(app, log_level="error", ws="none", lifespan="on")
    server = uvicorn.Server(config)
    # It listens from here on, so that nobody needs to wait until the application has started.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def running_site(runs_dir: Path, **changes: object) -> Iterator[int]:
    """Serve a runs folder; give the port."""
    with running(create_app(options(runs_dir, **changes))) as port:
        yield port


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    port: int, target: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
) -> Answer:
    """Send a request whose target no library has tidied up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, "/", skip_host="Host" in (headers or {}))
        # putrequest refuses control characters; the bytes on the wire shall have them all the same.
        connection._buffer[0] = f"{method} {target} HTTP/1.1".encode("latin-1")  # type: ignore[attr-defined] # noqa: SLF001
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lowered, response.read())
    finally:
        connection.close()
