"""Folders of risk data: alerts, features, clusters and money flows that the upstream derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl
from upath import UPath

from alertmill.errors import Breach, ContractError
from alertmill.snapshots.contracts import check_snapshot, conform_tables
from alertmill.snapshots.contracts.columns import Table
from alertmill.snapshots.contracts.examples import examples_of
from alertmill.snapshots.contracts.tables import TABLES
from alertmill.snapshots.folders.files import ReadFiles, Wanted, read_files
from alertmill.snapshots.folders.meta import SnapshotMeta
from alertmill.snapshots.folders.spelling import spell_addresses, spell_members

RISK_LEVEL = {
    "alerts": "raw_alerts",
    "features": "raw_features",
    "clusters": "raw_clusters",
    "money_flows": "raw_money_flows",
}
"""Files, without their ending, and the table that each fills."""
_ADDRESSES = {
    "alerts": ("address",),
    "features": ("address",),
    "money_flows": ("from_address", "to_address"),
}
KNOWN_AND_DROPPED = ("_version", "created_at")


def wanted_of(table: Table) -> Wanted:
    """Return the columns of a table: those that the upstream has as well must be there."""
    return Wanted(
        required=[column.name for column in table.columns if not column.is_ours],
        optional=[column.name for column in table.columns if column.is_ours],
        ignored=KNOWN_AND_DROPPED,
    )


_WANTED = {name: wanted_of(TABLES[table]) for name, table in RISK_LEVEL.items()}


def read_risk_level(folder: UPath, meta: SnapshotMeta) -> tuple[dict[str, pl.DataFrame], ReadFiles]:
    """Read, verify and check the tables of a folder.

    Returns the rows by table, as the database takes them, and the files as they were read.

    Raises
    ------
    SnapshotFolderError
        If a file or a column is missing, or a file is not what META.json describes.
    ContractError
        If rows break the contract of their table, or are of another snapshot.
    """
    files = read_files(folder, meta, _WANTED)
    named = {table: files.frames[name] for name, table in RISK_LEVEL.items()}
    frames, remarks = _with_spelt_addresses(folder, meta, conform_tables(named, source=str(folder)))
    strays = [
        breach
        for name, frame in frames.items()
        for column, value in (
            ("window_days", meta.window_days),
            ("processing_date", meta.processing_date),
        )
        for breach in _strays(name, frame, column, value)
    ]
    if strays:
        raise ContractError.of(strays, source=str(folder))
    check_snapshot(frames, source=str(folder))
    return frames, replace(files, remarks=[*files.remarks, *remarks])


def _with_spelt_addresses(
    folder: UPath, meta: SnapshotMeta, frames: Mapping[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], list[str]]:
    """Spell the addresses of all tables as the network compares them."""
    spelt, remarks = dict(frames), []
    for name, columns in _ADDRESSES.items():
        file, table = folder / f"{name}.parquet", RISK_LEVEL[name]
        spelt[table], found = spell_addresses(file, frames[table], columns, network=meta.network)
        remarks += [f"{name}: {remark}" for remark in found]
    clusters = RISK_LEVEL["clusters"]
    spelt[clusters] = spell_members(frames[clusters], network=meta.network)
    return spelt, remarks


def _strays(name: str, frame: pl.DataFrame, column: str, value: int | date) -> list[Breach]:
    is_stray = frame[column] != value
    if not is_stray.any():
        return []
    examples = examples_of(TABLES[name].key, frame, column, is_stray)
    rule = f"{value}, as META.json says"
    return [Breach(name, column, rule, int(is_stray.sum()), examples)]
