"""Open the database of one network: the embedded engine, or a server when a host is configured."""

from __future__ import annotations

import os
import re
import ssl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EACCES, ENOSPC, EROFS
from pathlib import Path
from typing import cast

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.httpclient import HttpClient
from pydantic import SecretStr

from alertmill.errors import (
    AnotherFolderOpenError,
    ConfigurationError,
    DatabaseDamagedError,
    DatabaseHeldError,
    DatabaseStarvedError,
    DatabaseUnopenedError,
)
from alertmill.networks import network_of
from alertmill.redaction import note_secret
from alertmill.settings import Settings
from alertmill.storage.failures import failure_of
from alertmill.storage.migrations import migrate
from alertmill.storage.outdated_parts import delete_outdated_parts
from alertmill.storage.retrying import retry_if_unreachable
from alertmill.vocabulary import Network

_CONNECT_SECONDS = 5
_WRONG_CHECKSUM = "CHECKSUM_DOESNT_MATCH"
_OF_DAMAGE = {
    _WRONG_CHECKSUM,
    "ATTEMPT_TO_READ_AFTER_EOF",
    "CANNOT_DECOMPRESS",
    "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
    "CANNOT_READ_ALL_DATA",
    "CORRUPTED_DATA",
    "SYNTAX_ERROR",
    "UNEXPECTED_END_OF_FILE",
}
"""Names of the engine's errors about what stands in a file, not about reaching it."""

__all__ = ["Client", "ClientFactory", "ConnectionParams", "get_connection_params"]


@dataclass(frozen=True)
class ConnectionParams:
    """Where the database of one network is."""

    network: Network
    database: str
    path: Path | None
    """Folder of the embedded engine; None means the server at ``host``."""
    host: str
    port: int
    user: str
    password: SecretStr
    secure: bool
    ca_file: Path | None
    """Certificates of the authorities to trust; None means those of the system."""
    max_execution_time: int
    """Limit for one query, in seconds."""

    def __post_init__(self) -> None:
        """Keep the password out of every message."""
        note_secret(self.password.get_secret_value())

    @property
    def endpoint(self) -> str:
        """Return the place for messages, without any secret."""
        return str(self.path) if self.path else f"{self.host}:{self.port}"


def get_connection_params(network: str, settings: Settings | None = None) -> ConnectionParams:
    """Return where the database of ``network`` is, by the settings.

    Raises
    ------
    UnknownNameError
        If no network is configured under this name.
    """
    known = network_of(network)
    settings = settings or Settings()
    embedded = settings.clickhouse_host is None
    return ConnectionParams(
        network=known,
        database=settings.clickhouse_database or f"risk_assessment_{network}",
        path=settings.alertmill_database_dir.resolve() if embedded else None,
        host=settings.clickhouse_host or "",
        port=settings.clickhouse_port,
        user=settings.clickhouse_user,
        password=settings.clickhouse_password,
        secure=settings.clickhouse_secure,
        ca_file=settings.clickhouse_ca_file,
        max_execution_time=settings.clickhouse_max_execution_time,
    )


class ClientFactory:
    """Opens clients for one database, created and migrated on first use."""

    def __init__(self, params: ConnectionParams) -> None:
        self.params = params

    @contextmanager
    def client_context(self) -> Iterator[Client]:
        """Yield a client whose database exists and has the current schema; close it at the end.

        Raises
        ------
        ConfigurationError
            If the file of trusted certificates cannot be read, or the folder of the embedded
            database cannot be written.
        DatabaseHeldError
            If another process has the embedded database open, or this one has another folder open.
        DatabaseDamagedError
            If files of the embedded database are not what the engine wrote.
        DatabaseUnopenedError
            If the embedded database cannot be opened for another reason, such as too few files
            that the process may open, or a copy that lost its links.
        DatabaseUnreachableError
            If no server answers; it may be worth trying again.
        DatabaseConnectionError
            If the server refuses the credentials or a right is missing.
        """
        client = self._connect()
        try:
            migrate(client, self.params.database)
            client.database = self.params.database
            if self.params.path:
                delete_outdated_parts(client)
            yield client
        finally:
            client.close()

    def _connect(self) -> Client:
        if self.params.path:
            return self._open_embedded(self.params.path)
        return retry_if_unreachable(self._open_server)

    def _open_embedded(self, path: Path) -> Client:
        _prepare(path)
        said: list[str] = []
        try:
            with _heard(said):
                return clickhouse_connect.get_client(
                    interface="chdb",
                    path=str(path),
                    database="default",
                    settings=self._query_settings(),
                )
        except ClickHouseError as error:
            if "already initialized with path" in str(error):
                raise AnotherFolderOpenError.beside(path) from None
            holder, reason = _holder(path), "".join(said) or str(error)
            # Who held it a moment ago may have closed it since, and is not found any more.
            if holder is not None or _HELD in reason:
                raise DatabaseHeldError.of(path, holder) from None
            followed = _followed_link(path)
            if followed is not None:
                raise DatabaseUnopenedError.without_links(path, followed) from None
            raise unopened(path, reason) from None

    def _open_server(self) -> Client:
        p = self.params
        if p.secure and p.ca_file:
            _check_authorities(p.ca_file)
        try:
            client = clickhouse_connect.get_client(
                host=p.host,
                port=p.port,
                username=p.user,
                password=p.password.get_secret_value(),
                secure=p.secure,
                verify=True,
                ca_cert=str(p.ca_file) if p.ca_file else None,
                database="default",
                settings=self._query_settings(),
                connect_timeout=_CONNECT_SECONDS,
                # The server has the same limit; this one is for a server that falls silent.
                send_receive_timeout=p.max_execution_time,
                # We retry ourselves, where a statement may run twice.
                query_retries=0,
            )
        except ClickHouseError as error:
            raise failure_of(error, p.endpoint) from None
        # urllib3 connects again by itself, and its log quotes the URL with every bound value.
        cast(HttpClient, client).http_retries = 0
        return client

    def _query_settings(self) -> dict[str, int]:
        # A query compiled after some repetitions may round another way than its first runs did,
        # and compiling takes longer than our queries.
        compiled = ("expressions", "aggregate_expressions", "sort_description")
        return {
            "max_execution_time": self.params.max_execution_time,
            **{f"compile_{part}": 0 for part in compiled},
        }


_HELD = "Another server instance in same directory is already running"
"""The engine's words where another process holds the lock of the folder."""


@contextmanager
def _heard(said: list[str]) -> Iterator[None]:
    """Collect what the engine prints: it raises "bad arguments" and prints the reason itself."""
    sys.stderr.flush()
    try:
        kept, file = os.dup(2), tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    except OSError:  # too few open files, which the engine will report as well
        yield
        return
    os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        file.seek(0)
        said.append(file.read().decode(errors="replace"))
        file.close()


def unopened(path: Path, text: str) -> DatabaseDamagedError | DatabaseUnopenedError:
    """Return what keeps the embedded database shut, by the engine's message."""
    names = re.findall(r"\(([A-Z][A-Z_]{3,})\)", text)
    of_system = re.search(r"strerror: ([^:().,]+)", text)
    name = names[-1] if names else "the engine gives no reason"
    if of_system is None and name in _OF_DAMAGE:
        return DatabaseDamagedError.of(path, name, has_wrong_checksum=name == _WRONG_CHECKSUM)
    reason = of_system[1] if of_system else name
    return DatabaseUnopenedError.of(path, reason)


def _followed_link(path: Path) -> Path | None:
    """Return a folder that the engine keeps as a link, as a copy that follows links leaves it."""
    kept_as_links = (*path.glob("metadata/*"), *path.glob("data/*/*"))
    return next((p for p in kept_as_links if p.is_dir() and not p.is_symlink()), None)


def _check_authorities(ca_file: Path) -> None:
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # an SSLError is one, too
        raise ConfigurationError(
            f"CLICKHOUSE_CA_FILE is {ca_file}, from which no certificates can be read "
            f"({error.strerror or type(error).__name__}); expected a PEM file of authorities."
        ) from None


def _prepare(path: Path) -> None:
    """Make the folder of the embedded database; the engine prints its own errors about it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        usable = os.access(path, os.R_OK | os.W_OK | os.X_OK)
        reason = "" if usable else os.strerror(EROFS if _is_read_only(path) else EACCES)
    except OSError as error:
        if error.errno == ENOSPC:
            raise DatabaseStarvedError.of_space(str(path)) from None
        reason = error.strerror or type(error).__name__
    if reason:
        raise ConfigurationError(
            f"the folder {path} of the embedded database cannot be used: {reason}; expected one "
            "that you may read and write. Correct its permissions or ALERTMILL_DATABASE_DIR."
        )


def _is_read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def _holder(path: Path) -> int | None:
    """Process that has the folder open; None if there is none, or only a trace of one that died."""
    status = path / "status"
    found = (
        re.search(r"PID:\s*(\d+)", status.read_text(encoding="utf-8")) if status.is_file() else None
    )
    if found is None or int(found[1]) == os.getpid():
        return None
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # it lives, and belongs to someone else
    return int(found[1])
