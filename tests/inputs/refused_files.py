"""First files that are refused in one line."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl

from alertmill.errors import ConfigurationError, InputFileError, MissingColumnsError
from alertmill.snapshots.files.limits import Limits
from alertmill.snapshots.files.mappings import mapping_of
from alertmill.snapshots.files.options import FileOptions
from alertmill.vocabulary import Network
from tests.inputs.loaded_files import OURS, TIMES, aside, parts, priced, times, unit
from tests.inputs.made_up import (
    AMOUNTS,
    FirstFile,
    N,
    csv_text,
    labels,
    parquet,
    replaced,
    transfers,
    write_text,
)


def refused(what: str, write: object, *holds: str, **more: object) -> FirstFile:
    """Declare a file that is refused; the last of ``holds`` is the remedy or the reason."""
    error = more.pop("error", InputFileError)
    return FirstFile(what, write, refused=holds, error=error, **more)  # type: ignore[arg-type]


def raw(folder: Path, content: bytes, name: str = "transfers.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def cut(folder: Path) -> Path:
    whole = parquet(transfers(), folder)
    whole.write_bytes(whole.read_bytes()[:-200])
    return whole


CSV = csv_text(transfers())
FIRST, SECOND, *_ = CSV.splitlines(keepends=True)
ETHERSCAN = (
    '"Transaction Hash","Blockno","UnixTimestamp","DateTime (UTC)","From","To","TokenValue",'
    '"USDValueDayOfTx","ContractAddress","TokenName","TokenSymbol"\n'
)

FORMATS = [
    refused("an empty file", lambda f: raw(f, b""), "cannot read", "it is empty"),
    refused(
        "CSV named .parquet",
        lambda f: raw(f, CSV.encode(), "transfers.parquet"),
        "ends in .parquet",
    ),
    refused("parquet that was cut off", cut, "cannot read", "transfers.parquet"),
    refused(
        "CSV.gz that was cut off",
        lambda f: raw(f, gzip.compress(CSV.encode())[:-30], "transfers.csv.gz"),
        "cannot read",
        "transfers.csv.gz",
    ),
    refused(
        "JSON",
        lambda f: raw(f, b'{"tx_id": 1}', "transfers.json"),
        "it is JSON; expected a parquet",
    ),
    refused(
        "an Excel workbook",
        lambda f: raw(f, b"PK\x03\x04rest", "transfers.xlsx"),
        "a zip archive or an Excel workbook",
    ),
    refused(
        "CSV in zstd",
        lambda f: raw(f, b"\x28\xb5\x2f\xfdrest", "transfers.csv.zst"),
        "compressed with zstd",
    ),
    refused(
        "an error page in place of the file",
        lambda f: raw(f, b"<!DOCTYPE html>"),
        "it is an HTML or XML page",
    ),
    refused("CSV in UTF-16", lambda f: write_text(f, CSV, encoding="utf-16"), "UTF-16"),
    refused(
        "CSV in Latin-1",
        lambda f: write_text(f, CSV.replace("ETH", "Ü"), encoding="latin-1"),
        "cannot read",
        "UTF8",
    ),
    refused(
        "a column twice",
        lambda f: write_text(f, CSV.replace("amount_usd", "amount")),
        "the column 'amount' stands more than once",
        "rename or remove one of them",
    ),
    refused(
        "a row with a field too many",
        lambda f: write_text(f, FIRST + SECOND.rstrip() + ",9\n"),
        "row 0 has 9 fields, the header has 8",
        "put cells that hold the separator into quotes",
    ),
    refused(
        "a row with a field too few",
        lambda f: write_text(f, FIRST + SECOND + "0x1,2\n"),
        "row 1 has 2 fields, the header has 8",
    ),
    refused("no such file", lambda f: f / "none.parquet", "there is no such file or folder"),
    refused("an empty folder", lambda f: f, "it holds no data file", "correct the path"),
    refused(
        "a snapshot folder",
        lambda f: parquet(transfers(), f).with_name("META.json").write_text("{}") and f,
        "it is a snapshot folder",
        "load it with alertmill ingest snapshots",
    ),
    refused(
        "a Delta table",
        lambda f: (f / "_delta_log").mkdir() or parquet(transfers(), f).parent,
        "it is a Delta table",
        "export the table as parquet files",
    ),
    refused(
        "parts with different columns",
        lambda f: (
            parquet(
                transfers().with_columns(fee=pl.lit(0.5)),
                parts(f, "a.parquet", "b.parquet"),
                "c.parquet",
            ).parent
        ),
        "its columns differ",
        "fee",
        "export all part files with the same columns",
    ),
    refused(
        "a URL",
        lambda _: "https://user:secret@host/transfers.parquet?token=secret",
        "https://...: it is a URL",
        "copy it to a local file",
    ),
    refused(
        "more rows than allowed",
        lambda f: parquet(transfers(), f),
        "it holds 6 rows, expected at most 5",
        "split it by time",
        options=FileOptions(limits=Limits(max_rows=5)),
        given="--max-rows 5",
    ),
    refused(
        "a small parquet file of 20 million rows",
        lambda f: parquet(pl.select(tx_id=pl.repeat(value=True, n=20_000_001)), f),
        "it holds 20,000,001 rows, expected at most 20,000,000",
        "raise --max-rows where the memory suffices",
    ),
    refused(
        "more bytes than allowed, compressed",
        lambda f: write_text(f, CSV * 200, "transfers.csv.gz"),
        "GiB uncompressed, expected at most",
        "split it by time",
        options=FileOptions(limits=Limits(max_bytes=100_000)),
    ),
    refused(
        "more rows than allowed, in CSV",
        lambda f: write_text(f, CSV),
        "expected at most 5",
        options=FileOptions(limits=Limits(max_rows=5)),
        given="--max-rows 5",
    ),
    refused(
        "more rows than allowed, in parts",
        lambda f: parts(f, "a.parquet", "b.parquet"),
        "it holds 6 rows, expected at most 5",
        options=FileOptions(limits=Limits(max_rows=5)),
        given="--max-rows 5",
    ),
]

TIME_FILES = [
    refused(
        "seconds",
        lambda f: parquet(times(TIMES // 1000), f),
        "column 'block_timestamp', row 0",
        "found 1704067200",
        "in s it is 2024-01-01 00:00:00",
        "multiply by 1,000, or give --time-unit s",
    ),
    refused(
        "microseconds",
        lambda f: parquet(times(TIMES * 1000), f),
        "column 'block_timestamp', row 0",
        "divide by 1,000, or give --time-unit us",
    ),
    refused(
        "nanoseconds",
        lambda f: parquet(times(TIMES * 1_000_000), f),
        "divide by 1,000,000, or give --time-unit ns",
    ),
    refused(
        "milliseconds called seconds",
        lambda f: parquet(transfers(), f),
        "leave --time-unit out",
        options=unit("s"),
        given="--time-unit s",
    ),
    refused(
        "times as float32",
        lambda f: parquet(times(TIMES.cast(pl.Float32)), f),
        "column 'block_timestamp', row 0",
        "write whole numbers or float64",
    ),
    refused(
        "day and month in an order that nobody can tell",
        lambda f: parquet(times(pl.Series(["01/02/2024"] * N)), f),
        "found '01/02/2024'",
        "or a datetime such as 2024-01-31",
    ),
    refused(
        "a time that is missing",
        lambda f: parquet(times(pl.Series([*TIMES[:5], None])), f),
        "column 'block_timestamp', row 5: found None",
    ),
    refused(
        "a time before 2009",
        lambda f: parquet(times(pl.Series([*TIMES[:5], 1_000_000_000_000])), f),
        "row 5",
        "from 2009 to 2100",
    ),
]

CELLS = [
    refused(
        "a negative amount",
        lambda f: parquet(replaced(amount=[*AMOUNTS[:5], -1.0]), f),
        "column 'amount', row 5: found -1.0",
        "a number from 0 to below 1e20",
    ),
    refused(
        "an amount that is no number",
        lambda f: parquet(replaced(amount=[*AMOUNTS[:5], float("nan")]), f),
        "column 'amount', row 5: found nan",
    ),
    refused(
        "a comma as the point",
        lambda f: parquet(replaced(amount=["1,5"] * N), f),
        "found '1,5'",
        "written with a point and without commas",
    ),
    refused(
        "wei without --amount-decimals",
        lambda f: parquet(replaced(amount=[str(5 * 10**20)] * N), f),
        "row 0",
        "give --amount-decimals",
    ),
    refused(
        "an amount that is missing",
        lambda f: parquet(replaced(amount=[None, *AMOUNTS[1:]]), f),
        "column 'amount', row 0: found None",
    ),
    refused(
        "wei with a point",
        lambda f: parquet(replaced(amount=["1.5"] * N), f),
        "found '1.5'",
        "a whole number of the smallest unit",
        options=FileOptions(amount_decimals=18),
        given="--amount-decimals 18",
    ),
    refused(
        "a missing sender",
        lambda f: parquet(replaced(from_address=[None] * N), f),
        "column 'from_address', row 0: found None",
        "text that is not empty",
    ),
    refused(
        "a missing receiver on bitcoin",
        lambda f: parquet(replaced(to_address=[None] * N), f),
        "column 'to_address', row 0: found None",
        network=Network.BITCOIN,
        given="--network bitcoin",
    ),
    refused(
        "an empty receiver",
        lambda f: parquet(replaced(to_address=[""] * N), f),
        "column 'to_address', row 0: found ''",
    ),
    refused(
        "a block height with a fraction",
        lambda f: parquet(replaced(block_height=[1.5] * N), f),
        "column 'block_height', row 0: found 1.5",
    ),
    refused(
        "one transaction without places of its transfers",
        lambda f: parquet(replaced(tx_id=["0x1"] * N), f),
        "5 rows repeat the key (tx_id, event_index, edge_index, asset_contract",
        "first rows 0 and 1",
        "Give event_index",
    ),
    refused(
        "transfers of another network",
        lambda f: parquet(replaced(network=["ethereum"] * 5 + ["bitcoin"]), f),
        "column 'network', row 5: found 'bitcoin', expected ethereum",
    ),
]

COLUMNS = [
    refused(
        "no receiver's column",
        lambda f: parquet(transfers().drop("to_address"), f),
        "lacks the columns to_address",
        "Add or rename the columns",
        error=MissingColumnsError,
    ),
    refused(
        "columns of other names",
        lambda f: parquet(transfers().rename({"from_address": "from", "to_address": "to"}), f),
        "lacks the columns from_address, to_address",
        "Give --columns from=from_address,to=to_address",
        error=MissingColumnsError,
    ),
    refused(
        "columns of Etherscan",
        lambda f: write_text(
            f,
            ETHERSCAN,
        ),
        "lacks the columns",
        "Give --columns etherscan-tokens",
        error=MissingColumnsError,
    ),
    refused(
        "a pair whose column is not there",
        lambda f: parquet(transfers(), f),
        "has no column 'sender'",
        "which --columns names for from_address",
        options=FileOptions(mapping=mapping_of("sender=from_address", OURS)),
        given="--columns sender=from_address",
        error=ConfigurationError,
    ),
    refused(
        "neither USD nor a price",
        lambda f: parquet(transfers().drop("amount_usd"), f),
        "neither amount_usd nor a constant price",
        "give --prices",
        error=ConfigurationError,
    ),
    refused(
        "a price besides USD",
        lambda f: parquet(transfers(), f),
        "both amount_usd and a constant price",
        options=FileOptions(constant_price_usd=2.0),
        given="--constant-price-usd 2",
        error=ConfigurationError,
    ),
    refused(
        "an asset without a price",
        lambda f: parquet(replaced(asset_symbol=["ETH"] * 5 + ["NEW"], amount_usd=None), f),
        "row 5",
        "1 transfer has none: 'NEW' ('native') 1",
        "--set-aside unpriced",
        options=priced,
        given="--prices prices.parquet",
    ),
    refused(
        "more set aside than allowed",
        lambda f: parquet(replaced(amount=[1e40] * N), f),
        "6 of 6 rows would be set aside (amount 6)",
        "raise --max-set-aside-share",
        options=aside("amount"),
        given="--set-aside amount",
    ),
]

LABELS = [
    refused(
        "a risk level of another scale",
        lambda f: parquet(labels().with_columns(risk_level=pl.lit("severe")), f),
        "column 'risk_level', row 0: found 'severe'",
        "one of low, medium, high, critical, or empty",
        kind="labels",
    ),
    refused(
        "confidence in percent",
        lambda f: parquet(labels().with_columns(confidence_score=pl.lit(75)), f),
        "column 'confidence_score', row 0: found 75",
        "a number from 0 to 1",
        kind="labels",
    ),
    refused(
        "a label twice",
        lambda f: parquet(pl.concat([labels(), labels().head(1)]), f),
        "1 row repeats the key (address, label, source, known_at)",
        "Keep one row for each label",
        kind="labels",
    ),
    refused(
        "labels of another network",
        lambda f: parquet(labels().with_columns(network=pl.lit("bitcoin")), f),
        "found 'bitcoin', expected ethereum",
        kind="labels",
    ),
    refused(
        "labels without risk levels",
        lambda f: parquet(labels().drop("risk_level"), f),
        "lacks the columns risk_level",
        kind="labels",
        error=MissingColumnsError,
    ),
    refused(
        "labels known in seconds",
        lambda f: parquet(labels().with_columns(pl.col("known_at") // 1000), f),
        "column 'known_at', row 0",
        "--time-unit s",
        kind="labels",
    ),
]

REFUSED = [*FORMATS, *TIME_FILES, *CELLS, *COLUMNS, *LABELS]
