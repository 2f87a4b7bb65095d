"""Run statements with bound values, and move frames as Arrow.

Every statement has an id of its own, which errors name, and ends by the limits of the connection.
Reading is tried again when the connection is lost or the server is busy, and so is inserting,
because an insert carries a token by which the server knows it; any other statement is run once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import polars as pl
import pyarrow as pa
import urllib3.exceptions
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from alertmill.errors import IncompleteResultError, QueryTimeoutError
from alertmill.storage.failures import endpoint_of, failure_of
from alertmill.storage.retrying import retry_if_unreachable

Parameters = Mapping[str, Any]
Result = TypeVar("Result")

# Columns of ours beside those of an extract.
_HASH, _PLACE, _ROWS, _DIGEST = "_row_hash", "_row_place", "_row_count", "_row_hash_sum"
_ROWS_AT_ONCE = 65_536
# A server that answers 200 before it is done can report a failure only in a body nobody reads.
_ANSWER_WHEN_DONE = {"wait_end_of_query": 1}
_BROKEN_STREAM = (pa.ArrowException, OSError, urllib3.exceptions.HTTPError)


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
    QueryTimeoutError
        If the query took longer than CLICKHOUSE_MAX_EXECUTION_TIME.
    DatabaseUnreachableError
        If the connection was lost, or the server was busy, in every attempt.
    DatabaseConnectionError
        If the user may not read this.
    IncompleteResultError
        If the answer broke off.
    """

    def read(query_id: str) -> pl.DataFrame:
        bound, settings = dict(parameters or {}), {"query_id": query_id}
        try:
            return _as_frame(client.query_arrow(sql, parameters=bound, settings=settings))
        except _BROKEN_STREAM as error:
            raise IncompleteResultError.broken(query_id, type(error).__name__) from None

    return _retried(client, read)


def fetch_counted(
    client: Client, name: str, sql: str, parameters: Parameters | None = None
) -> tuple[pl.DataFrame, str]:
    """Run a SELECT, and check what arrives against a count and a hash that the server makes.

    The server sends along the hash of each row, the number of rows and the sum of all hashes, which
    must be those of the rows that arrived: rows that are lost, doubled or exchanged on the way do
    not go unseen. Where nothing arrives, a second query must count nothing. Rows come as a stream
    of Arrow batches from a server; the embedded engine hands over the result as a whole.

    Parameters
    ----------
    name : str
        Of the extract, for messages.
    sql : str
        As for `fetch`; its order is kept.

    Returns
    -------
    DataFrame
        The rows.
    str
        The sum of the server's hashes, independent of the order of rows; 16 hex digits.

    Raises
    ------
    IncompleteResultError
        If other than the counted rows arrived, also when the answer broke off.
    """
    # No value enters the statement; a sum of UInt64 wraps around, here and there.
    checked = f"""
        SELECT *, count() OVER () AS {_ROWS}, sum({_HASH}) OVER () AS {_DIGEST}
        FROM (
            SELECT *, cityHash64(tuple(*)) AS {_HASH}, rowNumberInAllBlocks() AS {_PLACE}
            FROM ({sql})
        )
    """  # noqa: S608
    arrived = _retried(client, lambda query_id: _stream(client, checked, parameters, query_id))
    if arrived.told is None:
        n = fetch(client, f"SELECT count() AS n FROM ({sql})", parameters)["n"][0]  # noqa: S608
        told = (n, 0)
    else:
        told = arrived.told
    if (arrived.rows.height, arrived.digest) != told:
        raise IncompleteResultError.of(name, expected=told[0], found=arrived.rows.height)
    return arrived.rows, f"{arrived.digest:016x}"


@dataclass(frozen=True)
class _Arrived:
    """What came of an extract, or of a batch of it."""

    rows: pl.DataFrame
    digest: int
    """Sum of the hashes of the rows that came."""
    told: tuple[int, int] | None
    """Number of rows and sum of hashes as the server told them; None if no row came."""


def _stream(client: Client, sql: str, parameters: Parameters | None, query_id: str) -> _Arrived:
    # The places of the rows are those of the statement inside, which may not lose its order.
    settings = {
        "query_id": query_id,
        "query_plan_remove_redundant_sorting": 0,
        "output_format_arrow_compression_method": "none",  # HTTP compresses by itself
    }
    bound = dict(parameters or {})
    try:
        with client.query_arrow_stream(sql, parameters=bound, settings=settings) as batches:
            parts = [_reduced(_as_frame(table)) for table in _gathered(batches)]
    except urllib3.exceptions.ReadTimeoutError:
        raise QueryTimeoutError.of(endpoint_of(client), query_id) from None
    except _BROKEN_STREAM as error:
        raise IncompleteResultError.broken(query_id, type(error).__name__) from None
    if not parts:  # nothing tells the columns
        none = fetch(client, f"{sql} LIMIT 0", parameters)
        return _Arrived(none.drop(_ROWS, _DIGEST, _HASH, _PLACE), 0, None)
    placed = pl.concat([part.rows for part in parts])
    if not placed[_PLACE].is_sorted():
        placed = placed.sort(_PLACE)
    digest = sum(part.digest for part in parts) % 2**64
    return _Arrived(placed.drop(_PLACE), digest, parts[0].told)


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Put small batches together: of some hundred rows each, they take longer than their rows."""
    waiting: list[pa.RecordBatch] = []
    n_rows = 0
    for batch in batches:
        waiting.append(batch)
        n_rows += batch.num_rows
        if n_rows >= _ROWS_AT_ONCE:
            yield pa.Table.from_batches(waiting)
            waiting, n_rows = [], 0
    if n_rows:
        yield pa.Table.from_batches(waiting)


def _reduced(batch: pl.DataFrame) -> _Arrived:
    """Check off a batch, and keep of our columns the place of its rows alone."""
    digest = int(np.add.reduce(batch[_HASH].to_numpy(), dtype=np.uint64))
    told = batch.select(_ROWS, _DIGEST).row(0)
    # Sorting copies the rows out of the buffer of the batch, which dropped columns would keep.
    rows = batch.drop(_ROWS, _DIGEST, _HASH).sort(_PLACE)
    return _Arrived(rows, digest, (told[0], told[1]))


def execute(client: Client, sql: str, parameters: Parameters | None = None) -> None:
    """Run one statement that gives no rows, once.

    Raises
    ------
    QueryError, QueryTimeoutError, DatabaseUnreachableError, DatabaseConnectionError
        As `fetch`; after a lost connection nobody knows whether the statement was carried out.
    """
    query_id = _new_query_id()
    settings = _ANSWER_WHEN_DONE | {"query_id": query_id}
    try:
        client.command(sql, parameters=dict(parameters or {}), settings=settings)
    except ClickHouseError as error:
        raise failure_of(error, endpoint_of(client), query_id) from None


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

    Raises
    ------
    QueryError, QueryTimeoutError, DatabaseUnreachableError, DatabaseConnectionError
        As `fetch`.
    """
    rows = frame.to_arrow()

    def send(query_id: str) -> None:
        settings = _ANSWER_WHEN_DONE | {
            "insert_deduplication_token": token,
            "input_format_null_as_default": 0,
            "query_id": query_id,
        }
        client.insert_arrow(table, rows, settings=settings)

    _retried(client, send)


def _retried(client: Client, run: Callable[[str], Result]) -> Result:
    """Run a statement that may run twice; only a lost connection is worth another attempt."""

    def attempt() -> Result:
        query_id = _new_query_id()
        try:
            return run(query_id)
        except ClickHouseError as error:
            raise failure_of(error, endpoint_of(client), query_id) from None

    return retry_if_unreachable(attempt)


def _new_query_id() -> str:
    return str(uuid.uuid4())


def _as_frame(table: Any) -> pl.DataFrame:  # noqa: ANN401 - pyarrow ships no types
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise TypeError(f"expected a table from Arrow, found {type(frame).__name__}")
    return frame
