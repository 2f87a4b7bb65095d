"""Loading a transfers file beside a bare load of the same rows, in several spellings.

Bare is polars' own reading and the insert, without a check of any cell or key. What is compared is
processor time, which other programs on the machine hardly change.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import polars as pl
from measuring import NETWORK, Spent, print_markdown, temporary_database
from synthetic_transfers import Traffic

from alertmill.snapshots.loading import load_transfers
from alertmill.snapshots.transfers_file import read_transfers
from alertmill.storage import Client
from alertmill.storage.ledger import Delivery

ROWS, LARGE_ROWS = 100_000, 2_000_000
ROUNDS = 5
MOST_TIMES_BARE = 2.0
"""Parquet takes no longer than this many times a bare load."""

BARE, PARQUET = "bare, parquet", "parquet"


def main() -> None:
    """Write the files, load each in turn, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help=f"{LARGE_ROWS:,} rows")
    n_rows = LARGE_ROWS if parser.parse_args().large else ROWS
    with tempfile.TemporaryDirectory() as name, temporary_database() as client:
        ways = write_files(Path(name), n_rows)
        spent = {
            way: median(_timed(client, way, read) for _ in range(ROUNDS)) for way, read in ways
        }
    rows = [(way, f"{s:.2f}", f"{s / spent[BARE]:.2f}") for way, s in spent.items()]
    print_markdown(("file", "seconds of processor", "times bare"), rows)
    times = spent[PARQUET] / spent[BARE]
    if times > MOST_TIMES_BARE:
        raise SystemExit(f"parquet takes {times:.2f} times a bare load, at most {MOST_TIMES_BARE}")


def write_files(folder: Path, n_rows: int) -> list[tuple[str, Callable[[], pl.DataFrame]]]:
    """Write the same transfers in several formats; return how each is read."""
    frame = pl.concat(list(Traffic(n_rows).frames())).with_columns(fee=pl.lit(0.0))
    parquet, zoned, text = (folder / name for name in ("a.parquet", "b.parquet", "c.csv.gz"))
    frame.write_parquet(parquet)
    times = pl.from_epoch("block_timestamp", time_unit="ms").dt.replace_time_zone("UTC")
    frame.with_columns(times).write_parquet(zoned)
    text.write_bytes(gzip.compress(frame.write_csv().encode(), compresslevel=1))
    read = {
        PARQUET: lambda: read_transfers(parquet, network=NETWORK).rows,
        "parquet, datetimes with a zone": lambda: read_transfers(zoned, network=NETWORK).rows,
        "CSV.gz": lambda: read_transfers(text, network=NETWORK).rows,
    }
    return [(BARE, lambda: pl.read_parquet(parquet)), *read.items()]


def _timed(client: Client, way: str, read: Callable[[], pl.DataFrame]) -> float:
    started = Spent.now()
    load_transfers(client, read(), Delivery(NETWORK, way))
    return (Spent.now() - started).cpu


if __name__ == "__main__":
    main()
