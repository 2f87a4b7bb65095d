"""What a failure of the driver means to an operator, without the content of rows."""

from __future__ import annotations

import re

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from alertmill.errors import (
    AlertmillError,
    DatabaseConnectionError,
    DatabaseStarvedError,
    DatabaseUnreachableError,
    QueryError,
    QueryTimeoutError,
)

# Codes by which a server refuses who we are or what we may do; trying again cannot help.
_REFUSALS = {"516": "wrong user or password", "497": "the user lacks a right", "164": "read only"}
# Codes by which a server says that it has not begun the statement, so that it may be sent again.
_BUSY = {
    "202": "it runs too many queries at once",
    "216": "an attempt before still runs",
    "373": "a statement of the same session still runs",
}
_TIMEOUT = "159"
_FULL = re.compile(r"No space left on device|\(NOT_ENOUGH_SPACE\)")
"""The system's words for a full disk, or the engine's before it writes."""
_TOO_MANY_FILES = "Too many open files"
# What the driver's words for a lost connection mean.
_REASONS = {
    "SSL": "it does not speak TLS as expected",
    "RemoteDisconnected": "it closed the connection without an answer",
    "Connection aborted": "it closed the connection without an answer",
    "IncompleteRead": "its answer broke off",
    "ConnectTimeoutError": "it does not answer; the host is down, or a firewall is between",
}
# Statuses of a server, or of a proxy before it, that may be another one soon.
_PASSING = {"429", "502", "503", "504"}
# Errors whose text speaks of the schema or of limits alone; any other may quote a value.
_WITHOUT_VALUES = {
    "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
    "CHECKSUM_DOESNT_MATCH",
    "MEMORY_LIMIT_EXCEEDED",
    "NO_SUCH_COLUMN_IN_TABLE",
    "UNKNOWN_DATABASE",
    "UNKNOWN_FUNCTION",
    "UNKNOWN_IDENTIFIER",
    "UNKNOWN_QUERY_PARAMETER",
    "UNKNOWN_TABLE",
}


def failure_of(error: ClickHouseError, endpoint: str, query_id: str = "") -> AlertmillError:
    """Return what a failure of the driver means.

    Parameters
    ----------
    endpoint : str
        Where it happened, without any secret.
    query_id : str
        Under which the server's logs know the statement; empty if it has none.
    """
    code, text = _code_of(error), str(error)
    if code is None:
        return _failure_without_code(error, endpoint, query_id)
    if code in _REFUSALS:
        needed = re.search(r"grant ([A-Z ]+?)(?: ON|\()", text)
        reason = _REFUSALS[code] + (f" ({needed[1]})" if needed else "")
        return DatabaseConnectionError.of(endpoint, reason)
    if code in _BUSY:
        return DatabaseUnreachableError.of(endpoint, _BUSY[code])
    if code == _TIMEOUT:
        return QueryTimeoutError.of(endpoint, query_id)
    return _starved(text, endpoint) or QueryError(_redact(text, code, _where(query_id)))


def _starved(text: str, endpoint: str) -> DatabaseStarvedError | None:
    if _FULL.search(text):
        return DatabaseStarvedError.of_space(endpoint)
    return DatabaseStarvedError.of_files(endpoint) if _TOO_MANY_FILES in text else None


def _code_of(error: ClickHouseError) -> str | None:
    """Find the number that ClickHouse gave; the words of a proxy may hold numbers of its own."""
    code = getattr(error, "code", None)
    if code is not None:
        return str(code)
    found = re.search(r"Code: (\d+)\. DB::", str(error))
    return found[1] if found else None


def _failure_without_code(error: ClickHouseError, endpoint: str, query_id: str) -> AlertmillError:
    """Return what a failure means that ClickHouse did not number: it did not come so far."""
    text, status = str(error), _status_of(error)
    if "Read timed out" in text:
        return QueryTimeoutError.of(endpoint, query_id)
    if "SSL" in text or (status and status not in _PASSING):
        return DatabaseConnectionError.of(endpoint, reason_of(error))
    if status or isinstance(error, OperationalError):
        return DatabaseUnreachableError.of(endpoint, reason_of(error))
    return QueryError(_redact(text, "?", _where(query_id)))


def _status_of(error: ClickHouseError) -> str | None:
    found = re.match(r"HTTP driver received HTTP status (\d+)", str(error))
    return found[1] if found else None


def _where(query_id: str) -> str:
    return f" in query {query_id}" if query_id else ""


def endpoint_of(client: Client) -> str:
    """Return the place of a client for messages, without any secret."""
    return str(getattr(client, "url", "the embedded engine"))


def reason_of(error: ClickHouseError) -> str:
    """Why there is no connection, in a few words of our own.

    The driver's words may hold the URL with bound values, or the page of a proxy.
    """
    text, status = str(error), _status_of(error)
    if status:
        busy = "it is busy, or a proxy before it does not reach it"
        foreign = "it does not answer as ClickHouse does"
        return f"{busy if status in _PASSING else foreign} (HTTP status {status})"
    certificate = re.search(r"certificate verify failed: ([\w ,'.()-]+)", text)
    if certificate:
        return f"its certificate is refused: {certificate[1].split(' (_ssl')[0]}"
    for words, reason in _REASONS.items():
        if words in text:
            return reason
    system = re.search(r"\[Errno -?\d+\] ([\w ,]+)", text)
    return system[1] if system else "the connection failed"


def _redact(text: str, code: str, where: str) -> str:
    """Keep the engine's code, and its words where they cannot quote rows or bound values."""
    names = re.findall(r"\(([A-Z][A-Z_]{3,})\)", text)
    name = names[-1] if names else "unnamed"
    said = f"ClickHouse error {code} ({name}){where}"
    if name not in _WITHOUT_VALUES:
        return f"{said}; its text is left out, because it may quote rows"
    words = re.split(
        r"\.? In scope |: while executing |: \(in file|\.? \([A-Z_]+\)$", text.splitlines()[0]
    )[0]
    return f"{said}: {words.split('DB::Exception: ')[-1][:300]}"
