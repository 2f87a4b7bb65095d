"""What a rebuild makes of each thing that the folders hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one thing."""

    ENTERED = "entered"
    THERE = "already there"
    """The database has it, and it is equal."""
    DIFFERS = "differs"
    """The database has something else, which is left as it is."""
    NOT_TAKEN = "not taken"
    """The folder is not as its manifest says, or holds no registered rows."""
    UNFINISHED = "unfinished"
    """The run has no manifest, so nothing vouches for it."""
    ONLY_IN_DATABASE = "only in the database"
    """No trusted folder and no file of the ledger holds it."""


@dataclass(frozen=True)
class RestoredItem:
    """A run, a row, or the metrics of one model, and what became of it."""

    table: str
    """``runs`` for a folder that is not taken."""
    name: str
    outcome: Outcome
    reason: str = ""


def compare_rows(
    table: str, name: str, *, stored: Mapping[str, object], own: Mapping[str, object]
) -> RestoredItem:
    """Compare a row of the database with the same row of the folders, column by column."""
    differences = [
        f"{column} is {stored[column]!r} in the database and {value!r} in the folder"
        for column, value in own.items()
        if stored[column] != value
    ]
    if differences:
        return RestoredItem(table, name, Outcome.DIFFERS, "; ".join(differences))
    return RestoredItem(table, name, Outcome.THERE)
