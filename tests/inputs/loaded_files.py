"""First files that load."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from alertmill.snapshots.files.columns import Reason, label_columns, transfer_columns
from alertmill.snapshots.files.mappings import mapping_of
from alertmill.snapshots.files.options import FileOptions
from alertmill.snapshots.files.times import TimeUnit
from tests.inputs.made_up import (
    AMOUNTS,
    START,
    FirstFile,
    N,
    address,
    arrow_table,
    csv_text,
    labels,
    parquet,
    replaced,
    same,
    transfers,
    typed,
    write_text,
)

OURS = [*(column.name for column in transfer_columns()), "amount_usd"]
OUR_LABELS = [column.name for column in label_columns()]
TIMES = transfers()["block_timestamp"]
DATETIMES = TIMES.cast(pl.Datetime("ms"))
WEI = [str(int(amount * 10**18)) for amount in AMOUNTS]


def times(values: pl.Series) -> pl.DataFrame:
    return replaced(block_timestamp=values)


def mapped(text: str, **more: object) -> FileOptions:
    return FileOptions(mapping=mapping_of(text, OURS), **more)  # type: ignore[arg-type]


def unit(name: str) -> FileOptions:
    return FileOptions(time_unit=TimeUnit(name))


# --- formats ------------------------------------------------------------------------------------


def compressed(folder: Path, compression: str) -> Path:
    path = folder / "transfers.parquet"
    transfers().write_parquet(path, compression=compression)  # type: ignore[arg-type]
    return path


def old_parquet(folder: Path) -> Path:
    path = folder / "transfers.parquet"
    pq.write_table(
        arrow_table(transfers()), path, version="1.0", write_statistics=False, row_group_size=2
    )
    return path


def with_index(folder: Path) -> Path:
    path = folder / "transfers.parquet"
    frame = transfers().to_pandas()
    frame.index = frame.index + 7
    frame.to_parquet(path)
    return path


def arrow_file(folder: Path, name: str, compression: str = "uncompressed") -> Path:
    path = folder / name
    if name.endswith(".arrows"):
        transfers().write_ipc_stream(path)
    else:
        transfers().write_ipc(path, compression=compression)  # type: ignore[arg-type]
    return path


def parts(folder: Path, *names: str) -> Path:
    """Write the six transfers into part files of one folder."""
    root = folder / "transfers"
    size = N // len(names)
    for at, name in enumerate(names):
        part = transfers()[at * size : (at + 1) * size]
        if name.endswith((".csv", ".gz")):
            write_text(root, csv_text(part), name)
        else:
            parquet(part, root, name)
    return root


def spark_folder(folder: Path) -> Path:
    root = parts(folder, "part-00000.snappy.parquet", "part-00001.snappy.parquet")
    (root / "_SUCCESS").touch()
    (root / ".part-00000.snappy.parquet.crc").write_bytes(b"crc")
    (root / "README.md").write_text("made up")
    return root


def hive_folder(folder: Path) -> Path:
    root = folder / "transfers"
    without = transfers().drop("asset_symbol")
    parquet(without.head(3), root, "asset_symbol=ETH/day=1/part.parquet")
    parquet(without.tail(3), root, "asset_symbol=ETH/day=2/part.parquet")
    return root


FORMATS = [
    same("parquet, our own columns", lambda f: parquet(transfers(), f)),
    same("parquet, zstd", lambda f: compressed(f, "zstd")),
    same("parquet, gzip", lambda f: compressed(f, "gzip")),
    same("parquet, uncompressed", lambda f: compressed(f, "uncompressed")),
    same("parquet of format 1.0, many row groups, without statistics", old_parquet),
    same("parquet of pandas, with an index column", with_index),
    same("parquet with another ending", lambda f: parquet(transfers(), f, "export.dat")),
    same(
        "parquet in a folder with blanks and umlauts",
        lambda f: parquet(transfers(), f / "Über weisungen"),
    ),
    same("Arrow file", lambda f: arrow_file(f, "transfers.arrow")),
    same("Arrow file, compressed (Feather)", lambda f: arrow_file(f, "transfers.feather", "lz4")),
    same("Arrow stream", lambda f: arrow_file(f, "transfers.arrows")),
    same("CSV", lambda f: write_text(f, csv_text(transfers()))),
    same("CSV with semicolons", lambda f: write_text(f, csv_text(transfers(), separator=";"))),
    same("CSV with tabs", lambda f: write_text(f, csv_text(transfers(), separator="\t"), "t.tsv")),
    same("CSV with bars", lambda f: write_text(f, csv_text(transfers(), separator="|"))),
    same(
        "CSV with the line ends of Windows",
        lambda f: write_text(f, csv_text(transfers(), end="\r\n")),
    ),
    same(
        "CSV with a byte order mark (Excel)",
        lambda f: write_text(f, csv_text(transfers()), encoding="utf-8-sig"),
    ),
    same(
        "CSV, every cell in quotes",
        lambda f: write_text(f, csv_text(transfers(), quote=csv.QUOTE_ALL)),
    ),
    same(
        "CSV without a line end at its end", lambda f: write_text(f, csv_text(transfers()).rstrip())
    ),
    same(
        "CSV, columns in another order",
        lambda f: write_text(f, csv_text(transfers().select(reversed(transfers().columns)))),
    ),
    same(
        "CSV with columns that nobody asked for",
        lambda f: write_text(
            f, csv_text(transfers().with_columns(note=pl.lit('a "note", with commas')))
        ),
    ),
    same("CSV.gz", lambda f: write_text(f, csv_text(transfers()), "transfers.csv.gz")),
    same("folder of parquet parts", lambda f: parts(f, "a.parquet", "b.parquet", "c.parquet")),
    same("folder of CSV.gz parts", lambda f: parts(f, "a.csv.gz", "b.csv.gz")),
    same(
        "folder of Spark, with _SUCCESS and checksums",
        spark_folder,
        remarks=("1 file of another ending",),
    ),
    same("folder of Hive, with a column in the names of folders", hive_folder),
    same(
        "pattern of files",
        lambda f: f"{parts(f, 'a.parquet', 'b.parquet')}/*.parquet",
        given="'transfers/*.parquet'",
    ),
]

# --- times --------------------------------------------------------------------------------------

TIME_FILES = [
    same(
        "datetimes in UTC, milliseconds",
        lambda f: parquet(times(DATETIMES.dt.replace_time_zone("UTC")), f),
    ),
    same(
        "datetimes in UTC, microseconds",
        lambda f: parquet(times(DATETIMES.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")), f),
    ),
    same(
        "datetimes in UTC, nanoseconds",
        lambda f: parquet(times(DATETIMES.cast(pl.Datetime("ns")).dt.replace_time_zone("UTC")), f),
    ),
    same(
        "datetimes of Berlin",
        lambda f: parquet(
            times(DATETIMES.dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Berlin")), f
        ),
    ),
    same(
        "datetimes with a fixed offset",
        lambda f: typed(f, transfers(), block_timestamp=pa.timestamp("ms", "+02:00")),
    ),
    same(
        "datetimes without a zone",
        lambda f: parquet(times(DATETIMES), f),
        remarks=("no time zone: taken as UTC",),
    ),
    same(
        "ISO text with Z", lambda f: parquet(times(DATETIMES.dt.strftime("%Y-%m-%dT%H:%M:%SZ")), f)
    ),
    same(
        "ISO text with an offset",
        lambda f: parquet(
            times(DATETIMES.dt.offset_by("2h").dt.strftime("%Y-%m-%dT%H:%M:%S+02:00")),
            f,
        ),
    ),
    same(
        "ISO text with a fraction",
        lambda f: parquet(times(DATETIMES.dt.strftime("%Y-%m-%d %H:%M:%S.000000Z")), f),
    ),
    same(
        "text of BigQuery, such as 2024-01-01 00:00:00 UTC",
        lambda f: parquet(times(DATETIMES.dt.strftime("%Y-%m-%d %H:%M:%S UTC")), f),
    ),
    same(
        "text without a zone",
        lambda f: parquet(times(DATETIMES.dt.strftime("%Y-%m-%d %H:%M:%S")), f),
        remarks=("no time zone: taken as UTC",),
    ),
    same(
        "seconds",
        lambda f: parquet(times(TIMES // 1000), f),
        options=unit("s"),
        given="--time-unit s",
    ),
    same(
        "seconds as float64",
        lambda f: parquet(times(TIMES / 1000), f),
        options=unit("s"),
        given="--time-unit s",
    ),
    same(
        "seconds as UInt32 (ClickHouse)",
        lambda f: parquet(times((TIMES // 1000).cast(pl.UInt32)), f),
        options=unit("s"),
        given="--time-unit s",
    ),
    same(
        "seconds as text",
        lambda f: parquet(times((TIMES // 1000).cast(pl.String)), f),
        options=unit("s"),
        given="--time-unit s",
    ),
    same(
        "microseconds",
        lambda f: parquet(times(TIMES * 1000), f),
        options=unit("us"),
        given="--time-unit us",
    ),
    same(
        "nanoseconds",
        lambda f: parquet(times(TIMES * 1_000_000), f),
        options=unit("ns"),
        given="--time-unit ns",
    ),
    same("milliseconds as float64", lambda f: parquet(times(TIMES.cast(pl.Float64)), f)),
    same("milliseconds as text", lambda f: parquet(times(TIMES.cast(pl.String)), f)),
    same("milliseconds as a decimal", lambda f: parquet(times(TIMES.cast(pl.Decimal(20, 0))), f)),
    FirstFile(
        "days without a time",
        lambda f: parquet(times(DATETIMES.dt.date()), f),
        n_rows=N,
        remarks=("days without a time of day",),
    ),
]

# --- numbers ------------------------------------------------------------------------------------


def decimals(kind: pa.DataType) -> pa.DataType:
    return kind


EXACT = [Decimal(str(amount)) for amount in AMOUNTS]
ETHER = FileOptions(amount_decimals=18)
NUMBERS = [
    same(
        "amounts as decimal128(38, 18)",
        lambda f: typed(f, replaced(amount=pl.Series(EXACT)), amount=pa.decimal128(38, 18)),
    ),
    same(
        "amounts as decimal128(12, 2)",
        lambda f: typed(f, replaced(amount=pl.Series(EXACT)), amount=pa.decimal128(12, 2)),
    ),
    same(
        "amounts as decimal256(76, 18)",
        lambda f: typed(f, replaced(amount=pl.Series(EXACT)), amount=pa.decimal256(76, 18)),
    ),
    same("amounts as text", lambda f: parquet(replaced(amount=list(map(str, AMOUNTS))), f)),
    same(
        "amounts as text, with exponents",
        lambda f: parquet(replaced(amount=[f"{amount:e}" for amount in AMOUNTS]), f),
    ),
    same(
        "amounts as float32",
        lambda f: parquet(transfers().with_columns(pl.col("amount").cast(pl.Float32)), f),
    ),
    same(
        "wei as text",
        lambda f: parquet(replaced(amount=WEI), f),
        options=ETHER,
        given="--amount-decimals 18",
    ),
    same(
        "wei as decimal256(76, 0)",
        lambda f: typed(
            f, replaced(amount=pl.Series([Decimal(x) for x in WEI])), amount=pa.decimal256(76, 0)
        ),
        options=ETHER,
        given="--amount-decimals 18",
    ),
    same(
        "wei as float64",
        lambda f: parquet(replaced(amount=[float(x) for x in WEI]), f),
        options=ETHER,
        given="--amount-decimals 18",
    ),
    same(
        "gwei as whole numbers",
        lambda f: parquet(replaced(amount=[int(amount * 10**9) for amount in AMOUNTS]), f),
        options=FileOptions(amount_decimals=9),
        given="--amount-decimals 9",
    ),
    FirstFile(
        "amounts of 128 bits in wei, as text",
        lambda f: parquet(replaced(amount=[str(10**37)] * N), f),
        options=ETHER,
        given="--amount-decimals 18",
        n_rows=N,
    ),
    FirstFile(
        "amounts with 20 digits behind the point",
        lambda f: parquet(replaced(amount=["0.12345678901234567891"] * N), f),
        n_rows=N,
        remarks=("rounded to 18",),
    ),
    FirstFile(
        "amounts as whole numbers", lambda f: parquet(replaced(amount=list(range(N))), f), n_rows=N
    ),
    same(
        "block heights as text",
        lambda f: parquet(transfers().with_columns(pl.col("block_height").cast(pl.String)), f),
    ),
    same(
        "block heights as float64 (pandas)",
        lambda f: parquet(transfers().with_columns(pl.col("block_height").cast(pl.Float64)), f),
    ),
    same("event indexes as whole numbers", lambda f: parquet(replaced(event_index=[0] * N), f)),
    same(
        "event indexes as float64, some missing (pandas)",
        lambda f: parquet(replaced(event_index=[0.0, None, 0.0, None, 0.0, 0.0]), f),
    ),
    FirstFile(
        "transactions as whole numbers (a bank's ledger)",
        lambda f: parquet(replaced(tx_id=list(range(N))), f),
        n_rows=N,
    ),
]

# --- text ---------------------------------------------------------------------------------------


def binary(folder: Path, size: int) -> Path:
    frame = transfers()
    raw = frame.with_columns(
        pl.col(name).str.slice(2).str.decode("hex")
        for name in ("tx_id", "from_address", "to_address")
    )
    return typed(
        folder,
        raw,
        tx_id=pa.binary(32 if size > 0 else -1),
        from_address=pa.binary(size),
        to_address=pa.binary(size),
    )


def text_type(folder: Path, kind: pa.DataType) -> Path:
    names = ("tx_id", "from_address", "to_address", "asset_symbol")
    return typed(folder, transfers(), **dict.fromkeys(names, kind))


CREATION = replaced(to_address=[None, *transfers()["to_address"].to_list()[1:]])
TEXTS = [
    same("large_string", lambda f: text_type(f, pa.large_string())),
    same("string_view", lambda f: text_type(f, pa.string_view())),
    same(
        "dictionaries",
        lambda f: parquet(transfers().with_columns(pl.col(pl.String).cast(pl.Categorical)), f),
    ),
    same(
        "text as bytes (Impala)",
        lambda f: text_type(f, pa.binary()),
        remarks=("holds bytes: taken as UTF-8 text",),
    ),
    same("addresses as 20 bytes", lambda f: binary(f, 20), remarks=("holds bytes: written as 0x",)),
    same(
        "addresses as bytes of any length",
        lambda f: binary(f, -1),
        remarks=("holds bytes: written as 0x",),
    ),
    FirstFile(
        "no receiver, which creates a contract",
        lambda f: parquet(CREATION, f),
        n_rows=N,
        remarks=("to_address is null in 1 row",),
    ),
    FirstFile(
        "no receiver in CSV",
        lambda f: write_text(f, csv_text(CREATION)),
        n_rows=N,
        remarks=("to_address is null in 1 row",),
    ),
    same(
        "no contract and no fee in some rows",
        lambda f: parquet(replaced(asset_contract=["native", None] * 3, fee=[0.0, None] * 3), f),
    ),
    same("a column network that agrees", lambda f: parquet(replaced(network=["ethereum"] * N), f)),
]

# --- other columns ------------------------------------------------------------------------------


def renamed(folder: Path) -> Path:
    return parquet(
        transfers().rename({"from_address": "from", "to_address": "to", "tx_id": "hash"}), folder
    )


def mapping_file(folder: Path, ending: str) -> FileOptions:
    path = folder / f"mapping.{ending}"
    if ending == "json":
        path.write_text(
            json.dumps({"columns": {"from_address": "from", "to_address": "to", "tx_id": "hash"}})
        )
    else:
        path.write_text('[columns]\nfrom_address = "from"\nto_address = "to"\ntx_id = "hash"\n')
    return mapped(str(path))


TOKEN = f"0x{0xF0:040x}"


def token_transfers(folder: Path, *, is_big_query: bool) -> Path:
    frame = transfers()
    at = DATETIMES.dt.strftime("%Y-%m-%d %H:%M:%S UTC") if is_big_query else TIMES // 1000
    rows = pl.DataFrame(
        {
            "token_address": [TOKEN] * N,
            "from_address": frame["from_address"],
            "to_address": frame["to_address"],
            "value": [str(int(amount * 10**6)) for amount in AMOUNTS],
            "transaction_hash": frame["tx_id"],
            "log_index": list(range(N)),
            "block_timestamp": at,
            "block_number": frame["block_height"],
            "block_hash": "0x0",
        }
    )
    parquet(
        pl.DataFrame({"address": [TOKEN], "symbol": ["MADE"], "name": ["Made"], "decimals": [6]}),
        folder,
        "tokens.parquet",
    )
    return write_text(folder, csv_text(rows), "token_transfers.csv")


def of_tokens(folder: Path) -> FileOptions:
    return mapped("token-transfers", assets=folder / "tokens.parquet", constant_price_usd=2000.0)


def transactions(folder: Path) -> Path:
    frame = transfers()
    rows = pl.DataFrame(
        {
            "hash": [*frame["tx_id"], "0xfailed", "0xcreates"],
            "from_address": [*frame["from_address"], address(0), address(1)],
            "to_address": [*frame["to_address"], address(1), None],
            "value": [*WEI, WEI[0], WEI[0]],
            "block_number": [*frame["block_height"], 200, 201],
            "block_timestamp": [*(TIMES // 1000), START // 1000, START // 1000],
            "receipt_contract_address": [*[None] * N, None, address(9)],
            "receipt_status": [*[1] * N, 0, 1],
        }
    )
    return write_text(folder, csv_text(rows), "transactions.csv")


def etherscan(folder: Path) -> Path:
    frame = transfers()
    rows = pl.DataFrame(
        {
            "Transaction Hash": frame["tx_id"],
            "Blockno": frame["block_height"],
            "UnixTimestamp": TIMES // 1000,
            "DateTime (UTC)": DATETIMES.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "From": frame["from_address"],
            "To": frame["to_address"],
            "ContractAddress": [None] * N,
            "Value_IN(ETH)": [amount if at % 2 else 0.0 for at, amount in enumerate(AMOUNTS)],
            "Value_OUT(ETH)": [0.0 if at % 2 else amount for at, amount in enumerate(AMOUNTS)],
            "CurrentValue @ $3000/Eth": 1,
            "TxnFee(ETH)": 0.001,
            "TxnFee(USD)": 2.0,
            "Historical $Price/Eth": "2,000.00",
            "Status": [None, None, None, None, None, "Error(0)"],
            "ErrCode": [None, None, None, None, None, "Reverted"],
            "Method": "Transfer",
        }
    )
    return write_text(folder, csv_text(rows, quote=csv.QUOTE_ALL), "export-0xa0.csv")


def etherscan_tokens(folder: Path) -> Path:
    frame = transfers()
    rows = pl.DataFrame(
        {
            # Two transfers of one transaction: the export has no place within it.
            "Transaction Hash": [frame["tx_id"][at // 2] for at in range(N)],
            "Blockno": frame["block_height"],
            "UnixTimestamp": TIMES // 1000,
            "DateTime (UTC)": DATETIMES.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "From": frame["from_address"],
            "To": frame["to_address"],
            "TokenValue": [f"{1000 * amount:,.2f}" for amount in AMOUNTS],
            "USDValueDayOfTx": [f"${1000 * amount:,.2f}" for amount in AMOUNTS],
            "ContractAddress": TOKEN,
            "TokenName": "Made",
            "TokenSymbol": "MADE",
        }
    )
    return write_text(folder, csv_text(rows, quote=csv.QUOTE_ALL), "export-token-0xa0.csv")


def upstream(folder: Path) -> Path:
    frame = transfers().with_columns(
        event_index=pl.lit("0"),
        edge_index=pl.lit("0"),
        asset_contract=pl.lit("native"),
        fee=pl.lit(0.0),
        _version=pl.lit(7, pl.UInt64),
        created_at=pl.lit(START),
        block_height=pl.col("block_height").cast(pl.UInt32),
        block_timestamp=pl.col("block_timestamp").cast(pl.UInt64),
    )
    return typed(folder, frame.with_columns(amount=pl.Series(EXACT)), amount=pa.decimal128(25, 18))


def constant_symbol(folder: Path) -> FileOptions:
    path = folder / "mapping.toml"
    path.write_text('constants = {asset_symbol = "EUR"}\n')
    return mapped(str(path))


COLUMNS = [
    same(
        "other names of columns",
        renamed,
        options=mapped("from=from_address,to=to_address,hash=tx_id"),
        given="--columns from=from_address,...",
    ),
    same(
        "other names, in a JSON file",
        renamed,
        options=lambda f: mapping_file(f, "json"),
        given="--columns mapping.json",
    ),
    same(
        "other names, in a TOML file",
        renamed,
        options=lambda f: mapping_file(f, "toml"),
        given="--columns mapping.toml",
    ),
    FirstFile(
        "one asset, named by the mapping",
        lambda f: parquet(transfers().drop("asset_symbol"), f),
        options=constant_symbol,
        given="--columns mapping.toml",
        n_rows=N,
    ),
    FirstFile(
        "token transfers of ethereum-etl",
        lambda f: token_transfers(f, is_big_query=False),
        options=of_tokens,
        given="--columns token-transfers --assets tokens.parquet",
        n_rows=N,
    ),
    FirstFile(
        "token transfers of BigQuery",
        lambda f: token_transfers(f, is_big_query=True),
        options=of_tokens,
        given="--columns token-transfers --assets tokens.parquet",
        n_rows=N,
    ),
    FirstFile(
        "transactions of ethereum-etl",
        transactions,
        options=mapped("ethereum-transactions", constant_price_usd=2000.0),
        given="--columns ethereum-transactions",
        n_rows=N + 1,
        remarks=("1 row that failed",),
    ),
    FirstFile(
        "transactions of Etherscan",
        etherscan,
        options=mapped("etherscan"),
        given="--columns etherscan",
        n_rows=N - 1,
        remarks=("1 row that failed",),
    ),
    FirstFile(
        "token transfers of Etherscan",
        etherscan_tokens,
        options=mapped("etherscan-tokens"),
        given="--columns etherscan-tokens",
        n_rows=N,
    ),
    FirstFile(
        "transfers of an upstream snapshot",
        upstream,
        options=mapped("upstream"),
        given="--columns upstream",
        n_rows=N,
    ),
]

# --- prices, and rows that are set aside --------------------------------------------------------


def prices(folder: Path, **columns: object) -> Path:
    rows = {"asset_symbol": ["ETH"], "price_date": ["2023-12-31"], "price_usd": [2000.0]} | columns
    kept = {name: values for name, values in rows.items() if values is not None}
    return parquet(pl.DataFrame(kept, strict=False), folder, "prices.parquet")


def priced(folder: Path) -> FileOptions:
    return FileOptions(prices=prices(folder))


def aside(reason: str, **more: object) -> FileOptions:
    return FileOptions(set_aside=frozenset({Reason(reason)}), max_set_aside_share=0.5, **more)  # type: ignore[arg-type]


def spam(folder: Path) -> Path:
    return parquet(replaced(asset_symbol=["ETH"] * 5 + ["FREE MONEY"], amount_usd=None), folder)


VALUES = [
    same(
        "one price for all",
        lambda f: parquet(replaced(amount_usd=None), f),
        options=FileOptions(constant_price_usd=2000.0),
        given="--constant-price-usd 2000",
    ),
    same(
        "a file of prices by day",
        lambda f: parquet(replaced(amount_usd=None), f),
        options=priced,
        given="--prices prices.parquet",
        remarks=("comes from",),
    ),
    same(
        "prices for the rows without USD",
        lambda f: parquet(
            transfers().with_columns(amount_usd=pl.when(pl.int_range(N) > 1).then("amount_usd")), f
        ),
        options=priced,
        given="--prices prices.parquet",
        remarks=("comes from",),
    ),
    FirstFile(
        "prices by contract, in another spelling",
        lambda f: parquet(
            replaced(asset_contract=[TOKEN.upper().replace("X", "x")] * N, amount_usd=None), f
        ),
        options=lambda f: FileOptions(prices=prices(f, asset_symbol=None, asset_contract=[TOKEN])),
        given="--prices prices.parquet",
        n_rows=N,
        remarks=("comes from",),
    ),
    FirstFile(
        "spam without a price",
        spam,
        options=lambda f: aside("unpriced", prices=prices(f)),
        given="--set-aside unpriced",
        n_rows=5,
        n_set_aside=1,
    ),
    FirstFile(
        "an absurd amount",
        lambda f: parquet(replaced(amount=[*AMOUNTS[:5], 1e40]), f),
        options=aside("amount"),
        given="--set-aside amount",
        n_rows=5,
        n_set_aside=1,
    ),
    FirstFile(
        "a missing sender",
        lambda f: parquet(
            replaced(from_address=[None, *transfers()["from_address"].to_list()[1:]]), f
        ),
        options=aside("address"),
        given="--set-aside address",
        n_rows=5,
        n_set_aside=1,
    ),
]

# --- labels -------------------------------------------------------------------------------------


def label_file(what: str, write: object, **more: object) -> FirstFile:
    return FirstFile(what, write, kind="labels", n_rows=3, **more)  # type: ignore[arg-type]


def changed(**columns: object) -> pl.DataFrame:
    return labels().with_columns(**{k: pl.Series(k, v, strict=False) for k, v in columns.items()})  # type: ignore[arg-type]


KNOWN = pl.Series([START, START + 86_400_000, START]).cast(pl.Datetime("ms"))
LABELS = [
    label_file("labels in our own columns", lambda f: parquet(labels(), f)),
    label_file("labels in CSV", lambda f: write_text(f, csv_text(labels()))),
    label_file("risk level null", lambda f: parquet(changed(risk_level=["high", "low", None]), f)),
    label_file(
        "risk levels High, LOW",
        lambda f: parquet(changed(risk_level=["High", " LOW", "medium"]), f),
        remarks=("lower case in 2 rows",),
    ),
    label_file("labels without a time", lambda f: parquet(labels().drop("known_at"), f)),
    label_file(
        "times of labels as datetimes",
        lambda f: parquet(changed(known_at=KNOWN.dt.replace_time_zone("UTC")), f),
    ),
    label_file(
        "times of labels as days",
        lambda f: parquet(changed(known_at=KNOWN.dt.date()), f),
        remarks=("days without a time of day",),
    ),
    label_file(
        "times of labels in seconds",
        lambda f: parquet(labels().with_columns(pl.col("known_at") // 1000), f),
        options=unit("s"),
        given="--label-time-unit s",
    ),
    label_file(
        "labels with trust and confidence as text",
        lambda f: write_text(
            f,
            csv_text(
                changed(
                    trust_level=["Official", "verified", None], confidence_score=["0.5", "1", None]
                )
            ),
        ),
    ),
    label_file(
        "labels of an upstream snapshot",
        lambda f: parquet(
            changed(
                network=["ethereum"] * 3, network_type=["evm"] * 3, created_timestamp=[START] * 3
            ),
            f,
        ),
    ),
    label_file(
        "labels with a type that we do not have",
        lambda f: parquet(changed(address_type=["Flagged", "exchange", None]), f),
        remarks=("address_type is 'flagged' in 1 row: taken as unknown",),
    ),
    label_file(
        "labels under other names",
        lambda f: parquet(labels().rename({"address": "account", "risk_level": "risk"}), f),
        options=FileOptions(mapping=mapping_of("account=address,risk=risk_level", OUR_LABELS)),
        given="--label-columns account=address,risk=risk_level",
    ),
]

LOADED = [*FORMATS, *TIME_FILES, *NUMBERS, *TEXTS, *COLUMNS, *VALUES, *LABELS]
