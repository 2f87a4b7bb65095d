"""Every error that a user can cause or meet, with what was expected, what was found and what to do.

Anything that is not an `AlertmillError` is a defect of this program and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import ClassVar, Self

BAD_INPUT = 2
FAILED = 1


class AlertmillError(Exception):
    """Base of the errors an operator can act on; ``exit_code`` is what the command line returns."""

    exit_code: ClassVar[int] = FAILED


class ConfigurationError(AlertmillError):
    """A setting is missing or contradicts another."""

    exit_code = BAD_INPUT


class UnknownNameError(AlertmillError):
    """A network, model type or other enumerated name is not one we know."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, kind: str, found: str, known: Iterable[str]) -> Self:
        """Name what was asked for and list what exists."""
        return cls(f"unknown {kind} {found!r}; expected one of {', '.join(sorted(known))}.")


class DateRangeError(AlertmillError):
    """A date range ends before it starts."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, start: date, end: date) -> Self:
        """Show both ends."""
        return cls(
            f"the range ends before it starts: start_date is {start}, end_date is {end}; "
            "swap them or correct one."
        )


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


class NoAlertsError(AlertmillError):
    """The database holds no alerts for what was asked."""

    exit_code = BAD_INPUT

    @classmethod
    def of(
        cls,
        *,
        network: str,
        window_days: int,
        start: date,
        end: date,
        found: tuple[date, date] | None,
        other_windows: Iterable[int] = (),
    ) -> Self:
        """Say what was asked for and which dates exist."""
        asked = f"no alerts for network {network!r}, window {window_days} days, {start} to {end}"
        if found is not None:
            return cls(
                f"{asked}; the table holds {found[0]} to {found[1]}: "
                "change the dates or ingest those snapshots."
            )
        windows = sorted(other_windows)
        if windows:
            return cls(
                f"{asked}; the table holds only windows of {windows} days: change the window."
            )
        return cls(
            f"{asked}; the table is empty: run `alertmill demo`, "
            "or load data with `alertmill ingest`."
        )


class MissingColumnsError(AlertmillError):
    """A table or file lacks columns that a step needs."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, table: str, missing: Iterable[str], found: Collection[str]) -> Self:
        """Name the table, what is missing and what is there."""
        return cls(
            f"{table} lacks the columns {', '.join(sorted(missing))}; "
            f"it has {', '.join(sorted(found))}. Add or rename the columns and load it again."
        )


class DuplicateRowsError(AlertmillError):
    """A table holds a key more than once."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, table: str, keys: Iterable[str], *, n_keys: int, example: Iterable[object]) -> Self:
        """Say how many keys repeat and show the first one."""
        return cls(
            f"{table} holds {n_keys} repeated keys ({', '.join(keys)}), the first is "
            f"{', '.join(map(str, example))}, and each may stand once; "
            "derive or ingest the snapshot again, which replaces it."
        )


class WrongTypeError(AlertmillError):
    """Columns of a table hold values of a type that a step cannot use."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, table: str, columns: Iterable[str], *, expected: str) -> Self:
        """Name the table, the columns and what they should hold."""
        return cls(
            f"{table}: the columns {', '.join(columns)} do not hold {expected}; "
            "encode them or leave them out."
        )


class InputFileError(AlertmillError):
    """A file handed to us cannot be read, or a value in it has the wrong type or range."""

    exit_code = BAD_INPUT

    @classmethod
    def unreadable(cls, path: Path, reason: str) -> Self:
        """Name the file and why it cannot be read."""
        return cls(f"cannot read {path}: {reason}; expected a parquet file.")

    @classmethod
    def bad_value(cls, path: Path, *, column: str, row: int, found: object, expected: str) -> Self:
        """Point at the first bad cell; rows count from 0."""
        return cls(
            f"{path}, column {column!r}, row {row}: found {found!r}, expected {expected}; "
            "correct the file and load it again. Nothing was loaded."
        )


class TooFewSnapshotsError(AlertmillError):
    """The range holds fewer snapshots than the split needs."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, *, found: int, needed: int, layout: str) -> Self:
        """Give both counts and how the needed days are made up."""
        return cls(
            f"{found} daily snapshots are too few for this split, which needs {needed} ({layout}); "
            "take a longer range, or shorter validation and test periods."
        )


class OneClassError(AlertmillError):
    """A split holds only one class, so nothing can be learned or measured on it."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, split: str, *, positives: int, negatives: int) -> Self:
        """Give the counts of both classes."""
        return cls(
            f"the {split} rows hold {positives} positive and {negatives} negative labelled alerts, "
            "and both classes are needed; take a longer range, wait for more labels, "
            "or check the labels' risk levels and known_at."
        )


class NoAlertsToMeasureError(AlertmillError):
    """A split holds no alerts at all, so there is nothing to measure."""

    @classmethod
    def of(cls, split: str) -> Self:
        """Name the split."""
        return cls(
            f"the predictions hold no {split} alerts; take a longer range, "
            "or check that the last days of the range have alerts."
        )


class UnfinishedRunError(AlertmillError):
    """A run folder lacks something because the run has not finished, or failed."""

    @classmethod
    def of(cls, run_dir: Path, missing: str) -> Self:
        """Name the folder and what is not there."""
        return cls(
            f"the run {run_dir} is unfinished: {missing} is not there; "
            "run the training again with the same parameters, or open a finished run."
        )


class ArtifactChangedError(AlertmillError):
    """A file differs from what its record says."""

    @classmethod
    def of(cls, path: Path, *, expected: str, found: str) -> Self:
        """Give both digests."""
        return cls(
            f"{path} has changed since it was written: expected sha256 {expected}, found {found}; "
            "restore the file, or run the stage that makes it again."
        )


class ManifestError(AlertmillError):
    """The manifest of a run cannot be written or read."""

    @classmethod
    def unreadable(cls, path: Path, reason: str) -> Self:
        """Name the file and what is wrong in it."""
        return cls(
            f"{path} cannot be read: {reason}; it was changed or damaged after the run, "
            "so nothing in the run folder is proven. Restore it from a copy."
        )

    @classmethod
    def not_a_file(cls, path: Path) -> Self:
        """Name the link or device."""
        return cls(f"{path} is no plain file and has no place in a run folder; remove it.")


class ModelNotFoundError(AlertmillError):
    """No stored model fits what was asked for."""

    exit_code = BAD_INPUT


class NotebookFailedError(AlertmillError):
    """A report notebook did not run to its end."""

    @classmethod
    def of(cls, template: str, *, cell: str | None, error: str) -> Self:
        """Name the notebook, its failing cell and the first line of the error."""
        place = f"cell {cell!r}" if cell else "its kernel"
        return cls(
            f"the notebook {template!r} failed in {place}: {error.strip().splitlines()[0][:300]}; "
            "its HTML shows the traceback."
        )

    @classmethod
    def several(cls, templates: Collection[str], *, index: Path) -> Self:
        """List the notebooks that failed, and say where the others are."""
        return cls(
            f"{len(templates)} of the notebooks failed: {', '.join(templates)}; {index} shows "
            "where, and links the others."
        )
