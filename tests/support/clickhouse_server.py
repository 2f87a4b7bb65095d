"""A server that speaks ClickHouse's HTTP protocol from the embedded engine, and fails on purpose.

It answers what clickhouse-connect sends (statements with bound parameters, settings, sessions with
temporary tables, inserts with a body) by the engine that the tests have open, so a client cannot
tell it from a server but by its speed.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlparse

import chdb
from werkzeug.formparser import parse_form_data

# What the transport consumes itself; the engine would call it an unknown setting.
_TRANSPORT = {
    "buffer_size",
    "client_protocol_version",
    "compress",
    "database",
    "decompress",
    "default_format",
    "enable_http_compression",
    "http_headers_progress_interval_ms",
    "query",
    "query_id",
    "quota_key",
    "role",
    "send_progress_in_http_headers",
    "session_check",
    "session_id",
    "session_timeout",
    "wait_end_of_query",
}
_INSERT = re.compile(
    rb"\s*INSERT\s+INTO\s.*?\sFORMAT\s+(\w+)[ \t]*(?:\n|$)", re.IGNORECASE | re.DOTALL
)
_FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)


class How(Enum):
    """In which way a statement fails."""

    RESET = "the connection is closed before an answer"
    COMMIT_THEN_RESET = "the statement is carried out, and the connection closed before an answer"
    REFUSE = "the server answers with an error"
    STATUS = "a proxy answers with the HTTP status in ``code`` and a page of its own"
    SILENCE = "no answer comes until the client gives up"
    CUT_CHUNKED = "a body in chunks ends without its last chunk"
    CUT_LENGTH = "a body ends before its announced length"
    CUT_CLOSE = "a body without a length, delimited by closing, ends early"
    STALL = "no more comes after the first bytes of a body until the client gives up"
    ERROR_AT_END = (
        "an error follows the first bytes of a body that was announced as 200; a client that "
        "waits for the end of the query gets a proper refusal instead"
    )


@dataclass
class Fault:
    """What goes wrong with statements that contain ``match``."""

    how: How
    match: str = ""
    times: int | None = None
    """How often; None is always."""
    code: int = 241
    """Of the server's error."""
    text: str = "Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)"
    cut: int = 0
    """Bytes of a body that arrive before it is cut."""


@dataclass(frozen=True)
class Statement:
    """What a client sent."""

    sql: str
    parameters: dict[str, str]
    settings: dict[str, str]
    query_id: str


@dataclass
class _Session:
    handle: Any
    lock: Lock = field(default_factory=Lock)


@dataclass
class ClickHouseServer:
    """The state of a running server."""

    engine: Path
    """Folder that this process has open, or will open."""
    password: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    statements: list[Statement] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    released: Event = field(default_factory=Event)
    """Set at the end, to let go of clients that were met with silence."""
    databases: set[str] = field(default_factory=set)
    """That clients worked in, but the default one."""
    last_body: bytes = b""
    """Of the last statement that gave one."""
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def fail(self, fault: Fault) -> None:
        """Inject a fault; of several that match, the first one happens."""
        self.faults.append(fault)

    def sent(self, match: str) -> list[Statement]:
        """Statements that contain ``match``, in their order."""
        return [statement for statement in self.statements if match in statement.sql]

    def fault_for(self, sql: str) -> Fault | None:
        """Return the fault that a statement meets, and count it."""
        with self._lock:
            for fault in self.faults:
                if fault.match in sql and fault.times != 0:
                    if fault.times is not None:
                        fault.times -= 1
                    return fault
        return None

    def session(self, name: str) -> _Session:
        """Engine handle of a session: temporary tables and settings are its own."""
        with self._lock:
            if name not in self._sessions:
                self._sessions[name] = _Session(chdb.connect(str(self.engine.resolve())))
            return self._sessions[name]

    def close(self) -> None:
        """Let waiting clients go, drop the databases of the tests, and close the handles."""
        self.released.set()
        handle = chdb.connect(str(self.engine.resolve()))
        for database in self.databases:
            handle.query(f"DROP DATABASE IF EXISTS `{database}` SYNC", "TabSeparated")
        handle.close()
        for session in self._sessions.values():
            session.handle.close()


@contextmanager
def clickhouse_server(
    engine: Path, *, password: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[ClickHouseServer]:
    """Run a server on the loopback; over TLS when a context is given."""
    state = ClickHouseServer(engine, password)
    handler = type("Handler", (_Handler,), {"state": state})
    with _Server(("127.0.0.1", 0), handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        state.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
            state.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client that hangs up is what many tests are about."""


@dataclass(frozen=True)
class _Request:
    statement: Statement
    data: bytes | None
    """Of an insert that carries its rows."""
    database: str
    session: str
    format: str
    is_waiting: bool
    """Whether the client takes no answer before the statement is done."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: ClickHouseServer

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests clean."""

    def do_GET(self) -> None:
        self._answer(b"Ok.\n")

    def do_POST(self) -> None:
        request = self._read()
        self.state.statements.append(request.statement)
        self.state.databases |= {request.database} - {"default"}
        if self.headers.get("X-ClickHouse-Key", self._basic_password()) != self.state.password:
            self._refuse(516, "default: Authentication failed. (AUTHENTICATION_FAILED)", status=403)
            return
        fault = self.state.fault_for(request.statement.sql)
        if fault and fault.how in _BEFORE:
            self._fail_before(fault)
            return
        try:
            body = self._run(request)
        except RuntimeError as error:
            text = str(error)
            found = re.search(r"Code: (\d+)", text)
            self._refuse(int(found[1]) if found else 1, text[text.find("Code: ") :])
            return
        self.state.last_body = body or self.state.last_body
        if fault and fault.how is How.ERROR_AT_END and request.is_waiting:
            self._refuse(fault.code, fault.text)
        elif fault:
            self._fail_after(fault, body)
        else:
            self._answer(body, request.format)

    def _basic_password(self) -> str:
        import base64

        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(value).decode().partition(":")[2] if kind == "Basic" else ""

    # --- reading ------------------------------------------------------------------------------

    def _read(self) -> _Request:
        values = dict(parse_qsl(urlparse(self.path).query, keep_blank_values=True))
        body = _decompressed(self._body(), self.headers.get("Content-Encoding"))
        if self.headers.get("Content-Type", "").startswith("multipart/form-data"):
            values |= self._form(body)
            body = b""
        text = values.get("query", "").encode()
        if text:
            text += b"\n"
        insert = _INSERT.match(text + body)
        end = insert.end() if insert else len(text + body)
        sql = (text + body)[:end].decode().strip()
        named = insert[1].decode() if insert else None
        found = _FORMAT.search(sql)
        return _Request(
            statement=Statement(
                sql,
                {k[6:]: v for k, v in values.items() if k.startswith("param_")},
                {
                    k: v
                    for k, v in values.items()
                    if k not in _TRANSPORT and not k.startswith("param_")
                },
                values.get("query_id", ""),
            ),
            data=(text + body)[end:] if insert else None,
            database=values.get("database", "default"),
            session=values.get("session_id", ""),
            format=named or (found[1] if found else values.get("default_format", "TabSeparated")),
            is_waiting=values.get("wait_end_of_query") == "1",
        )

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length")
        if length is not None:
            return self.rfile.read(int(length))
        parts = []
        while size := int(self.rfile.readline().strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _form(self, body: bytes) -> dict[str, str]:
        import io

        environ = {
            "wsgi.input": io.BytesIO(body),
            "CONTENT_TYPE": self.headers["Content-Type"],
            "CONTENT_LENGTH": str(len(body)),
            "REQUEST_METHOD": "POST",
        }
        return dict(parse_form_data(environ)[1].items())

    # --- running ------------------------------------------------------------------------------

    def _run(self, request: _Request) -> bytes:
        statement = request.statement
        session = self.state.session(request.session)
        with session.lock:
            query = session.handle.query
            query(f"USE `{request.database}`", "TabSeparated")
            for name, value in statement.settings.items():
                query(f"SET {name} = {_quoted(value)}", "TabSeparated")
            try:
                if request.data is not None:
                    return self._insert(query, request)
                result = query(statement.sql, request.format, params=statement.parameters)
                return bytes(result.bytes() or b"")
            finally:
                for name in statement.settings:
                    query(f"SET {name} = DEFAULT", "TabSeparated")

    def _insert(self, query: Callable[..., Any], request: _Request) -> bytes:
        with tempfile.NamedTemporaryFile() as rows:
            rows.write(request.data or b"")
            rows.flush()
            into = request.statement.sql[: request.statement.sql.rindex("FORMAT")]
            query(
                f"{into} FROM INFILE {_quoted(rows.name)} FORMAT {request.format}", "TabSeparated"
            )
        return b""

    # --- answering ----------------------------------------------------------------------------

    def _answer(self, body: bytes, kind: str = "TabSeparated") -> None:
        self.send_response(200)
        self.send_header("X-ClickHouse-Format", kind)
        self.send_header("X-ClickHouse-Timezone", "UTC")
        self.send_header("X-ClickHouse-Summary", json.dumps({"read_rows": "1"}))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, code: int, text: str, *, status: int = 500) -> None:
        said = text if text.startswith("Code: ") else f"Code: {code}. DB::Exception: {text}"
        body = said.encode()
        self.send_response(status)
        self.send_header("X-ClickHouse-Exception-Code", str(code))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _fail_before(self, fault: Fault) -> None:
        if fault.how is How.RESET:
            self._hang_up()
        elif fault.how is How.SILENCE:
            self.state.released.wait()
            self.close_connection = True
        elif fault.how is How.STATUS:
            page = f"<html>error code 1020: {fault.text}</html>".encode()
            self.send_response(fault.code)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
        else:
            self._refuse(fault.code, fault.text)

    def _fail_after(self, fault: Fault, body: bytes) -> None:
        part = body[: fault.cut]
        if fault.how is How.COMMIT_THEN_RESET:
            self._hang_up()
        elif fault.how is How.CUT_CLOSE:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nX-ClickHouse-Format: Native\r\n\r\n" + part)
            self._hang_up()
        elif fault.how is How.CUT_LENGTH:
            self._head("Content-Length", str(len(body)))
            self.wfile.write(part)
            self._hang_up()
        else:
            self._head("Transfer-Encoding", "chunked")
            self._chunk(part)
            if fault.how is How.STALL:
                self.state.released.wait()
            if fault.how is How.ERROR_AT_END:
                self._chunk(f"Code: {fault.code}. DB::Exception: {fault.text}".encode())
                self.wfile.write(b"0\r\n\r\n")
            else:
                self._hang_up()

    def _head(self, name: str, value: str) -> None:
        self.send_response(200)
        self.send_header(name, value)
        self.end_headers()

    def _chunk(self, part: bytes) -> None:
        if part:
            self.wfile.write(b"%x\r\n" % len(part) + part + b"\r\n")


_BEFORE = {How.RESET, How.REFUSE, How.STATUS, How.SILENCE}


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _decompressed(data: bytes, encoding: str | None) -> bytes:
    if encoding is None:
        return data
    if encoding == "lz4":
        import lz4.frame

        return bytes(lz4.frame.decompress(data))
    if encoding == "zstd":
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    raise NotImplementedError(encoding)
