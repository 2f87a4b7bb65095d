"""Files are read as they are meant, and a bad one is refused by file, column and row."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from alertmill.errors import ConfigurationError, InputFileError, MissingColumnsError
from alertmill.snapshots.files.options import FileOptions
from alertmill.snapshots.loading import load_labels, load_transfers
from alertmill.snapshots.transfers_file import read_labels, read_transfers
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery
from alertmill.vocabulary import Network

REAL_DATA = Path(__file__).parents[3] / "shared/data/ethereum_phishing"
TIME = 1_704_067_200_000


def write_transfers(folder: Path, **columns: list[object] | pl.Series | None) -> Path:
    """Write three transfers with some columns changed; None leaves a column out."""
    values = {
        "tx_id": ["t0", "t1", "t2"],
        "block_height": [1, 2, 3],
        "block_timestamp": [TIME, TIME + 1000, TIME + 2000],
        "from_address": ["0xa", "0xb", "0xc"],
        "to_address": ["0xb", "0xc", "0xa"],
        "asset_symbol": ["ETH"] * 3,
        "amount": [1.0, 2.0, 0.5],
        "amount_usd": [2000.0, 4000.0, 1000.0],
    } | columns
    return write(folder / "transfers.parquet", values)


def write_labels(folder: Path, **columns: list[object] | None) -> Path:
    values = {
        "address": ["0xa", "0xb", "0xc"],
        "label": ["thief", "shop", "someone"],
        "risk_level": ["critical", "low", ""],
    } | columns
    return write(folder / "labels.parquet", values)


def write(path: Path, values: dict[str, object]) -> Path:
    kept = {name: column for name, column in values.items() if column is not None}
    pl.DataFrame(kept, strict=False).write_parquet(path)
    return path


# --- files that cannot be read ----------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"cannot read .*none\.parquet: there is no such file"):
        read_transfers(tmp_path / "none.parquet", network=Network.ETHEREUM)


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.parquet"
    path.write_text("tx_id,amount\n1,2\n")

    with pytest.raises(InputFileError, match=r"cannot read .*text\.parquet: .*parquet") as caught:
        read_labels(path, network=Network.ETHEREUM)

    assert "\n" not in str(caught.value)


def test_missing_columns_are_named_beside_those_found(tmp_path: Path) -> None:
    path = write_transfers(tmp_path, tx_id=None, to_address=None)

    with pytest.raises(MissingColumnsError, match="lacks the columns to_address, tx_id; it has am"):
        read_transfers(path, network=Network.ETHEREUM)


# --- cells that are wrong ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "values", "row", "found", "expected"),
    [
        ("amount", ["1", "2", "x"], 2, "'x'", "a number from 0"),
        ("amount", ["1", "2,5", "3"], 1, "'2,5'", "with a point"),
        ("amount", [None, "2", "3"], 0, "None", "a number from 0"),
        ("amount", [[1.0], [2.0], [3.0]], 0, "", "a number from 0"),
        ("amount", [True, False, True], 0, "True", "a number from 0"),
        ("amount", [1.0, -0.5, 1.0], 1, "-0.5", "a number from 0"),
        ("amount", [1.0, 1.0, 1e20], 2, "1e+20", "below 1e20"),
        ("amount", [1.0, float("nan"), 1.0], 1, "nan", "a number from 0"),
        ("amount", [float("inf"), 1.0, 1.0], 0, "inf", "a number from 0"),
        ("amount", [1.0, None, 1.0], 1, "None", "a number from 0"),
        ("amount_usd", [1.0, 2.0, -3.0], 2, "-3.0", "a number from 0"),
        ("fee", [0.0, -1.0, 0.0], 1, "-1.0", "a number from 0"),
        ("block_timestamp", [TIME, TIME // 1000, TIME], 1, "1704067200", "milliseconds"),
        ("block_timestamp", [TIME * 1000, TIME, TIME], 0, "1704067200000000", "milliseconds"),
        ("block_height", [1, 2, 2**32], 2, "4294967296", "a whole number"),
        ("block_height", [1.0, 2.5, 3.0], 1, "2.5", "a whole number"),
        ("block_height", [1, -2, 3], 1, "-2", "a whole number"),
        ("from_address", ["0xa", None, "0xc"], 1, "None", "text that is not empty"),
        ("to_address", ["0xa", "0xb", ""], 2, "''", "text that is not empty"),
        ("to_address", [1, 2, 3], 0, "1", "text that is not empty"),
        ("event_index", [0.5, 1.0, 2.0], 0, "0.5", "text"),
    ],
)
def test_a_bad_cell_of_transfers_is_named(
    tmp_path: Path, column: str, values: list[object], row: int, found: str, expected: str
) -> None:
    path = write_transfers(tmp_path, **{column: values})

    with pytest.raises(InputFileError) as caught:
        read_transfers(path, network=Network.ETHEREUM)

    said = str(caught.value)
    assert f"{path}, column {column!r}, row {row}: found {found}" in said
    assert expected in said


@pytest.mark.parametrize(
    ("column", "values", "row", "expected"),
    [
        ("address", ["0xa", "0xb", None], 2, "text that is not empty"),
        ("risk_level", ["low", "severe", ""], 1, "one of low, medium, high, critical, or empty"),
        ("trust_level", ["official", "official", "mine"], 2, "one of official, verified"),
        ("confidence_score", [0.5, 1.5, 0.5], 1, "a number from 0 to 1"),
        ("known_at", [TIME, TIME, TIME // 1000], 2, "milliseconds"),
        ("known_at", [TIME, None, TIME], 1, "milliseconds"),
        ("revoked_at", [TIME, None, 5], 2, "milliseconds"),
    ],
)
def test_a_bad_cell_of_labels_is_named(
    tmp_path: Path, column: str, values: list[object], row: int, expected: str
) -> None:
    path = write_labels(tmp_path, **{column: values})

    with pytest.raises(InputFileError) as caught:
        read_labels(path, network=Network.ETHEREUM)

    said = str(caught.value)
    assert f"{path}, column {column!r}, row {row}: found {values[row]!r}" in said
    assert expected in said


# --- transfers --------------------------------------------------------------------------------


def test_what_may_be_absent_gets_its_default_and_other_columns_are_left_out(
    tmp_path: Path,
) -> None:
    path = write_transfers(tmp_path, note=["x", "y", "z"])

    transfers = read_transfers(path, network=Network.ETHEREUM).rows

    assert "note" not in transfers.columns
    defaults = transfers.select("event_index", "edge_index", "asset_contract", "fee").unique()
    assert [("0", "0", "native", 0)] == defaults.rows()


def test_whole_numbers_are_taken_as_event_indexes(tmp_path: Path) -> None:
    path = write_transfers(tmp_path, event_index=[0, 12, None])

    transfers = read_transfers(path, network=Network.ETHEREUM).rows

    assert ["0", "12", "0"] == transfers["event_index"].to_list()


def test_a_constant_price_makes_usd(tmp_path: Path) -> None:
    path = write_transfers(tmp_path, amount_usd=None)

    transfers = read_transfers(
        path, network=Network.ETHEREUM, options=FileOptions(constant_price_usd=300.0)
    ).rows

    assert [300.0, 600.0, 150.0] == transfers["amount_usd"].to_list()


def test_a_price_that_carries_an_amount_too_high_names_the_row(tmp_path: Path) -> None:
    path = write_transfers(tmp_path, amount=[1.0, 1e18, 1.0], amount_usd=None)

    with pytest.raises(InputFileError, match="column 'amount_usd', row 1"):
        read_transfers(
            path, network=Network.ETHEREUM, options=FileOptions(constant_price_usd=300.0)
        )


@pytest.mark.parametrize("price", [0.0, -2.5, float("nan"), float("inf")])
def test_a_price_at_which_nothing_is_worth_anything_is_refused(
    tmp_path: Path, price: float
) -> None:
    path = write_transfers(tmp_path, amount_usd=None)

    with pytest.raises(ConfigurationError, match="expected a number above 0"):
        read_transfers(
            path, network=Network.ETHEREUM, options=FileOptions(constant_price_usd=price)
        )


def test_usd_and_a_price_are_too_much_and_neither_is_too_little(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="both amount_usd and a constant price"):
        read_transfers(
            write_transfers(tmp_path),
            network=Network.ETHEREUM,
            options=FileOptions(constant_price_usd=300.0),
        )

    with pytest.raises(ConfigurationError, match="neither amount_usd nor a constant price"):
        read_transfers(write_transfers(tmp_path, amount_usd=None), network=Network.ETHEREUM)


def test_decimal_amounts_reach_the_database_to_the_last_digit(
    client: Client, tmp_path: Path
) -> None:
    exact = ["12345678901234567890.123456789012345678", "0.000000000000000001", "7"]
    path = write_transfers(tmp_path, amount=pl.Series(exact).cast(pl.Decimal(38, 18)))

    transfers = read_transfers(path, network=Network.ETHEREUM).rows
    load_transfers(client, transfers, Delivery(Network.ETHEREUM, path.name))

    found = fetch(client, "SELECT amount FROM transfers ORDER BY tx_id")["amount"]
    assert [Decimal(amount) for amount in exact] == found.to_list()


# --- labels -----------------------------------------------------------------------------------


def test_labels_without_a_date_are_assumed_and_known_since_zero(tmp_path: Path) -> None:
    labels = read_labels(write_labels(tmp_path), network=Network.ETHEREUM).rows

    assert [0] * 3 == labels["known_at"].to_list()
    assert [None] * 3 == labels["revoked_at"].to_list()
    assert {"assumed"} == set(labels["known_at_source"])
    assert ["critical", "low", ""] == labels["risk_level"].to_list()


def test_dated_labels_come_from_upstream(tmp_path: Path) -> None:
    path = write_labels(tmp_path, known_at=[TIME] * 3, revoked_at=[None, TIME + 1, None])

    labels = read_labels(path, network=Network.ETHEREUM).rows

    assert {"upstream"} == set(labels["known_at_source"])
    assert [TIME] * 3 == labels["known_at"].to_list()
    assert [None, TIME + 1, None] == labels["revoked_at"].to_list()


@pytest.mark.parametrize(
    ("network", "kind"),
    [
        (Network.BITCOIN_TESTNET, "utxo"),
        (Network.BITTENSOR, "substrate"),
        (Network.BITTENSOR_EVM, "evm"),
        (Network.TORUS_TESTNET, "substrate"),
        (Network.ETHEREUM, "evm"),
    ],
)
def test_labels_say_what_kind_of_network_they_are_of(
    tmp_path: Path, network: Network, kind: str
) -> None:
    labels = read_labels(write_labels(tmp_path), network=network).rows

    assert {(network, kind)} == set(labels.select("network", "network_type").rows())


# --- real data --------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="the real data are not beside the project")
def test_real_transfers_and_labels_are_read_and_loaded(client: Client) -> None:
    transfers = read_transfers(
        REAL_DATA / "transfers.parquet",
        network=Network.ETHEREUM,
        options=FileOptions(constant_price_usd=300.0),
    ).rows
    labels = read_labels(REAL_DATA / "address_labels.parquet", network=Network.ETHEREUM).rows

    delivery = Delivery(Network.ETHEREUM, "phishing")
    loaded = load_transfers(client, transfers, delivery), load_labels(client, labels, delivery)

    counts = fetch(client, "SELECT count(), sum(toFloat64(amount)) FROM transfers").row(0)
    assert (334_193, 2_045) == loaded
    assert (334_193, pytest.approx(float(transfers["amount"].sum()), rel=1e-9)) == counts
