"""A server that speaks as much of ClickHouse's HTTP protocol as opening a client needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

_GREETING = {"version()": b"26.1.1.1\tUTC\n", "system.settings": b"", "SELECT 1 ": b""}


@contextmanager
def serving(
    *, refusal: tuple[int, str] | None, is_greeting: bool = True
) -> Iterator[tuple[str, int]]:
    """Give host and port of a server on the loopback.

    Parameters
    ----------
    refusal : (int, str), optional
        Code and text that answer every statement; None cuts the connection instead.
    is_greeting : bool
        Whether the statements by which a client opens are answered well before that.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            statement = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            greetings = [answer for words, answer in _GREETING.items() if words in statement]
            if is_greeting and greetings:
                self._answer(200, greetings[0])
            elif refusal is None:
                self.close_connection = True
            else:
                code, text = refusal
                self._answer(403, f"Code: {code}. DB::Exception: {text}".encode(), code)

        def _answer(self, status: int, body: bytes, code: int | None = None) -> None:
            self.send_response(status)
            if code:
                self.send_header("X-ClickHouse-Exception-Code", str(code))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield "127.0.0.1", server.server_port
        server.shutdown()
        thread.join()
