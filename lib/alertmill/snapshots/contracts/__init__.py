"""What the tables promise: types, values, ranges, keys, and rows that refer to each other."""

from alertmill.snapshots.contracts.checks import (
    check_extract,
    check_snapshot,
    check_table,
    conform_tables,
)
from alertmill.snapshots.contracts.stored_flows import find_broken_flows

__all__ = [
    "check_extract",
    "check_snapshot",
    "check_table",
    "conform_tables",
    "find_broken_flows",
]
