"""Run statements with bound values, and move frames as Arrow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from alertmill.errors import (
    AlertmillError,
    DatabaseConnectionError,
    DatabaseUnreachableError,
    IncompleteResultError,
    QueryError,
)

Parameters = Mapping[str, Any]

# Codes by which a server refuses who we are or what we may do; trying again cannot help.
_REFUSALS = {"516": "wrong user or password", "497": "the user lacks a right", "164": "read only"}
# Errors whose text speaks of the schema or of limits alone; any other may quote a value.
_WITHOUT_VALUES = {
    "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
    "MEMORY_LIMIT_EXCEEDED",
    "NOT_ENOUGH_SPACE",
    "NO_SUCH_COLUMN_IN_TABLE",
    "TIMEOUT_EXCEEDED",
    "UNKNOWN_DATABASE",
    "UNKNOWN_FUNCTION",
    "UNKNOWN_IDENTIFIER",
    "UNKNOWN_QUERY_PARAMETER",
    "UNKNOWN_TABLE",
}


def fetch(client: Client, sql: str, parameters: Parameters | None = None) -> pl.DataFrame:
    """Run a SELECT and give its rows as a polars frame.

    Parameters
    ----------
    client : Client
        Connected to the database of a network.
    sql : str
        One SELECT without FORMAT; values appear only as ``{name:Type}``.
    parameters : mapping, optional
        The values.

    Raises
    ------
    QueryError
        If the engine refuses the query; the message holds no row data.
    DatabaseUnreachableError
        If the connection was lost.
    DatabaseConnectionError
        If the user may not read this.
    """
    try:
        return _as_frame(client.query_arrow(sql, parameters=dict(parameters or {})))
    except ClickHouseError as error:
        raise failure_of(error, endpoint_of(client)) from None


def fetch_counted(
    client: Client, name: str, sql: str, parameters: Parameters | None = None
) -> tuple[pl.DataFrame, str]:
    """Run a SELECT, and check its rows against a count that the server makes itself.

    Returns the frame and the server's hash of its content, independent of row order.

    Raises
    ------
    IncompleteResultError
        If other than the counted rows arrived.
    """
    frame = fetch(client, sql, parameters)
    digest = "lower(hex(sum(cityHash64(toString(tuple(*))))))"
    counted = f"SELECT count() AS n, {digest} AS digest FROM ({sql})"  # noqa: S608 - no value enters
    check = fetch(client, counted, parameters)
    if check["n"][0] != frame.height:
        raise IncompleteResultError.of(name, expected=check["n"][0], found=frame.height)
    return frame, check["digest"][0]


def execute(client: Client, sql: str, parameters: Parameters | None = None) -> None:
    """Run one statement that gives no rows."""
    try:
        client.command(sql, parameters=dict(parameters or {}))
    except ClickHouseError as error:
        raise failure_of(error, endpoint_of(client)) from None


def insert(client: Client, table: str, frame: pl.DataFrame, *, token: str) -> None:
    """Insert a frame by column names.

    Parameters
    ----------
    table : str
        A table of the client's database, named in code, never by input.
    frame : DataFrame
        Columns of the table; a null in a column that is not Nullable is refused.
    token : str
        Names this content: the same token inserts nothing a second time.
    """
    settings = {
        "insert_deduplication_token": token,
        "input_format_null_as_default": 0,
        "max_partitions_per_insert_block": 0,  # years of months may come in one file
    }
    try:
        client.insert_arrow(table, frame.to_arrow(), settings=settings)
    except ClickHouseError as error:
        raise failure_of(error, endpoint_of(client)) from None


def _as_frame(table: Any) -> pl.DataFrame:  # noqa: ANN401 - pyarrow ships no types
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"expected a table from Arrow, found {type(frame).__name__}")
    return frame


def failure_of(error: ClickHouseError, endpoint: str) -> AlertmillError:
    """Say what a failure of the driver means to an operator."""
    text = str(error)
    code = re.search(r"(?i)code:?\s*(\d+)", text)
    if code and code[1] in _REFUSALS:
        needed = re.search(r"grant ([A-Z ]+?)(?: ON|\()", text)
        reason = _REFUSALS[code[1]] + (f" ({needed[1]})" if needed else "")
        return DatabaseConnectionError.of(endpoint, reason)
    if code is None and isinstance(error, OperationalError):
        return DatabaseUnreachableError.of(endpoint, reason_of(error))
    return QueryError(_redact(text, code[1] if code else "?"))


def endpoint_of(client: Client) -> str:
    """Name the place of a client for messages, without any secret."""
    return str(getattr(client, "url", "the embedded engine"))


def reason_of(error: Exception) -> str:
    """Why there is no connection, in a few words."""
    text = str(error)
    system = re.search(r"\[Errno -?\d+\] ([\w ,]+)", text)
    return system[1] if system else text.splitlines()[0][:200]


def _redact(text: str, code: str) -> str:
    """Keep the engine's code, and its words where they cannot quote rows or bound values."""
    names = re.findall(r"\(([A-Z][A-Z_]{3,})\)", text)
    name = names[-1] if names else "unnamed"
    said = f"ClickHouse error {code} ({name})"
    if name not in _WITHOUT_VALUES:
        return f"{said}; its text is left out, because it may quote rows"
    words = re.split(
        r"\.? In scope |: while executing |: \(in file|\.? \([A-Z_]+\)$", text.splitlines()[0]
    )[0]
    return f"{said}: {words.split('DB::Exception: ')[-1][:300]}"
