"""Made-up transfers and labels, and how a first file writes them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from alertmill.snapshots.files.options import FileOptions
from alertmill.vocabulary import Network

START = 1_704_067_200_000
"""2024-01-01, UTC."""
N = 6
AMOUNTS = [1.5, 0.25, 12.0, 3.75, 100.0, 0.5]


def address(number: int) -> str:
    return f"0x{0xA0 + number:040x}"


def transfers() -> pl.DataFrame:
    """Return six transfers in our own columns; amounts are exact in binary."""
    return pl.DataFrame(
        {
            "tx_id": [f"0x{number:064x}" for number in range(N)],
            "block_height": [100 + number for number in range(N)],
            "block_timestamp": [START + 3_605_000 * number for number in range(N)],
            "from_address": [address(number) for number in range(N)],
            "to_address": [address((number + 1) % N) for number in range(N)],
            "asset_symbol": "ETH",
            "amount": AMOUNTS,
            "amount_usd": [2000 * amount for amount in AMOUNTS],
        }
    )


def labels() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "address": [address(number) for number in range(3)],
            "label": ["thief", "shop", "someone"],
            "risk_level": ["high", "low", ""],
            "known_at": [START, START + 86_400_000, START],
        }
    )


# --- how they are written -----------------------------------------------------------------------

Write = Callable[[pl.DataFrame, Path], Path]


def parquet(frame: pl.DataFrame, folder: Path, name: str = "transfers.parquet") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)
    return path


def arrow_table(frame: pl.DataFrame, **types: pa.DataType) -> pa.Table:
    """Return the rows with some columns in other Arrow types."""
    table = pa.table({name: frame[name].to_arrow() for name in frame.columns})
    for name, kind in types.items():
        values = pa.array(frame[name].to_list(), kind)
        table = table.set_column(table.schema.get_field_index(name), name, values)
    return table


def typed(folder: Path, frame: pl.DataFrame, **types: pa.DataType) -> Path:
    path = folder / "transfers.parquet"
    pq.write_table(arrow_table(frame, **types), path)
    return path


def csv_text(frame: pl.DataFrame, *, separator: str = ",", end: str = "\n", quote: int = 0) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=quote)
    writer.writerow(frame.columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in frame.rows())
    return text.getvalue()


def write_text(
    folder: Path, text: str, name: str = "transfers.csv", encoding: str = "utf-8"
) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode(encoding)
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


# --- what a first file is -----------------------------------------------------------------------


@dataclass(frozen=True)
class FirstFile:
    """One file as a stranger may have it, and what becomes of it."""

    what: str
    write: Callable[[Path], Path | str]
    kind: str = "transfers"
    options: Callable[[Path], FileOptions] | FileOptions = field(default_factory=FileOptions)
    given: str = ""
    """Options of the command, as the table shows them."""
    network: Network = Network.ETHEREUM
    n_rows: int = 0
    """Rows that are loaded."""
    is_same: bool = False
    """Whether the rows are those of the plain parquet file, to the bit."""
    remarks: tuple[str, ...] = ()
    n_set_aside: int = 0
    refused: tuple[str, ...] = ()
    """What the one line of the refusal holds; empty for a file that loads."""
    error: type[Exception] | None = None

    def options_in(self, folder: Path) -> FileOptions:
        """Return the options; some name files of the folder."""
        return self.options(folder) if callable(self.options) else self.options

    @property
    def outcome(self) -> str:
        """Return the cell of the table in docs/data.md."""
        if self.refused:
            return f"refused: {self.refused[-1]}"
        aside = f", {self.n_set_aside} set aside" if self.n_set_aside else ""
        return f"loaded{aside}"


def same(what: str, write: Callable[[Path], Path | str], **more: object) -> FirstFile:
    """Declare a spelling of the six transfers."""
    return FirstFile(what, write, n_rows=N, is_same=True, **more)  # type: ignore[arg-type]


def replaced(**columns: object) -> pl.DataFrame:
    """Return the six transfers with some columns replaced; None leaves one out."""
    frame = transfers()
    gone = [name for name, values in columns.items() if values is None]
    kept: Mapping[str, object] = {k: v for k, v in columns.items() if v is not None}
    return frame.with_columns(
        **{
            k: v if isinstance(v, pl.Expr) else pl.Series(k, v, strict=False)
            for k, v in kept.items()
        }  # type: ignore[arg-type]
    ).drop(gone)
