"""Errors of delivered snapshots: what breaks a contract, and what a folder lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from alertmill.errors.base import BAD_INPUT, AlertmillError
from alertmill.wording import plural

_MOST_BREACHES = 30
_NOTHING_LOADED = ". Nothing of it was loaded."
_MOST_NAMED = 3
_LONGEST_QUOTE = 80
_LONGEST_PLACE = 300


def quote(value: object) -> str:
    r"""Quote a value of foreign data: control and direction characters escaped, length capped.

    Examples
    --------
    >>> print(quote("red\x1b[31m"))
    'red\x1b[31m'
    """
    if isinstance(value, str):
        # Before repr, which would otherwise work through a text of megabytes.
        is_long = len(value) > _LONGEST_QUOTE
        return repr(value[:_LONGEST_QUOTE]) + ("..." if is_long else "")
    said = str(value) if isinstance(value, int | float | date | Decimal) else repr(value)
    return said[:_LONGEST_QUOTE] + ("..." if len(said) > _LONGEST_QUOTE else "")


def place(path: object) -> str:
    """Return a path or URL for a message: escaped like a value, without quotes."""
    return repr(str(path)[:_LONGEST_PLACE])[1:-1]


@dataclass(frozen=True)
class Breach:
    """One rule that rows of a table do not keep."""

    table: str
    column: str
    rule: str
    count: int
    """Rows, or keys where the rule is about keys; 1 where it is about the column itself."""
    examples: tuple[str, ...] = ()
    """Keys of up to five of them, with the value found, quoted."""

    def __str__(self) -> str:
        """Return the breach as one line of a message."""
        examples = f": {'; '.join(self.examples)}" if self.examples else ""
        return f"{self.without_rows}{examples}"

    @property
    def without_rows(self) -> str:
        """Return what was expected and how many rows differ, without their keys and values."""
        rows = plural(self.count, "row")
        count = f" in {self.count:,} {rows}" if self.examples else ""
        return f"{self.table}.{self.column}: expected {self.rule}{count}"


class ContractError(AlertmillError):
    """Tables do not keep their contract."""

    exit_code = BAD_INPUT
    breaches: tuple[Breach, ...] = ()
    action: str = "correct the source and deliver the snapshot again"

    @property
    def reason(self) -> str:
        """Return the first broken rules in one line, without the rows that break them."""
        first = "; ".join(breach.without_rows for breach in self.breaches[:_MOST_NAMED])
        n_besides = len(self.breaches) - _MOST_NAMED
        return f"{first}; and {n_besides} more" if n_besides > 0 else first

    @classmethod
    def of(cls, breaches: Sequence[Breach], *, source: str) -> Self:
        """List what is broken, each with its count and example keys.

        Parameters
        ----------
        source : str
            Where the tables come from.
        """
        lines = [f"  {breach}" for breach in breaches[:_MOST_BREACHES]]
        if len(breaches) > _MOST_BREACHES:
            lines.append(f"  and {len(breaches) - _MOST_BREACHES} more")
        tables = ", ".join(dict.fromkeys(breach.table for breach in breaches))
        error = cls(
            f"{place(source)}: {tables} broke the contract in {len(breaches)} places:\n"
            + "\n".join(lines)
            + "\nNo row was left out to make it fit; correct the source and load it again."
        )
        error.breaches = tuple(breaches)
        return error


class SnapshotFolderError(AlertmillError):
    """A delivered snapshot folder, or the place where it should be, is not what it has to be."""

    exit_code = BAD_INPUT
    path: str = ""
    """The folder or file."""
    reason: str = ""
    """What is wrong, in one line without row data."""
    action: str = "correct the folder and deliver it again, or move it away"
    is_incomplete: bool = False
    """True if a copy that is still under way looks like this."""
    parts: tuple[SnapshotFolderError | ContractError, ...] = ()
    """The single errors of an error about several things."""

    @classmethod
    def of(
        cls, folder: object, reason: str, *, action: str = "", is_incomplete: bool = False
    ) -> Self:
        """Describe a folder or file by what is wrong with it, what was expected and what to do."""
        advice = f"; {action}" if action else ""
        error = cls(f"{place(folder)}: {reason}{advice}{_NOTHING_LOADED}")
        error.path, error.reason, error.is_incomplete = str(folder), reason, is_incomplete
        error.action = action or cls.action
        return error

    @classmethod
    def incomplete(cls, folder: object, reason: str) -> Self:
        """Describe a folder that lacks something which may still be on its way."""
        action = "copy the whole folder again, or move it away"
        return cls.of(folder, reason, action=action, is_incomplete=True)

    @classmethod
    def together(
        cls, folder: object, errors: Sequence[SnapshotFolderError | ContractError]
    ) -> Self:
        """Build the message of all that is wrong with a folder, each with what to do."""
        errors = [part for error in errors for part in getattr(error, "parts", ()) or (error,)]
        lines = [f"  {str(error).removesuffix(_NOTHING_LOADED)}" for error in errors]
        error = cls(
            f"{place(folder)}: {len(errors)} things are wrong:\n"
            + "\n".join(lines)
            + f"\n{_NOTHING_LOADED.strip('. ')}."
        )
        error.path, error.parts = str(folder), tuple(errors)
        error.reason = "; ".join(_below(folder, one) for one in errors)
        error.action = "; ".join(dict.fromkeys(one.action for one in errors))
        of_files = [one for one in errors if isinstance(one, SnapshotFolderError)]
        error.is_incomplete = any(one.is_incomplete for one in of_files)
        return error

    @classmethod
    def nothing_found(cls, root: object, network: str, others: Sequence[str]) -> Self:
        """Describe a place without snapshots of a network; ``others`` are networks that it has."""
        there = f"; it holds snapshots of {', '.join(others)}" if others else ""
        return cls(
            f"no snapshots of {network} in {place(root)}{there}. Expected a folder with "
            f"META.json, or one with snapshots/{network}/<processing_date>/<window_days>/META.json."
            " Transfers suffice, all else is derived from them: in transfers.parquet beside a "
            "META.json, or as a file for `alertmill ingest transfers`."
        )

    @classmethod
    def no_place(cls, root: object) -> Self:
        """Describe a place that does not exist."""
        return cls(
            f"there is no folder {place(root)} to look for snapshots in; create it, or correct "
            "the path or URL."
        )

    @classmethod
    def missing_columns(cls, folder: object, missing: Sequence[tuple[str, str, str]]) -> Self:
        """List file, column and the column found that may be meant, of all that is missing."""
        rows = [("file", "column", "perhaps renamed to"), *missing]
        widths = [max(len(row[place]) for row in rows) for place in range(3)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        table = "\n  ".join(lines)
        counted = "1 column is" if len(missing) == 1 else f"{len(missing)} columns are"
        error = cls.of(folder, f"{counted} missing:\n  {table}\nadd or rename them")
        first = ", ".join(f"{column} of {file}" for file, column, _ in missing[:_MOST_NAMED])
        besides = f" and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
        error.reason = f"{counted} missing: {first}{besides}"
        error.action = "add or rename the columns and deliver the snapshot again"
        return error


def _below(folder: object, error: SnapshotFolderError | ContractError) -> str:
    """Return the reason of an error; it starts with the file where the error is about one."""
    if isinstance(error, ContractError):
        return error.reason
    file = error.path.removeprefix(str(folder)).strip("/")
    return f"{place(file)}: {error.reason}" if file else error.reason


class ChecksumError(SnapshotFolderError):
    """The bytes of a file are not those that META.json describes."""

    @classmethod
    def differs(cls, path: object, *, expected: str, found: str) -> Self:
        """Build the message from both checksums."""
        error = cls.of(
            path,
            f"its sha256 is {found}, but META.json says {expected}; the file was changed or is "
            "not complete",
            action="copy or deliver it again",
            is_incomplete=True,
        )
        error.reason = "its sha256 is not the one in META.json"
        return error

    @classmethod
    def absent(cls, folder: object, names: Sequence[str]) -> Self:
        """Build the message from the files without a checksum."""
        return cls.of(
            folder,
            f"META.json gives no sha256 for {', '.join(names)}, so nobody can say whether the "
            "files are whole",
            action="deliver the snapshot again with checksums",
        )


class FolderUnreachableError(AlertmillError, ConnectionError):
    """The place of the snapshot folders does not answer: worth trying again."""

    @classmethod
    def of(cls, path: object, reason: str) -> Self:
        """Build the message from the place and why it cannot be reached."""
        return cls(f"cannot reach {place(path)}: {reason}; try again later.")


class DeliveryRefusedError(AlertmillError):
    """Snapshot folders were refused; all others are loaded."""

    exit_code = BAD_INPUT


class DeliveryAbsentError(AlertmillError):
    """An expected snapshot did not come, or the newest one is too old."""


class DeliveryReportError(AlertmillError):
    """The delivery report of a network cannot be read."""

    @classmethod
    def of(cls, path: object, reason: str) -> Self:
        """Build the message from the file and the kind of the failure."""
        return cls(
            f"{place(path)} is no delivery report that this version reads ({reason}); remove it, "
            "the next ingestion writes it again."
        )


class MixedSourcesError(AlertmillError):
    """Snapshots of a training were made in different ways."""

    exit_code = BAD_INPUT

    @classmethod
    def of(cls, *, delivered: Sequence[date], derived: Sequence[date]) -> Self:
        """Build the message from the days of both kinds."""
        return cls(
            f"of the snapshots asked for, {_range(delivered)} were delivered with features of "
            f"the upstream system, {_range(derived)} were derived here, and the same columns mean "
            "other things in the two; take a range of one kind."
        )


def _range(days: Sequence[date]) -> str:
    return f"{len(days)} ({min(days)} to {max(days)})"
