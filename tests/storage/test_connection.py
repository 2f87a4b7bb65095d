"""A database is opened where the settings say, and a refusal tells an operator what to do."""

from __future__ import annotations

import fcntl
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from alertmill.errors import (
    AnotherFolderOpenError,
    DatabaseConnectionError,
    DatabaseDamagedError,
    DatabaseHeldError,
    DatabaseUnopenedError,
    DatabaseUnreachableError,
    UnknownNameError,
)
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, ConnectionParams, get_connection_params
from alertmill.storage.connection import unopened
from tests.support.clickhouse_server import ClickHouseServer, Fault, How, clickhouse_server

PASSWORD = "correct-horse"  # noqa: S105 - of a server that does not exist
HOLDER = """
import sys
from pathlib import Path
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, get_connection_params
settings = Settings(_env_file=None, alertmill_database_dir=Path(sys.argv[1]))
with ClientFactory(get_connection_params("torus", settings)).client_context() as client:
    print("open", flush=True)
    sys.stdin.read()
"""
OPENER = """
import sys
from pathlib import Path
from alertmill.errors import AlertmillError
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, get_connection_params
settings = Settings(_env_file=None, alertmill_database_dir=Path(sys.argv[1]))
try:
    with ClientFactory(get_connection_params("torus", settings)).client_context() as client:
        print("tables:", client.command("SELECT count() FROM system.tables WHERE database = "
            "currentDatabase() AND name = 'transfers'"))
except AlertmillError as error:
    print(type(error).__name__, error)
"""

TWO_FOLDERS = """
import sys
from pathlib import Path
from alertmill.errors import AlertmillError
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, get_connection_params
def opened(name):
    settings = Settings(_env_file=None, alertmill_database_dir=Path(sys.argv[1]) / name)
    return ClientFactory(get_connection_params("torus", settings)).client_context()
with opened("first"):
    try:
        with opened("second"):
            print("both are open")
    except AlertmillError as error:
        print(type(error).__name__, error)
"""


def server_params(port: int, host: str = "127.0.0.1") -> ConnectionParams:
    settings = Settings(
        _env_file=None,
        clickhouse_host=host,
        clickhouse_port=port,
        clickhouse_user="analyst",
        clickhouse_password=PASSWORD,
    )
    return get_connection_params("ethereum", settings)


def run_python(script: str, folder: Path) -> str:
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own script


# --- where a database is ----------------------------------------------------------------------


def test_an_unknown_network_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown network 'etherium'.*ethereum.*torus"):
        get_connection_params("etherium", Settings(_env_file=None))


def test_without_a_host_the_embedded_engine_is_used(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=tmp_path)

    params = get_connection_params("bittensor_evm", settings)

    assert tmp_path == params.path
    assert "risk_assessment_bittensor_evm" == params.database
    assert str(tmp_path) == params.endpoint


def test_with_a_host_the_settings_say_which_server() -> None:
    settings = Settings(
        _env_file=None,
        clickhouse_host="db.example.org",
        clickhouse_port=8443,
        clickhouse_user="analyst",
        clickhouse_database="risk",
        clickhouse_secure=True,
        clickhouse_max_execution_time=17,
    )

    params = get_connection_params("ethereum", settings)

    assert params.path is None
    assert "db.example.org:8443" == params.endpoint
    assert ("analyst", "risk", True, 17) == (
        params.user,
        params.database,
        params.secure,
        params.max_execution_time,
    )


def test_the_password_is_in_no_text_of_the_parameters() -> None:
    params = server_params(8123)

    assert PASSWORD not in f"{params!r} {params} {params.endpoint}"
    assert PASSWORD == params.password.get_secret_value()


# --- servers that refuse ----------------------------------------------------------------------


def test_a_closed_port_is_unreachable_and_said_in_one_line() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(DatabaseUnreachableError) as caught:
        ClientFactory(server_params(port)).client_context().__enter__()

    assert f"cannot use ClickHouse at 127.0.0.1:{port}: Connection refused" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_wrong_password_is_a_refusal_and_not_worth_trying_again(embedded_dir: Path) -> None:
    with (
        clickhouse_server(embedded_dir, password="another") as server,  # noqa: S106
        pytest.raises(DatabaseConnectionError, match="wrong user or password") as caught,
    ):
        ClientFactory(server_params(server.port)).client_context().__enter__()

    assert not isinstance(caught.value, DatabaseUnreachableError)
    assert PASSWORD not in str(caught.value)
    assert 1 == len(server.statements)


def test_a_right_that_is_missing_for_the_schema_is_named(server: ClickHouseServer) -> None:
    server.password = PASSWORD
    needed = "Not enough privileges. it's necessary to have the grant CREATE DATABASE ON risk.*."
    server.fail(Fault(How.REFUSE, "DATABASE", code=497, text=f"{needed} (ACCESS_DENIED)"))

    with pytest.raises(
        DatabaseConnectionError, match=r"lacks a right \(CREATE DATABASE\)"
    ) as caught:
        ClientFactory(server_params(server.port)).client_context().__enter__()

    assert not isinstance(caught.value, DatabaseUnreachableError)


def test_a_connection_lost_after_opening_is_worth_trying_again(server: ClickHouseServer) -> None:
    server.password = PASSWORD
    server.fail(Fault(How.RESET, "DATABASE"))

    with pytest.raises(DatabaseUnreachableError, match=f"127.0.0.1:{server.port}") as caught:
        ClientFactory(server_params(server.port)).client_context().__enter__()

    assert isinstance(caught.value, ConnectionError)
    assert "\n" not in str(caught.value)


# --- the embedded folder ----------------------------------------------------------------------


@pytest.mark.engine
def test_a_folder_open_in_another_process_names_that_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:  # noqa: S603 - our own script
        assert holder.stdout is not None
        assert "open\n" == holder.stdout.readline()

        said = run_python(OPENER, tmp_path)
        holder.communicate("")

    assert said.startswith(f"{DatabaseHeldError.__name__} ")
    assert f"open in process {holder.pid}," in said
    assert str(tmp_path) in said


@pytest.mark.engine
def test_a_folder_whose_holder_is_gone_a_moment_later_is_called_held(tmp_path: Path) -> None:
    """Whoever closes the folder removes its trace; here the lock is held, and nobody is named."""
    run_python(OPENER, tmp_path)
    with (tmp_path / "status").open("w") as status:
        fcntl.flock(status, fcntl.LOCK_EX)

        said = run_python(OPENER, tmp_path)

    assert said.startswith(f"{DatabaseHeldError.__name__} ")
    assert "is open in another process," in said


@pytest.mark.engine
def test_a_second_folder_in_a_process_is_not_called_damaged(tmp_path: Path) -> None:
    said = run_python(TWO_FOLDERS, tmp_path)

    assert said.startswith(f"{AnotherFolderOpenError.__name__} ")
    assert f"{tmp_path / 'second'} cannot be opened, because this process has another" in said


@pytest.mark.engine
def test_after_closing_another_process_may_open_the_folder(tmp_path: Path) -> None:
    first = run_python(OPENER, tmp_path)
    second = run_python(OPENER, tmp_path)

    assert "tables: 1\n" == first == second


@pytest.mark.engine
def test_a_damaged_folder_is_not_called_open_elsewhere(tmp_path: Path) -> None:
    run_python(OPENER, tmp_path)
    for file in tmp_path.glob("store/*/*/transfers_batches.sql"):
        file.write_text("no statement")

    said = run_python(OPENER, tmp_path)

    assert said.startswith(f"{DatabaseDamagedError.__name__} ")
    assert str(tmp_path) in said


@pytest.mark.engine
def test_a_folder_is_copied_with_its_links_and_moved(tmp_path: Path) -> None:
    run_python(OPENER, tmp_path / "first")
    copied = shutil.copytree(tmp_path / "first", tmp_path / "a copy", symlinks=True)
    moved = (tmp_path / "first").rename(tmp_path / "döb münze")

    assert ["tables: 1\n"] * 2 == [run_python(OPENER, folder) for folder in (copied, moved)]


@pytest.mark.engine
def test_a_copy_that_followed_the_links_says_how_to_copy(tmp_path: Path) -> None:
    run_python(OPENER, tmp_path / "first")
    shutil.copytree(tmp_path / "first", tmp_path / "copy")

    said = run_python(OPENER, tmp_path / "copy")

    assert said.startswith(f"{DatabaseUnopenedError.__name__} ")
    assert "expected a link" in said
    assert "cp -a" in said


@pytest.mark.engine
def test_a_reason_of_the_machine_is_not_called_damage(tmp_path: Path) -> None:
    run_python(OPENER, tmp_path)
    short_of_files = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))\n"

    said = run_python(short_of_files + OPENER, tmp_path)

    assert said.startswith(f"{DatabaseUnopenedError.__name__} ")
    assert "open files" in said, "where the engine notices it, and how it says so, varies"
    assert "remove" not in said
    assert "tables: 1\n" == run_python(OPENER, tmp_path)


@pytest.mark.parametrize(
    ("text", "kind", "removal"),
    [
        ("Checksum doesn't match: corrupted data. (CHECKSUM_DOESNT_MATCH)", "Damaged", "advised"),
        ("Syntax error. (SYNTAX_ERROR)", "Damaged", "no"),
        ("errno: 28, strerror: No space left on device. (CANNOT_READ_ALL_DATA)", "Unopened", "no"),
        ("Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)", "Unopened", "no"),
        ("something new", "Unopened", "no"),
    ],
)
def test_removal_is_advised_for_a_wrong_checksum_alone(text: str, kind: str, removal: str) -> None:
    found = unopened(Path("db"), text)

    assert f"Database{kind}Error" == type(found).__name__
    assert (removal == "advised") == ("remove it" in str(found))
