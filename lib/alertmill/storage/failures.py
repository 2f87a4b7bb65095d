"""What a failure of the driver means to an operator, without the content of rows."""

from __future__ import annotations

import re

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from alertmill.errors import (
    AlertmillError,
    DatabaseConnectionError,
    DatabaseUnreachableError,
    QueryError,
    QueryTimeoutError,
)

# Codes by which a server refuses who we are or what we may do; trying again cannot help.
_REFUSALS = {"516": "wrong user or password", "497": "the user lacks a right", "164": "read only"}
_TIMEOUT = "159"
_SILENT = re.compile(r"(?i)timed out")
# Errors whose text speaks of the schema or of limits alone; any other may quote a value.
_WITHOUT_VALUES = {
    "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
    "CHECKSUM_DOESNT_MATCH",
    "MEMORY_LIMIT_EXCEEDED",
    "NOT_ENOUGH_SPACE",
    "NO_SUCH_COLUMN_IN_TABLE",
    "UNKNOWN_DATABASE",
    "UNKNOWN_FUNCTION",
    "UNKNOWN_IDENTIFIER",
    "UNKNOWN_QUERY_PARAMETER",
    "UNKNOWN_TABLE",
}


def failure_of(error: ClickHouseError, endpoint: str, query_id: str = "") -> AlertmillError:
    """Say what a failure of the driver means.

    Parameters
    ----------
    endpoint : str
        Where it happened, without any secret.
    query_id : str
        Under which the server's logs know the statement; empty if it has none.
    """
    text = str(error)
    code = re.search(r"(?i)code:?\s*(\d+)", text)
    if code and code[1] in _REFUSALS:
        needed = re.search(r"grant ([A-Z ]+?)(?: ON|\()", text)
        reason = _REFUSALS[code[1]] + (f" ({needed[1]})" if needed else "")
        return DatabaseConnectionError.of(endpoint, reason)
    if (code and code[1] == _TIMEOUT) or (code is None and _SILENT.search(text)):
        return QueryTimeoutError.of(endpoint, query_id)
    if code is None and "SSL" in text:
        return DatabaseConnectionError.of(endpoint, reason_of(error))
    if code is None and isinstance(error, OperationalError):
        return DatabaseUnreachableError.of(endpoint, reason_of(error))
    where = f" in query {query_id}" if query_id else ""
    return QueryError(_redact(text, code[1] if code else "?", where))


def endpoint_of(client: Client) -> str:
    """Name the place of a client for messages, without any secret."""
    return str(getattr(client, "url", "the embedded engine"))


def reason_of(error: Exception) -> str:
    """Why there is no connection, in a few words."""
    text = str(error)
    certificate = re.search(r"certificate verify failed: ([\w ,'.()-]+)", text)
    if certificate:
        return f"its certificate is refused: {certificate[1].split(' (_ssl')[0]}"
    if "SSL" in text:
        return "it does not speak TLS as expected"
    if "RemoteDisconnected" in text or "Connection aborted" in text:
        return "it closed the connection without an answer"
    if "HTTP status 503" in text:
        return "it is busy (HTTP status 503)"
    system = re.search(r"\[Errno -?\d+\] ([\w ,]+)", text)
    return system[1] if system else text.splitlines()[0][:200]


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
