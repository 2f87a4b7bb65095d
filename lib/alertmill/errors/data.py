"""Errors of the data: what is missing in it, and what stands in it wrongly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError
from alertmill.errors.snapshots import quote

_MOST_NAMED = 5
_MOST_COLUMNS = 40
_FEWEST_FOLDS = 2


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
        """Build the message from what was asked for and which dates exist."""
        # the name of an enumeration, not its representation
        name = str(network)
        asked = f"no alerts for network {name!r}, window {window_days} days, {start} to {end}"
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


class OtherNetworkError(AlertmillError):
    """The database holds rows of another network than was asked for."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, asked: str, held: Iterable[str], *, database: str) -> Self:
        """Build the message from the network asked for, the database, and what it holds."""
        return cls(
            f"the network is {quote(asked)}, but the database {database} holds rows of "
            f"{', '.join(sorted(held))}; correct the network, or CLICKHOUSE_DATABASE or "
            "ALERTMILL_DATABASE_DIR."
        )


class MissingColumnsError(AlertmillError):
    """A table or file lacks columns that a step needs."""

    exit_code = BAD_INPUT

    @classmethod
    def of(
        cls,
        table: str,
        missing: Iterable[str],
        found: Collection[str],
        *,
        proposed: str | None = None,
    ) -> Self:
        """Build the message from the table, what is missing, what is there, and what would fit."""
        shown = ", ".join(quote(name)[1:-1] for name in sorted(found)[:_MOST_COLUMNS])
        more = f" and {len(found) - _MOST_COLUMNS} more" if len(found) > _MOST_COLUMNS else ""
        remedy = f"Give --columns {proposed}" if proposed else "Add or rename the columns"
        return cls(
            f"{table} lacks the columns {', '.join(sorted(missing))}; it has {shown}{more}. "
            f"{remedy} and load it again."
        )

    @classmethod
    def in_array(cls, n_columns: int, names: Sequence[str]) -> Self:
        """Build the message from the columns of an array, and the names that it cannot have."""
        shown = ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
        return cls(
            f"X is a numpy array of {n_columns} columns without names, and the model picks its "
            f"{len(names)} features by name; pass a pandas or polars DataFrame with {shown}."
        )

    @classmethod
    def of_split(cls, missing: Iterable[str]) -> Self:
        """Build the message from the keys that are missing; it says how to do without."""
        return cls(
            f"X has no {' and no '.join(missing)} in its index or columns, by which split='time' "
            "divides the rows. Set them as index, or pass split='random', which puts one address "
            "and its neighbouring days on both sides, so that the metrics are too good."
        )


class DuplicateRowsError(AlertmillError):
    """A table holds a key more than once."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, table: str, keys: Iterable[str], *, n_keys: int, example: Iterable[object]) -> Self:
        """Build the message from the number of keys that repeat, and the first one."""
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
        """Build the message from the table, the columns and what they should hold."""
        return cls(
            f"{table}: the columns {', '.join(columns)} do not hold {expected}; "
            "encode them or leave them out."
        )


class InputFileError(AlertmillError):
    """A file handed to us cannot be read, or a value in it has the wrong type or range."""

    exit_code = BAD_INPUT

    @classmethod
    def unreadable(cls, path: object, reason: str) -> Self:
        """Build the message from the file and why it cannot be read."""
        return cls(
            f"cannot read {path}: {reason}; expected a parquet, Arrow, CSV or CSV.gz file. "
            "Nothing was loaded."
        )

    @classmethod
    def refused(cls, path: object, reason: str, *, action: str) -> Self:
        """Build the message from the file, what is wrong with it as a whole, and what to do."""
        return cls(f"{path}: {reason}; {action}. Nothing was loaded.")

    @classmethod
    def bad_value(
        cls, path: object, *, column: str, row: int, found: object, expected: str
    ) -> Self:
        """Point at the first bad cell; rows count from 0."""
        return cls(
            f"{path}, column {column!r}, row {row}: found {quote(found)}, expected "
            f"{expected}; correct the file and load it again. Nothing was loaded."
        )

    @classmethod
    def doubled(
        cls,
        path: object,
        *,
        key: Sequence[str],
        rows: tuple[int, int],
        values: Sequence[object],
        n_rows: int,
        remedy: str,
    ) -> Self:
        """Point at the first two rows with the same key, and count the rows that are too many."""
        named = ", ".join(map(quote, values))
        repeat = "1 row repeats" if n_rows == 1 else f"{n_rows:,} rows repeat"
        return cls(
            f"{path}: {repeat} the key ({', '.join(key)}) of another, first rows {rows[0]} and "
            f"{rows[1]}, ({named}); expected each key once. {remedy} Nothing was loaded."
        )

    @classmethod
    def nothing_in(cls, path: object, reason: str) -> Self:
        """Build the message from a file that would empty what is loaded."""
        return cls(
            f"{path}: {reason}; what was loaded stays. Correct the file or the dates, or give "
            "--replace-with-nothing where that is meant. Nothing was loaded."
        )


class TooFewSnapshotsError(AlertmillError):
    """The range holds fewer snapshots than the split needs."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, *, found: int, needed: int, layout: str) -> Self:
        """Build the message from both counts and how the needed days are made up."""
        return cls(
            f"{found} daily snapshots are too few for this split, which needs {needed} ({layout}); "
            "take a longer range, or shorter validation and test periods."
        )

    @classmethod
    def of_call(cls, days: tuple[date, date], *, cv_folds: int, embargo: int, needed: int) -> Self:
        """Build the message from the days of X, those that the call needs, and what changes that.

        Parameters
        ----------
        days : pair of date
            First and last day of the rows.
        cv_folds, embargo : int
            Folds and embargo days of the call.
        needed : int
            Calendar days from the first to the last that would do.
        """
        found = (days[1] - days[0]).days + 1
        most = cv_folds - (needed - found)
        fewer = f"lower cv_folds to {most}" if most >= _FEWEST_FOLDS else "pass a longer range"
        also = ", or pass a longer range" if most >= _FEWEST_FOLDS else ""
        return cls(
            f"X spans {found} days ({days[0]} to {days[1]}), and cv_folds={cv_folds} with an "
            f"embargo of {embargo} days needs {needed}; {fewer}{also}."
        )


class OneClassError(AlertmillError):
    """A split holds only one class, so nothing can be learned or measured on it."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, split: str, *, positives: int, negatives: int) -> Self:
        """Build the message from the counts of both classes."""
        return cls(
            f"the {split} rows hold {positives} positive and {negatives} negative labelled alerts, "
            "and both classes are needed; take a longer range, wait for more labels, "
            "or check the labels' risk levels and known_at."
        )


class LabelStrategyError(AlertmillError):
    """What was named as a label strategy is none, or it gives no labels that can be used."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, name: str, lack: str) -> Self:
        """Build the message from the strategy and what is wrong with it."""
        return cls(
            f"the label strategy {name} {lack}. It needs a method "
            "label_addresses(known_labels) that returns a polars DataFrame; "
            "docs/labels.md has an example."
        )


class TrainerError(AlertmillError):
    """What was named as a trainer is none."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, name: str, found: object) -> Self:
        """Build the message from what the name stands for."""
        return cls(
            f"the trainer {name!r} is {found!r}; expected a subclass of "
            "alertmill.training.models.trainer.ModelTrainer. docs/models.md has an example."
        )


class NoClustersError(AlertmillError):
    """Clusters are to be scored, and the extract holds none."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, n_alerts: int) -> Self:
        """Build the message from the number of alerts without a cluster."""
        return cls(
            f"the range holds {n_alerts:,} alerts and no cluster; ingest snapshots with clusters, "
            "take a longer range, or train an alert_scorer."
        )

    @classmethod
    def in_rows(cls, expected: Iterable[str]) -> Self:
        """Build the message; it lists the features that rows of clusters have."""
        return cls(
            "a cluster_scorer was given rows without any feature of a cluster; expected columns "
            f"such as {', '.join(expected)}, as "
            "alertmill.training.features.clusters.cluster_features makes them. "
            "Pass rows of clusters, or train an alert_scorer."
        )


class NoAlertsToMeasureError(AlertmillError):
    """A split holds no alerts at all, so there is nothing to measure."""

    @classmethod
    def of(cls, split: str) -> Self:
        """Build the message from the split."""
        return cls(
            f"there are no {split} alerts to measure on; take a longer range, or check that the "
            "last days of the range have alerts."
        )
