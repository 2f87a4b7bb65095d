"""Run the site until it is interrupted."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from alertmill.errors import SiteAddressError
from alertmill.site.app import SiteOptions, create_app

_SECONDS_TO_END_DOWNLOADS = 2


def serve(options: SiteOptions, *, announce: Callable[[str], None]) -> None:
    """Serve the site until SIGINT or SIGTERM.

    Parameters
    ----------
    options : SiteOptions
        Where to listen, and what to serve.
    announce : callable
        Called once with the site's address, when it accepts connections.

    Raises
    ------
    SiteTokenError
        If the site would listen beyond this machine without a password.
    SiteAddressError
        If nothing can listen on the address.
    """
    app = create_app(options)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=_SECONDS_TO_END_DOWNLOADS,
    )
    with _listen(options.host, options.port) as listener:
        announce(address_of(options.host, listener.getsockname()[1], options.root_path))
        _Server(config).run(sockets=[listener])


def address_of(host: str, port: int, root_path: str = "") -> str:
    """Return the URL of the site.

    Examples
    --------
    >>> address_of("127.0.0.1", 4280), address_of("::1", 80, "/alertmill")
    ('http://127.0.0.1:4280/', 'http://[::1]:80/alertmill/')
    """
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}{root_path}/"


class _Server(uvicorn.Server):
    """Ends with a plain return; uvicorn's own would raise the signal once more at the end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, and with it the downloads that go on: they are no errors."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SiteAddressError.of(host, port, error.strerror or str(error)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise SiteAddressError.of(host, port, error.strerror or str(error)) from error
    return listener
