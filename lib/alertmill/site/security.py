"""What every request passes before it reaches a page: method, host, password, path, and headers."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alertmill.errors import SiteTokenError

LEAST_TOKEN_LENGTH = 12
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_ENCODED_SEPARATOR = re.compile(rb"%(?:2f|5c|00)", re.IGNORECASE)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""For our own pages: no script, no frame, nothing from elsewhere."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": PAGE_POLICY,
    "Cache-Control": "private, no-cache",
}
"""Of every answer that does not set its own."""


def is_loopback(host: str) -> bool:
    """Return True if only this machine reaches the address.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_token(host: str, token: SecretStr | None) -> None:
    """Refuse to listen beyond this machine without a password, or with one that can be guessed.

    Raises
    ------
    SiteTokenError
        If the password is missing or too short.
    """
    if token is None:
        if not is_loopback(host):
            raise SiteTokenError.missing(host)
        return
    length = len(token.get_secret_value())
    if length < LEAST_TOKEN_LENGTH:
        raise SiteTokenError.too_short(length, LEAST_TOKEN_LENGTH)


@dataclass(frozen=True)
class Gate:
    """Who may ask, and under which names.

    Parameters
    ----------
    token : SecretStr, optional
        Password of every request but that of ``/health``; None lets everybody in.
    host_names : collection of str
        Names that a request may address the site by; empty allows all. A page of another name that
        resolves to this machine (DNS rebinding) could read the site otherwise.
    """

    token: SecretStr | None
    host_names: Collection[str]

    @classmethod
    def of(
        cls, host: str, *, token: SecretStr | None, public_url: str | None, names: Collection[str]
    ) -> Gate:
        """Return the gate of a site that listens on a host.

        Parameters
        ----------
        host : str
            Address that the site listens on.
        token : SecretStr, optional
            Password; `check_token` was passed.
        public_url : str, optional
            URL under which people reach the site; its name is allowed.
        names : collection of str
            Further names to allow.
        """
        public = {urlsplit(public_url).hostname or ""} - {""} if public_url else set()
        given = public | {name.lower() for name in names}
        if not is_loopback(host):
            # The password protects such a site: another origin does not have it.
            return cls(token, frozenset(names))
        return cls(token, _LOOPBACK_NAMES | {host} | given)

    def knows(self, header: str | None) -> bool:
        """Return True if a Host header names the site."""
        if not self.host_names:
            return True
        try:
            name = urlsplit(f"//{header or ''}").hostname
        except ValueError:
            return False
        return name is not None and name in self.host_names

    def admits(self, authorization: str | None) -> bool:
        """Return True if an Authorization header holds the password."""
        if self.token is None:
            return True
        given = _password(authorization or "")
        expected = self.token.get_secret_value().encode()
        # compare_digest takes as long for a wrong password as for the right one.
        return given is not None and hmac.compare_digest(given, expected)


def _password(authorization: str) -> bytes | None:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode()
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded.partition(b":")[2]


class Guard:
    """The outermost layer of the site.

    Parameters
    ----------
    app : ASGI application
        What answers a request that passes.
    gate : Gate
        Who may ask.
    root_path : str
        Path below which a reverse proxy shows the site; empty, or ``/`` and names. It is accepted
        in a request and may be missing there, since some proxies cut it off.
    """

    def __init__(self, app: ASGIApp, *, gate: Gate, root_path: str = "") -> None:
        self._app = app
        self._gate = gate
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on; either way with the headers of the site."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a websocket, which the site does not have
            return
        refusal = self._refusal(scope)
        app = refusal or self._app
        await app(self._below_root(scope), receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD"):
            allowed = {"Allow": "GET, HEAD"}
            return PlainTextResponse("The site is read-only.\n", 405, allowed)
        if not self._gate.knows(headers.get("host")):
            return PlainTextResponse(
                "The site does not answer under this name; start it with --allowed-host to allow "
                "one.\n",
                421,
            )
        is_open = scope["path"].removeprefix(self._root_path) == "/health"
        if not is_open and not self._gate.admits(headers.get("authorization")):
            asked = {"WWW-Authenticate": 'Basic realm="alertmill", charset="UTF-8"'}
            return PlainTextResponse("A password is needed.\n", 401, asked)
        if _ENCODED_SEPARATOR.search(scope.get("raw_path", b"")) or "\0" in scope["path"]:
            return PlainTextResponse("Not found.\n", 404)
        return None

    def _below_root(self, scope: Scope) -> Scope:
        root, path = self._root_path, scope["path"]
        if root and path != root and not path.startswith(f"{root}/"):
            path = root + path
        # The JSON answers are made for GET alone; the server sends their head without the body.
        is_json = path.removeprefix(root).startswith(("/api/", "/health"))
        method = "GET" if is_json else scope["method"]
        return {**scope, "root_path": root, "path": path, "method": method}


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return sending
