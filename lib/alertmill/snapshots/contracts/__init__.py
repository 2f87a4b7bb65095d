"""What the tables promise: types, values, ranges, keys, and rows that refer to each other."""

from alertmill.snapshots.contracts.checks import (
    check_extract,
    check_snapshot,
    check_table,
    conform_tables,
)

__all__ = ["check_extract", "check_snapshot", "check_table", "conform_tables"]
