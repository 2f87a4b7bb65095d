"""A mail server and a web server on the loopback that keep what they receive."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, cast


@dataclass
class MailBox:
    """A running mail server and its mails."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    """Recipients of every mail, as the protocol named them."""
    logins: list[str] = field(default_factory=list)

    def to(self, recipient: str) -> list[EmailMessage]:
        """Return the mails that a recipient has."""
        return [
            mail
            for mail, envelope in zip(self.mails, self.envelopes, strict=True)
            if recipient in envelope
        ]


@contextmanager
def mail_box(certificates: ssl.SSLContext | None = None) -> Iterator[MailBox]:
    """Receive mails until the block ends; with certificates, STARTTLS is offered."""
    box = MailBox()

    class Handler(_Smtp):
        mailbox = box
        context = certificates

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as port:
        box.port = port
        yield box


@contextmanager
def web_hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Receive JSON by POST until the block ends; return the URL and what has come."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append({"type": self.headers["Content-Type"], **json.loads(body)})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Write nothing."""

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}/hook", received


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    cast("Any", server).daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    with server:
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as smtplib needs; a recipient that begins with `no` is refused."""

    mailbox: MailBox
    context: ssl.SSLContext | None
    timeout = 30

    def handle(self) -> None:
        self._answer("220 test")
        self._recipients: list[str] = []
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                self._answer("221 bye")
                return
            getattr(self, f"_on_{verb.lower()}", self._on_other)(line)

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def _on_ehlo(self, _: str) -> None:
        is_plain = self.context is not None and not isinstance(self.connection, ssl.SSLSocket)
        offered = ["STARTTLS"] if is_plain else ["AUTH PLAIN"]
        for text in ("test", *offered[:-1]):
            self._answer(f"250-{text}")
        self._answer(f"250 {offered[-1]}")

    def _on_starttls(self, _: str) -> None:
        assert self.context is not None
        self._answer("220 go ahead")
        try:
            self.connection = self.context.wrap_socket(self.connection, server_side=True)
        except ssl.SSLError:  # the client does not trust us, and has closed the connection
            self.rfile = BytesIO()
            return
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def _on_auth(self, line: str) -> None:
        self.mailbox.logins.append(line)
        self._answer("235 welcome")

    def _on_rcpt(self, line: str) -> None:
        recipient = line[line.index("<") + 1 : line.index(">")]
        if recipient.startswith("no"):
            self._answer("550 no such mailbox")
            return
        self._recipients.append(recipient)
        self._answer("250 ok")

    def _on_data(self, _: str) -> None:
        self._answer("354 go ahead")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        self.mailbox.mails.append(cast("EmailMessage", mail))
        self.mailbox.envelopes.append(self._recipients)
        self._recipients = []
        self._answer("250 ok")

    def _on_other(self, _: str) -> None:
        self._answer("250 ok")

    def _answer(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
