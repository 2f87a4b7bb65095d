"""Hold frames to their contracts, and say of a breach which rows break which rule."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from alertmill.errors import Breach, ContractError
from alertmill.snapshots.contracts.columns import Table
from alertmill.snapshots.contracts.references import find_dangling
from alertmill.snapshots.contracts.tables import EXTRACTED, TABLES
from alertmill.snapshots.contracts.types import conform, is_same_kind

_LOGGER = logging.getLogger(__name__)


def check_table(name: str, frame: pl.DataFrame, *, source: str = "the table") -> None:
    """Hold one table to its contract.

    Parameters
    ----------
    name : str
        Name of the table in the database.
    frame : DataFrame
        Its rows in the types of the database; columns without a contract are left alone.
    source : str
        Where the rows come from, for the message.

    Raises
    ------
    ContractError
        If a rule is broken; names every rule, how many rows break it, and five of their keys.
    """
    check_frame(TABLES[name], frame, source=source)


def check_frame(table: Table, frame: pl.DataFrame, *, source: str) -> None:
    """Hold rows to a contract that is no table of the database; see `check_table`."""
    from alertmill.snapshots.contracts.schema import find_breaches

    _raise(find_breaches(table, frame), source)


def conform_tables(
    frames: Mapping[str, pl.DataFrame], tables: Mapping[str, Table] = TABLES, *, source: str
) -> dict[str, pl.DataFrame]:
    """Bring tables into the types of the database, without columns that have no contract.

    Columns that the upstream system does not have are null where they are absent.

    Raises
    ------
    ContractError
        If a column is of another kind, or a value does not fit into its type.
    """
    conformed, broken = {}, []
    for name, frame in frames.items():
        conformed[name], found = conform(tables[name], frame)
        broken += found
    _raise(broken, source)
    return conformed


def check_snapshot(frames: Mapping[str, pl.DataFrame], *, source: str) -> None:
    """Hold the tables of snapshots to their contracts, and to each other.

    Every alert has its address in the features of its day, every cluster its alerts and addresses,
    every flow both addresses.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        By name of the table. References to a table that is not given are not followed.
    source : str
        Where the rows come from, for the message.

    Raises
    ------
    ContractError
        If a rule is broken; all breaches of all tables are in one message.
    """
    from alertmill.snapshots.contracts.schema import find_breaches

    broken = [b for name, frame in frames.items() for b in find_breaches(TABLES[name], frame)]
    _raise([*broken, *find_dangling(dict(frames))], source)


def check_extract(frames: Mapping[str, pl.DataFrame]) -> None:
    """Hold what extraction copied for training to the contracts of its tables.

    Any width of number will do, because another system may have made the tables. Columns that have
    no contract are logged and kept.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        By name of the table, of those in `EXTRACTED`.

    Raises
    ------
    ContractError
        If a rule is broken, an alert has no address in the features of its day, or a cluster names
        an alert that is not there.
    """
    from alertmill.snapshots.contracts.schema import find_breaches

    broken = []
    for name, frame in frames.items():
        table = EXTRACTED[name]
        extra = [column for column in frame.columns if column not in TABLES[name].names]
        if extra:
            _LOGGER.warning("%s holds columns without a contract: %s", name, extra)
        broken += find_breaches(_in_types_found(table, frame), frame)
    _raise([*broken, *find_dangling(dict(frames))], "the extract")


def _in_types_found(table: Table, frame: pl.DataFrame) -> Table:
    columns = [
        replace(column, dtype=frame.schema[column.name])
        if column.name in frame.columns and is_same_kind(frame.schema[column.name], column.dtype)
        else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns))


def _raise(breaches: list[Breach], source: str) -> None:
    if breaches:
        raise ContractError.of(breaches, source=source)
