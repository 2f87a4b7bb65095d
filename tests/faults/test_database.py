"""A server that fails in any way gives a complete result or a named error, nothing in between."""

from __future__ import annotations

import logging
import socket
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from clickhouse_connect.driver.httpclient import HttpClient
from urllib3 import Timeout

from alertmill import cli
from alertmill.errors import (
    BAD_INPUT,
    AlertmillError,
    DatabaseConnectionError,
    DatabaseStarvedError,
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
    connection,
    execute,
    fetch,
    get_connection_params,
    insert,
    retrying,
)
from alertmill.storage.queries import fetch_counted
from alertmill.storage.retrying import ATTEMPTS, FIRST_WAIT_SECONDS
from tests.support.clickhouse_server import ClickHouseServer, Fault, How, clickhouse_server

PASSWORD = "correct-horse-battery"  # noqa: S105 - of a server of the tests
SECRET = "0xsecret-of-a-row"  # noqa: S105 - stands for the content of a row
ROWS = "SELECT number AS n, repeat('x', number % 50) AS text FROM numbers(400)"
SMALL_BLOCKS = " SETTINGS max_block_size = 50"
ALL_WAITS = FIRST_WAIT_SECONDS * (2 ** (ATTEMPTS - 1) - 1)


def params_of(port: int) -> ConnectionParams:
    settings = Settings(
        _env_file=None,
        clickhouse_host="127.0.0.1",
        clickhouse_port=port,
        clickhouse_password=PASSWORD,
    )
    opened = get_connection_params("ethereum", settings)
    return replace(opened, database=f"test_{uuid.uuid4().hex}")


@contextmanager
def full_backlog() -> Iterator[int]:
    """Yield a port that drops whoever wants to connect, as a firewall does."""
    with ExitStack() as sockets:
        busy = sockets.enter_context(socket.socket())
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003 - a method of the standard library
            with suppress(BlockingIOError):
                waiting.connect(busy.getsockname())
        yield busy.getsockname()[1]


@pytest.fixture
def params(server: ClickHouseServer) -> ConnectionParams:
    server.password = PASSWORD
    return params_of(server.port)


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


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (How.RESET, 0),
        (How.STATUS, 502),
        (How.STATUS, 503),
        (How.REFUSE, 202),
        (How.REFUSE, 216),
        (How.REFUSE, 373),
    ],
)
def test_a_connection_that_comes_back_gives_the_result(
    client: Client, server: ClickHouseServer, how: How, code: int
) -> None:
    server.fail(Fault(how, "AS marked", times=2, code=code, text="not now"))

    found = fetch(client, "SELECT 1 AS marked")

    assert [(1,)] == found.rows()


def test_a_host_that_does_not_answer_is_unreachable_and_not_slow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 1)
    monkeypatch.setattr(retrying, "ATTEMPTS", 1)
    with full_backlog() as port, pytest.raises(DatabaseUnreachableError, match="firewall"):
        ClientFactory(params_of(port)).client_context().__enter__()


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


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        (243, "no room (NOT_ENOUGH_SPACE)", "is full; expected free space"),
        (76, "strerror: Too many open files (CANNOT_OPEN_FILE)", "ulimit -n"),
    ],
)
def test_what_the_machine_of_the_server_lacks_is_named_with_its_remedy(
    client: Client, server: ClickHouseServer, code: int, said: str, words: str
) -> None:
    server.fail(Fault(How.REFUSE, "AS marked", code=code, text=said))

    with pytest.raises(DatabaseStarvedError, match=words) as caught:
        fetch(client, "SELECT 1 AS marked")

    assert BAD_INPUT == caught.value.exit_code


def test_a_busy_server_is_tried_three_times(client: Client, server: ClickHouseServer) -> None:
    server.fail(Fault(How.STATUS, "AS marked", code=503))

    with pytest.raises(DatabaseUnreachableError, match="503"):
        fetch(client, "SELECT 1 AS marked")

    attempts = server.sent("AS marked")
    assert ATTEMPTS == len(attempts)
    assert ATTEMPTS == len({attempt.query_id for attempt in attempts})


@pytest.mark.parametrize("status", [302, 401, 404, 500])
def test_an_answer_that_is_not_of_clickhouse_is_final_and_not_quoted(
    params: ConnectionParams, server: ClickHouseServer, status: int
) -> None:
    server.fail(Fault(How.STATUS, code=status, text=SECRET))

    with pytest.raises(DatabaseConnectionError, match=f"HTTP status {status}") as caught:
        ClientFactory(params).client_context().__enter__()

    assert not isinstance(caught.value, DatabaseUnreachableError)
    assert SECRET not in str(caught.value)
    assert 1 == len(server.statements)


def test_an_error_while_opening_is_not_tried_again(
    params: ConnectionParams, server: ClickHouseServer
) -> None:
    server.fail(Fault(How.REFUSE, code=241))

    with pytest.raises(QueryError, match="MEMORY_LIMIT_EXCEEDED"):
        ClientFactory(params).client_context().__enter__()

    assert 1 == len(server.statements)


def test_a_failure_after_the_status_200_does_not_pass_for_success(
    client: Client, server: ClickHouseServer
) -> None:
    server.fail(Fault(How.ERROR_AT_END))

    with pytest.raises(QueryError, match="MEMORY_LIMIT_EXCEEDED"):
        execute(client, "TRUNCATE TABLE transfers_batches")
    with pytest.raises(QueryError, match="MEMORY_LIMIT_EXCEEDED"):
        insert(client, "transfers_batches", _transfer("a"), token="a")  # noqa: S106
    with pytest.raises(QueryError, match="MEMORY_LIMIT_EXCEEDED"):
        fetch(client, "SELECT 1 AS marked")


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


@pytest.mark.parametrize(
    "how", [How.RESET, How.STATUS, How.REFUSE, How.CUT_LENGTH, How.ERROR_AT_END]
)
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
    assert SECRET not in said


def test_a_server_that_is_gone_leaves_no_bound_value_in_the_logs(
    params: ConnectionParams, embedded_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with clickhouse_server(embedded_dir, password=PASSWORD) as leaving:
        context = ClientFactory(replace(params, port=leaving.port)).client_context()
        client = context.__enter__()

    with pytest.raises(DatabaseUnreachableError, match="Connection refused") as caught:
        fetch(client, "SELECT {value:String} AS marked", {"value": SECRET})

    said = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert PASSWORD not in said
    assert SECRET not in said
    client.close()


def test_the_command_line_ends_a_refusal_with_code_2_and_without_the_password(
    server: ClickHouseServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    server.password = "another"  # noqa: S105 - of a server of the tests
    monkeypatch.setenv("CLICKHOUSE_HOST", server.host)
    monkeypatch.setenv("CLICKHOUSE_PORT", str(server.port))
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", PASSWORD)
    monkeypatch.setattr("sys.argv", ["alertmill", "ingest", "simulation", "--if-empty"])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    said = str(capfd.readouterr())
    assert 2 == ended.value.code
    assert "wrong user or password" in said
    assert PASSWORD not in said + caplog.text + "".join(traceback.format_exception(ended.value))
    assert 1 == len(server.statements)


# --- F10: slow --------------------------------------------------------------------------------


def test_the_limit_of_a_query_is_the_time_to_wait_for_an_answer(params: ConnectionParams) -> None:
    with ClientFactory(replace(params, max_execution_time=77)).client_context() as client:
        assert isinstance(client, HttpClient)
        assert 77 == client.timeout.read_timeout
        assert [(77,)] == fetch(client, "SELECT getSetting('max_execution_time') AS limit").rows()


@pytest.mark.parametrize("how", [How.SILENCE, How.STALL], ids=lambda how: how.name)
def test_a_silent_server_is_left_after_the_limit(
    client: Client, server: ClickHouseServer, how: How
) -> None:
    assert isinstance(client, HttpClient)
    client.timeout = Timeout(connect=1, read=2)  # a loaded machine takes long to open a database
    server.fail(Fault(how, "_row_hash"))
    started = time.monotonic()

    with pytest.raises(QueryTimeoutError, match="CLICKHOUSE_MAX_EXECUTION_TIME") as caught:
        fetch_counted(client, "silent", "SELECT 1 AS marked")

    (sent,) = server.sent("_row_hash")
    assert time.monotonic() - started < 2.4
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
        yield change(whole).to_arrow().to_batches()

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
