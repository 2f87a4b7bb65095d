"""A server that fails in any way gives a complete result or a named error, nothing in between."""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from alertmill.errors import (
    AlertmillError,
    DatabaseConnectionError,
    DatabaseUnreachableError,
    IncompleteResultError,
    QueryError,
    QueryTimeoutError,
)
from alertmill.settings import Settings
from alertmill.storage import (
    Client,
    ClientFactory,
    ConnectionParams,
    execute,
    fetch,
    get_connection_params,
    insert,
    retrying,
)
from alertmill.storage.queries import fetch_counted
from alertmill.storage.retrying import ATTEMPTS, FIRST_WAIT_SECONDS
from tests.support.clickhouse_server import ClickHouseServer, Fault, How

PASSWORD = "correct-horse-battery"  # noqa: S105 - of a server of the tests
SECRET = "0xsecret-of-a-row"  # noqa: S105 - stands for the content of a row
ROWS = "SELECT number AS n, repeat('x', number % 50) AS text FROM numbers(400)"
SMALL_BLOCKS = " SETTINGS max_block_size = 50"
ALL_WAITS = FIRST_WAIT_SECONDS * (2 ** (ATTEMPTS - 1) - 1)


@pytest.fixture
def params(server: ClickHouseServer) -> ConnectionParams:
    server.password = PASSWORD
    settings = Settings(
        _env_file=None,
        clickhouse_host=server.host,
        clickhouse_port=server.port,
        clickhouse_password=PASSWORD,
    )
    opened = get_connection_params("ethereum", settings)
    return replace(opened, database=f"test_{uuid.uuid4().hex}")


@pytest.fixture
def client(params: ConnectionParams) -> Iterator[Client]:
    with ClientFactory(params).client_context() as opened:
        yield opened


# --- F7: refused or reset before a reply ------------------------------------------------------


def test_a_lost_connection_is_tried_three_times_within_the_budget(
    client: Client, server: ClickHouseServer
) -> None:
    server.fail(Fault(How.RESET, "AS marked"))
    started = time.monotonic()

    with pytest.raises(
        DatabaseUnreachableError, match=f"127.0.0.1:{server.port}: it closed"
    ) as caught:
        fetch(client, "SELECT 1 AS marked")

    # The driver sends a read again once by itself when the server closes without an answer.
    assert 2 * ATTEMPTS == len(server.sent("AS marked"))
    assert ALL_WAITS <= time.monotonic() - started < ALL_WAITS + 1.5
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("how", [How.RESET, How.BUSY])
def test_a_connection_that_comes_back_gives_the_result(
    client: Client, server: ClickHouseServer, how: How
) -> None:
    server.fail(Fault(how, "AS marked", times=2))

    found = fetch(client, "SELECT 1 AS marked")

    assert [(1,)] == found.rows()


def test_a_statement_that_may_not_run_twice_is_sent_once(
    client: Client, server: ClickHouseServer
) -> None:
    server.fail(Fault(How.RESET, "TRUNCATE"))

    with pytest.raises(DatabaseUnreachableError):
        execute(client, "TRUNCATE TABLE transfers_batches")

    assert 1 == len(server.sent("TRUNCATE"))


# --- F8: errors of the server -----------------------------------------------------------------


def test_a_query_without_memory_is_not_tried_again_and_names_its_id(
    client: Client, server: ClickHouseServer
) -> None:
    server.fail(Fault(How.REFUSE, "AS marked", code=241))

    with pytest.raises(QueryError, match="MEMORY_LIMIT_EXCEEDED") as caught:
        fetch(client, "SELECT 1 AS marked")

    (sent,) = server.sent("AS marked")
    assert sent.query_id in str(caught.value)


def test_a_busy_server_is_tried_three_times(client: Client, server: ClickHouseServer) -> None:
    server.fail(Fault(How.BUSY, "AS marked"))

    with pytest.raises(DatabaseUnreachableError, match="503"):
        fetch(client, "SELECT 1 AS marked")

    attempts = server.sent("AS marked")
    assert ATTEMPTS == len(attempts)
    assert ATTEMPTS == len({attempt.query_id for attempt in attempts})


# --- F9, F33: refusals, and secrets -----------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"), [(516, "wrong user or password"), (497, "lacks a right")]
)
def test_a_refusal_is_final_and_never_tells_the_password(
    client: Client,
    server: ClickHouseServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    code: int,
    words: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.fail(Fault(How.REFUSE, "AS marked", code=code, text="default: no. (ACCESS_DENIED)"))

    with pytest.raises(DatabaseConnectionError, match=words) as caught:
        fetch(client, "SELECT 1 AS marked")

    said = "".join(traceback.format_exception(caught.value)) + caplog.text + str(capfd.readouterr())
    assert 1 == len(server.sent("AS marked"))
    assert 2 == caught.value.exit_code
    assert PASSWORD not in said


@pytest.mark.parametrize("how", [How.RESET, How.BUSY, How.REFUSE, How.CUT_LENGTH, How.ERROR_AT_END])
def test_no_failure_tells_the_password_or_the_content_of_rows(
    client: Client, server: ClickHouseServer, caplog: pytest.LogCaptureFixture, how: How
) -> None:
    caplog.set_level(logging.DEBUG)
    text = f"Cannot parse '{SECRET}' (CANNOT_PARSE_TEXT)"
    server.fail(Fault(how, "AS marked", code=6, text=text, cut=300))

    with pytest.raises(AlertmillError) as caught:
        fetch_counted(
            client, "x", "SELECT {value:String} AS marked FROM numbers(9)", {"value": SECRET}
        )

    said = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert PASSWORD not in said
    assert SECRET not in str(caught.value)


# --- F10: slow --------------------------------------------------------------------------------


def test_a_silent_server_is_left_after_the_limit(
    params: ConnectionParams, server: ClickHouseServer
) -> None:
    server.fail(Fault(How.SILENCE, "AS marked"))
    with ClientFactory(replace(params, max_execution_time=1)).client_context() as client:
        started = time.monotonic()

        with pytest.raises(QueryTimeoutError, match="CLICKHOUSE_MAX_EXECUTION_TIME") as caught:
            fetch(client, "SELECT 1 AS marked")

    (sent,) = server.sent("AS marked")
    assert time.monotonic() - started < 1.2
    assert sent.query_id in str(caught.value)


def test_a_query_that_the_server_ends_is_a_timeout(
    client: Client, server: ClickHouseServer
) -> None:
    server.fail(Fault(How.REFUSE, "AS marked", code=159, text="too slow (TIMEOUT_EXCEEDED)"))

    with pytest.raises(QueryTimeoutError):
        fetch(client, "SELECT 1 AS marked")

    assert 1 == len(server.sent("AS marked"))


# --- F12: cut streams -------------------------------------------------------------------------


def _block_edges(body: bytes) -> list[int]:
    """Where a message of an Arrow stream begins: the marker of its length."""
    found, at = [], body.find(b"\xff\xff\xff\xff")
    while at >= 0:
        found.append(at)
        at = body.find(b"\xff\xff\xff\xff", at + 4)
    return found


def _cuts(client: Client, server: ClickHouseServer) -> list[int]:
    fetch_counted(client, "whole", ROWS + SMALL_BLOCKS)
    body = server.last_body
    anywhere = np.random.default_rng(0).integers(1, len(body), 60).tolist()
    return sorted({*_block_edges(body), *anywhere, len(body) - 1})


@pytest.mark.parametrize(
    "how",
    [How.CUT_CHUNKED, How.CUT_LENGTH, How.CUT_CLOSE, How.ERROR_AT_END],
    ids=lambda how: how.name,
)
def test_of_a_cut_stream_no_row_is_passed_on(
    client: Client, server: ClickHouseServer, how: How
) -> None:
    whole = pl.DataFrame({"n": range(400)}, schema={"n": pl.UInt64})
    cuts = _cuts(client, server)
    outcomes = []
    for cut in cuts:
        server.faults[:] = [Fault(how, "_row_hash", cut=cut)]
        try:
            frame, _ = fetch_counted(client, "cut", ROWS + SMALL_BLOCKS)
        except (IncompleteResultError, DatabaseUnreachableError, QueryError) as error:
            outcomes.append(type(error))
        else:
            assert whole.equals(frame.select("n"))
            outcomes.append(pl.DataFrame)

    assert len(_block_edges(server.last_body)) > 8
    assert len(cuts) >= 60
    # Only the last bytes, which close the stream, may be missing from a complete result.
    assert outcomes.count(pl.DataFrame) <= 3


@pytest.mark.parametrize("lost", [[0], [399], [3, 4, 5], range(400)])
def test_rows_lost_on_the_way_are_noticed(
    client: Client, monkeypatch: pytest.MonkeyPatch, lost: Sequence[int]
) -> None:
    _change_on_the_way(client, monkeypatch, lambda rows: rows.filter(~rows["n"].is_in(list(lost))))

    with pytest.raises(IncompleteResultError, match=f"400 rows were expected, {400 - len(lost)}"):
        fetch_counted(client, "numbers", ROWS)


def test_rows_doubled_or_exchanged_on_the_way_are_noticed(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    last_is_first = pl.when(pl.int_range(pl.len()) == 399).then(0).otherwise(pl.int_range(pl.len()))
    _change_on_the_way(
        client, monkeypatch, lambda rows: rows.select(pl.all().gather(last_is_first))
    )

    with pytest.raises(IncompleteResultError, match="400 rows were expected, 400 were read"):
        fetch_counted(client, "numbers", ROWS)


def _change_on_the_way(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[pl.DataFrame], pl.DataFrame],
) -> None:
    stream = client.query_arrow_stream

    @contextmanager
    def changed(*args: object, **kwargs: object) -> Iterator[list[object]]:
        with stream(*args, **kwargs) as batches:
            whole = pl.concat([pl.from_arrow(batch) for batch in batches])
        yield [change(whole).to_arrow()]

    monkeypatch.setattr(client, "query_arrow_stream", changed)


def _transfer(tx_id: str) -> pl.DataFrame:
    return pl.DataFrame({"tx_id": [tx_id], "batch_id": [tx_id]})


# --- F13: an insert whose answer is lost ------------------------------------------------------


def test_an_insert_whose_answer_is_lost_is_there_once(
    client: Client, server: ClickHouseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT_SECONDS", 0.001)
    for number in range(50):
        server.faults[:] = [Fault(How.COMMIT_THEN_RESET, "INSERT INTO", times=1 + number % 2)]
        insert(client, "transfers_batches", _transfer(f"tx{number:02d}"), token=f"token {number}")

    found = fetch(client, "SELECT tx_id FROM transfers_batches ORDER BY tx_id")
    assert [f"tx{number:02d}" for number in range(50)] == found["tx_id"].to_list()
    assert 50 < len(server.sent("INSERT INTO `transfers_batches`"))
