"""What the command loads of a file, and what it leaves as it was."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest

from alertmill.addresses import spelt_for_people
from alertmill.cli import ingest
from alertmill.snapshots.files.sums import find_overflow
from alertmill.snapshots.loading import load_transfers
from alertmill.snapshots.transfers_file import read_transfers
from alertmill.storage import Client, ClientFactory, ConnectionParams, fetch
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import AddressKind, Network
from tests.cli.program import Outcome, Program
from tests.inputs.loaded_files import mapped
from tests.inputs.made_up import (
    AMOUNTS,
    N,
    csv_text,
    labels,
    parquet,
    replaced,
    transfers,
    write_text,
)

REAL_DATA = Path(__file__).parents[3] / "shared/data/ethereum_phishing/transfers.parquet"
RANGE = ("--network", "ethereum", "--start-date", "2024-01-02", "--end-date", "2024-01-02")


@pytest.fixture
def load(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Load a frame from always the same file."""
    monkeypatch.setattr(ingest, "_derive", lambda *_: None)
    of_labels = str(parquet(labels(), tmp_path, "labels.parquet"))

    def loaded(frame: pl.DataFrame, *options: str) -> Outcome:
        path = str(parquet(frame, tmp_path))
        return program("ingest", "transfers", path, "--labels", of_labels, *RANGE, *options)

    return loaded


def rows_of(params: ConnectionParams, sql: str) -> list[tuple[object, ...]]:
    with ClientFactory(params).client_context() as client:
        return fetch(client, sql).rows()


COUNT = "SELECT count() AS n FROM transfers"
EMPTY = transfers().clear()
OUTSIDE = transfers().with_columns(pl.col("block_timestamp") - 400 * 86_400_000)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [(EMPTY, "it holds no transfers"), (OUTSIDE, "none of its 6 transfers, 2022-11-27")],
    ids=["empty", "outside"],
)
def test_a_file_without_rows_in_the_range_replaces_nothing_unless_that_is_meant(
    load: object, connection_params: ConnectionParams, frame: pl.DataFrame, reason: str
) -> None:
    assert callable(load)
    load(transfers())

    refused = load(frame)
    kept = rows_of(connection_params, COUNT)
    meant = load(frame, "--replace-with-nothing")

    assert 2 == refused.code
    assert reason in refused.err
    assert "--replace-with-nothing" in refused.err
    assert [(N,)] == kept
    assert 0 == meant.code
    assert [(frame.height,)] == rows_of(connection_params, COUNT)


def test_rows_that_are_set_aside_stand_in_a_table_with_their_reason_until_the_file_is_mended(
    load: object, connection_params: ConnectionParams
) -> None:
    assert callable(load)
    absurd = replaced(amount=[*AMOUNTS[:5], 1e40])

    found = load(absurd, "--set-aside", "amount", "--max-set-aside-share", "0.5")
    listed = rows_of(
        connection_params,
        "SELECT source_row, reason::String, column_name::String, found FROM set_aside_rows",
    )
    counted = rows_of(
        connection_params,
        "SELECT table::String AS name, rows FROM current_batches "
        "WHERE table != 'raw_address_labels' ORDER BY name",
    )
    sql = files("alertmill.training.data") / "sql" / "set_aside.sql"
    reported = rows_of(connection_params, sql.read_text(encoding="utf-8"))
    load(transfers(), "--set-aside", "amount")

    assert 0 == found.code
    assert "1 row is set aside (amount 1)" in found.err
    assert [(5, "amount", "amount", "1e+40")] == listed
    assert [("set_aside_rows", 1), ("transfers", 5)] == counted
    assert ("amount", "amount", "ETH", "native", 1, 5, "1e+40") == reported[0][1:]
    assert [] == rows_of(connection_params, "SELECT reason::String FROM set_aside_rows")


def test_a_sum_that_no_table_holds_names_the_address_before_a_row_is_written(
    load: object, connection_params: ConnectionParams
) -> None:
    assert callable(load)

    found = load(replaced(amount_usd=[4e16, 1e16, 1.0, 1.0, 1.0, 1.0]))

    assert 2 == found.code
    assert "add up to 5e+16 USD, expected at most 4.5e+16 USD" in found.err
    assert transfers()["to_address"][0] in found.err
    assert [(0,)] == rows_of(connection_params, COUNT)


def test_only_the_transfers_of_a_window_are_added_up(tmp_path: Path) -> None:
    day = 86_400_000
    apart = replaced(amount_usd=[4e16] * N).with_columns(
        pl.col("block_timestamp") + 30 * day * pl.int_range(N)
    )
    read = read_transfers(parquet(apart, tmp_path), network=Network.ETHEREUM).rows
    dates = (date(2024, 1, 2), date(2024, 7, 1))

    assert find_overflow(read, dates=dates, window_days=7) is None
    assert "40 days before" in str(find_overflow(read, dates=dates, window_days=40))


# --- three spellings of the same transfers -----------------------------------------------------


@pytest.mark.skipif(not REAL_DATA.is_file(), reason="the real data are not beside the project")
def test_real_transfers_in_other_spellings_give_the_same_rows_to_the_bit(
    client: Client, tmp_path: Path
) -> None:
    year = pl.read_parquet(REAL_DATA).filter(pl.col("block_timestamp") >= 1_514_764_800_000)
    zoned = year.with_columns(
        spelt_for_people(year["from_address"], AddressKind.EVM),
        spelt_for_people(year["to_address"], AddressKind.EVM),
        pl.from_epoch("block_timestamp", time_unit="ms").dt.replace_time_zone("UTC"),
    )
    other_names = {"from_address": "from", "to_address": "to", "block_timestamp": "time"}
    spellings = {
        "as given": (parquet(year, tmp_path, "a.parquet"), ""),
        "checksums and a zone": (parquet(zoned, tmp_path, "b.parquet"), ""),
        "other names": (
            write_text(tmp_path, csv_text(year.rename(other_names)), "c.csv.gz"),
            ",".join(f"{theirs}={ours}" for ours, theirs in other_names.items()),
        ),
    }

    for name, (path, columns) in spellings.items():
        options = mapped(columns, constant_price_usd=300.0)
        read = read_transfers(path, network=Network.ETHEREUM, options=options)
        load_transfers(client, read.rows, Delivery(Network.ETHEREUM, name))

    found = fetch(
        client, "SELECT content_hash, rows FROM current_batches WHERE table = 'transfers'"
    )
    assert 3 == found.height
    assert 1 == found.unique().height
    assert year.height == found["rows"][0]
