"""Errors of the database: reaching it, asking it, and what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError


class DatabaseHeldError(AlertmillError):
    """Another process has the embedded database open."""

    @classmethod
    def of(cls, path: Path, pid: int | None) -> Self:
        """Build the message from the folder, its holder and the two ways out."""
        holder = f"process {pid}" if pid is not None else "another process"
        return cls(
            f"the embedded database {path} is open in {holder}, and only one process may hold it; "
            "wait until that process ends, or set CLICKHOUSE_HOST to use a ClickHouse server."
        )


class AnotherFolderOpenError(DatabaseHeldError):
    """The process has another embedded database open already; waiting does not help."""

    @classmethod
    def beside(cls, path: Path) -> Self:
        """Build the message from the folder that cannot be opened beside the first one."""
        return cls(
            f"the embedded database {path} cannot be opened, because this process has another "
            "folder open, and the engine takes one; close that first, or use another process."
        )


class DatabaseUnopenedError(AlertmillError):
    """The embedded database cannot be opened for a reason that is no fault of its files."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, path: Path, reason: str) -> Self:
        """Build the message from the folder and the engine's reason."""
        return cls(
            f"the embedded database {path} cannot be opened now: {reason}; nothing shows that its "
            "files are damaged. Free what is short (open files, see ulimit -n; address space, see "
            "ulimit -v; memory; disk), or correct the permissions, and start again."
        )

    @classmethod
    def without_links(cls, path: Path, place: Path) -> Self:
        """Build the message from the folder, and a place in it where a link is missing."""
        return cls(
            f"the embedded database {path} cannot be opened: {place} is a folder, expected a link, "
            "so whoever copied the database followed its links. Copy it again with its links as "
            "links, as cp -a and rsync -a do; the one that was copied is whole."
        )


class DatabaseDamagedError(AlertmillError):
    """Files of the embedded database are not what the engine wrote."""

    @classmethod
    def of(cls, path: Path, reason: str, *, has_wrong_checksum: bool) -> Self:
        """Build the message from the folder and the engine's error.

        Only a checksum proves that nothing but a copy can help.
        """
        removal = ", or remove it and ingest again" if has_wrong_checksum else ""
        return cls(
            f"the embedded database {path} cannot be opened: {reason}; its files were changed or "
            f"are not complete. Restore the folder from a copy{removal}."
        )


class DatabaseConnectionError(AlertmillError):
    """The ClickHouse server cannot be reached or refuses the credentials."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, endpoint: str, reason: str) -> Self:
        """Build the message from the endpoint, host:port without password, and the reason."""
        return cls(
            f"cannot use ClickHouse at {endpoint}: {reason}; check CLICKHOUSE_HOST, "
            "CLICKHOUSE_PORT, CLICKHOUSE_USER, CLICKHOUSE_PASSWORD and CLICKHOUSE_SECURE."
        )


class DatabaseUnreachableError(DatabaseConnectionError, ConnectionError):
    """No server answers, or the connection was lost: the one failure worth trying again."""


class QueryError(AlertmillError):
    """A query failed in the engine; the message holds no row data."""


class QueryTimeoutError(AlertmillError):
    """A query took longer than it may."""

    @classmethod
    def of(cls, endpoint: str, query_id: str) -> Self:
        """Build the message from the place, and the id of the query in the server's logs."""
        query = f"the query {query_id}" if query_id else "a query that opens the database"
        return cls(
            f"{query} at {endpoint} took longer than it may; look for it in "
            "system.query_log, and raise CLICKHOUSE_MAX_EXECUTION_TIME or take a shorter range."
        )


class DatabaseStarvedError(QueryError):
    """The machine that the database runs on is short of something, and no fault of the data."""

    exit_code = BAD_INPUT

    @classmethod
    def of_space(cls, endpoint: str) -> Self:
        """Build the message from the place of the database, whose disk is full."""
        return cls(
            f"the disk of the database {endpoint} is full; expected free space. What counted "
            "before counts still: free some, and run the same command again."
        )

    @classmethod
    def of_files(cls, endpoint: str) -> Self:
        """Build the message from the place of the database, which may open too few files."""
        return cls(
            f"the database {endpoint} may open too few files; expected a higher limit. What "
            "counted before counts still: raise it, as with ulimit -n 1024, and run the same "
            "command again."
        )


class IncompleteResultError(AlertmillError):
    """Fewer or other rows arrived than the server counted."""

    @classmethod
    def of(cls, name: str, *, expected: int, found: int) -> Self:
        """Build the message from both row counts; where they are equal, the rows were others."""
        return cls(
            f"the extract {name!r} is not what the server counted and hashed: {expected} rows were "
            f"expected, {found} were read; run the stage again, and check proxies between here and "
            "the server if it happens twice."
        )

    @classmethod
    def broken(cls, query_id: str, kind: str) -> Self:
        """Build the message from the query whose answer broke off, as the cause may quote rows."""
        return cls(
            f"the answer to the query {query_id} broke off ({kind}); run the stage again, and "
            "check proxies between here and the server if it happens twice."
        )


class IncompleteBatchError(AlertmillError):
    """A table holds other than the rows that were sent to it, or lost them to another process."""

    @classmethod
    def of(cls, table: str, *, sent: int, found: int) -> Self:
        """Build the message from both row counts."""
        return cls(
            f"{sent} rows were sent to {table} and {found} arrived, so none of them counts; load "
            "or derive again, and see to it that no other process writes the same snapshot."
        )

    @classmethod
    def void(cls, source: str) -> Self:
        """Build the message from the source whose rows another process has removed."""
        return cls(
            f"another process began to write what {source} was being written to, and removed the "
            "rows of this one, so none of them counts; wait until the other is done, see to it "
            "that one process at a time writes a snapshot, and load or derive again."
        )


class SnapshotsChangingError(AlertmillError):
    """Snapshots are replaced while they are read, so that what was read does not fit together."""

    @classmethod
    def of(cls, attempts: int) -> Self:
        """Build the message from the number of attempts."""
        return cls(
            f"snapshots were replaced during each of {attempts} attempts to read them; "
            "wait until the ingestion is over and run the stage again."
        )
