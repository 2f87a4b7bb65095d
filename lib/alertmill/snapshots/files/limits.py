"""How much a file may hold: a small file can stand for more rows than fit into memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alertmill.errors import InputFileError
from alertmill.errors.snapshots import place

_GIB = 1 << 30
_COLUMNS_BOUND = 1_000


@dataclass(frozen=True)
class Limits:
    """Bounds that a source keeps before, or while, it is parsed."""

    max_rows: int = 20_000_000
    """Rows of all parts together; 20 million need about 10 GB of memory."""
    max_bytes: int = 16 * _GIB
    """Uncompressed size of all parts together."""

    def check_rows(self, path: Path, n_rows: int) -> None:
        """Refuse more rows than allowed.

        Raises
        ------
        InputFileError
            If there are more.
        """
        if n_rows > self.max_rows:
            raise InputFileError.refused(
                place(path),
                f"it holds {n_rows:,} rows, expected at most {self.max_rows:,} in one load",
                action="split it by time and load the parts one after the other, or raise "
                "--max-rows where the memory suffices",
            )

    def check_bytes(self, path: Path, n_bytes: int) -> None:
        """Refuse a file that is larger than allowed when it is decompressed.

        Raises
        ------
        InputFileError
            If it is larger.
        """
        if n_bytes > self.max_bytes:
            raise InputFileError.refused(
                place(path),
                f"it holds {n_bytes / _GIB:,.1f} GiB uncompressed, expected at most "
                f"{self.max_bytes / _GIB:,.1f} GiB in one load",
                action="split it by time and load the parts one after the other",
            )


def check_columns_bound(path: Path, n_columns: int) -> None:
    """Refuse a file that is wider than any table of transfers.

    Raises
    ------
    InputFileError
        If it has more than a thousand columns.
    """
    if n_columns > _COLUMNS_BOUND:
        raise InputFileError.refused(
            place(path),
            f"it has {n_columns:,} columns, expected at most {_COLUMNS_BOUND:,}",
            action="export one row for each transfer",
        )
