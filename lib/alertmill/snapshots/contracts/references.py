"""Rows that name rows of another table of the same snapshot."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from alertmill.errors import Breach
from alertmill.snapshots.contracts.examples import examples_of
from alertmill.snapshots.contracts.tables import TABLES

_DAY = ("window_days", "processing_date")


@dataclass(frozen=True)
class Reference:
    """What stands in a column of one table stands in a column of another, on the same day."""

    table: str
    column: str
    """Text, or a list of texts."""
    other: str
    other_column: str

    @property
    def expected(self) -> str:
        """The rule in words, as they follow "expected"."""
        return f"the same name in {self.other}.{self.other_column} of its snapshot"


REFERENCES = (
    Reference("raw_alerts", "address", "raw_features", "address"),
    Reference("raw_clusters", "primary_alert_id", "raw_alerts", "alert_id"),
    Reference("raw_clusters", "related_alert_ids", "raw_alerts", "alert_id"),
    Reference("raw_clusters", "addresses_involved", "raw_features", "address"),
    Reference("raw_money_flows", "from_address", "raw_features", "address"),
    Reference("raw_money_flows", "to_address", "raw_features", "address"),
)


def find_dangling(frames: dict[str, pl.DataFrame]) -> list[Breach]:
    """Find names that lead nowhere; rows that hold them are counted, and named by their keys.

    Only among the tables that are given; columns that are missing or of another type are breaches
    of the table itself.
    """
    return [
        breach
        for reference in REFERENCES
        if reference.table in frames and reference.other in frames
        for breach in _dangling(reference, frames[reference.table], frames[reference.other])
    ]


def _dangling(reference: Reference, frame: pl.DataFrame, other: pl.DataFrame) -> list[Breach]:
    day = [name for name in _DAY if name in frame.columns and name in other.columns]
    if reference.column not in frame.columns or reference.other_column not in other.columns:
        return []
    named = frame.select(*day, value=pl.col(reference.column), row=pl.int_range(pl.len()))
    if named.schema["value"] == pl.List(pl.String):
        named = named.explode("value", empty_as_null=False)
    there = other.select(*day, value=pl.col(reference.other_column)).unique()
    if named.drop("row").schema != there.schema:
        return []
    lost = named.join(there, on=[*day, "value"], how="anti", maintain_order="left")
    if lost.is_empty():
        return []
    # Of a list only the name that leads nowhere is shown.
    broken = frame[lost["row"]].with_columns(lost["value"].alias(reference.column))
    key = TABLES[reference.table].key
    examples = examples_of(key, broken, reference.column, lost["value"].is_not_null())
    n_rows = lost["row"].n_unique()
    return [Breach(reference.table, reference.column, reference.expected, n_rows, examples)]
