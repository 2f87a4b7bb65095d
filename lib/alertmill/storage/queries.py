"""Run statements with bound values, and move frames as Arrow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import polars as pl
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from alertmill.errors import IncompleteResultError, QueryError

Parameters = Mapping[str, Any]


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
    """
    try:
        return _as_frame(client.query_arrow(sql, parameters=dict(parameters or {})))
    except ClickHouseError as error:
        raise QueryError(_redact(error)) from None


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
    check = fetch(
        client,
        f"SELECT count() AS n, lower(hex(sum(cityHash64(toString(tuple(*)))))) AS digest FROM ({sql})",  # noqa: S608 - no value enters
        parameters,
    )
    if check["n"][0] != frame.height:
        raise IncompleteResultError.of(name, expected=check["n"][0], found=frame.height)
    return frame, check["digest"][0]


def execute(client: Client, sql: str, parameters: Parameters | None = None) -> None:
    """Run one statement that gives no rows."""
    try:
        client.command(sql, parameters=dict(parameters or {}))
    except ClickHouseError as error:
        raise QueryError(_redact(error)) from None


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
    settings = {"insert_deduplication_token": token, "input_format_null_as_default": 0}
    try:
        client.insert_arrow(table, frame.to_arrow(), settings=settings)
    except ClickHouseError as error:
        raise QueryError(_redact(error)) from None


def _as_frame(table: Any) -> pl.DataFrame:  # noqa: ANN401 - pyarrow ships no types
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"expected a table from Arrow, found {type(frame).__name__}")
    return frame


def _redact(error: ClickHouseError) -> str:
    """Keep the engine's code and its first words; what follows may quote rows or the statement."""
    text = str(error)
    code = re.search(r"(?i)code:?\s*(\d+)", text)
    name = re.findall(r"\(([A-Z][A-Z_]{3,})\)", text)
    first = text.splitlines()[0][:300]
    return (
        f"ClickHouse error {code[1] if code else '?'} ({name[-1] if name else 'unnamed'}): {first}"
    )
