"""Errors of the database: reaching it, asking it, and what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError


class DatabaseHeldError(AlertmillError):
    """Another process has the embedded database open."""

    @classmethod
    def of(cls, path: Path, pid: int | None) -> Self:
        """Name the folder, its holder and the two ways out."""
        holder = f"process {pid}" if pid is not None else "another process"
        return cls(
            f"the embedded database {path} is open in {holder}, and only one process may hold it; "
            "wait until that process ends, or set CLICKHOUSE_HOST to use a ClickHouse server."
        )


class DatabaseConnectionError(AlertmillError):
    """The ClickHouse server cannot be reached or refuses the credentials."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, endpoint: str, reason: str) -> Self:
        """Name the endpoint (host:port, never a password) and the reason in one line."""
        return cls(
            f"cannot use ClickHouse at {endpoint}: {reason}; check CLICKHOUSE_HOST, "
            "CLICKHOUSE_PORT, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_SECURE."
        )


class DatabaseUnreachableError(DatabaseConnectionError, ConnectionError):
    """No server answers, or the connection was lost: the one failure worth trying again."""


class QueryError(AlertmillError):
    """A query failed in the engine; the message holds no row data."""


class IncompleteResultError(AlertmillError):
    """Fewer or other rows arrived than the server counted."""

    @classmethod
    def of(cls, name: str, *, expected: int, found: int) -> Self:
        """Give both row counts."""
        return cls(
            f"the extract {name!r} arrived incomplete: the server counted {expected} rows, "
            f"{found} were read; run the stage again, and check proxies between here and the "
            "server if it happens twice."
        )


class IncompleteBatchError(AlertmillError):
    """A table holds other than the rows that were sent to it."""

    @classmethod
    def of(cls, table: str, *, sent: int, found: int) -> Self:
        """Give both row counts."""
        return cls(
            f"{sent} rows were sent to {table} and {found} arrived, so none of them counts; load "
            "or derive again, and see to it that no other process writes the same snapshot."
        )
