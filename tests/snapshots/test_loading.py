"""Content is loaded whole and once, and a simulated world stays alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pytest

from alertmill.errors import ConfigurationError
from alertmill.snapshots import loading
from alertmill.snapshots.loading import (
    LABEL_TYPES,
    TRUTH_TYPES,
    load_ground_truth,
    load_labels,
    load_transfers,
)
from alertmill.storage import Client, fetch
from alertmill.storage.ledger import Delivery, fetch_ledger_digest
from alertmill.vocabulary import Network

START = datetime(2024, 1, 1, tzinfo=UTC)
SIMULATED = f"{loading.SIMULATED}seed 7"


class ConnectionCutError(Exception):
    """What happens to a process that loses its database."""


class DyingClient:
    """A client of the driver whose connection is cut at one of its inserts into a table."""

    def __init__(self, client: Client, *, table: str, dies_at: int) -> None:
        self._client = client
        self._table = table
        self._left = dies_at

    def __getattr__(self, name: str) -> object:
        """Everything else works."""
        return getattr(self._client, name)

    def insert_arrow(self, table: str, *args: object, **kwargs: object) -> object:
        """Insert until the connection is cut."""
        if table == self._table:
            self._left -= 1
            if self._left < 0:
                raise ConnectionCutError
        return self._client.insert_arrow(table, *args, **kwargs)


def make_transfers(n: int = 10, *, hours: int = 1) -> pl.DataFrame:
    times = [START + timedelta(hours=hours * number) for number in range(n)]
    return pl.DataFrame(
        {
            "tx_id": [f"tx{number:05d}" for number in range(n)],
            "event_index": "0",
            "edge_index": "0",
            "block_height": range(n),
            "block_timestamp": [int(time.timestamp() * 1000) for time in times],
            "from_address": "0xa",
            "to_address": "0xb",
            "asset_symbol": "ETH",
            "asset_contract": "native",
            "amount": [0.1 * number for number in range(n)],
            "amount_usd": [200.0 * number for number in range(n)],
            "fee": 0.0,
        }
    )


def make_labels() -> pl.DataFrame:
    values = {
        "network": "ethereum",
        "address": "0xa",
        "label": "thief",
        "network_type": "evm",
        "address_type": "wallet",
        "address_subtype": "",
        "risk_level": "high",
        "confidence_score": 0.9,
        "trust_level": "verified",
        "source": "desk",
        "known_at": 0,
        "revoked_at": None,
        "known_at_source": "assumed",
    }
    return pl.DataFrame([values, values | {"address": "0xb"}], schema=LABEL_TYPES)


def load(client: Client, frame: pl.DataFrame, *, source: str = "a.parquet") -> int:
    return load_transfers(client, frame, Delivery(Network.ETHEREUM, source))


def ids_in(client: Client) -> list[str]:
    return fetch(client, "SELECT tx_id FROM transfers ORDER BY tx_id")["tx_id"].to_list()


def n_stored(client: Client) -> int:
    """Rows of every batch, whether they count or not."""
    return int(fetch(client, "SELECT count() AS n FROM transfers_batches")["n"][0])


def states_in(client: Client) -> list[str]:
    found = fetch(
        client, "SELECT state::String AS state FROM ingestion_ledger ORDER BY finished_at, state"
    )
    return found["state"].to_list()


# --- once -------------------------------------------------------------------------------------


def test_the_same_content_is_loaded_once_in_any_order(client: Client) -> None:
    transfers = make_transfers()
    load(client, transfers)
    before = fetch_ledger_digest(client)

    load(client, transfers.sample(fraction=1, shuffle=True, seed=3))

    assert transfers["tx_id"].to_list() == ids_in(client)
    assert 10 == n_stored(client)
    assert before == fetch_ledger_digest(client)
    assert ["started", "complete", "started", "unchanged"] == states_in(client)


def test_another_source_adds_to_the_table(client: Client) -> None:
    transfers = make_transfers()
    load(client, transfers.head(4))
    before = fetch_ledger_digest(client)

    loaded = load(client, transfers.tail(6), source="b.parquet")

    assert 6 == loaded
    assert transfers["tx_id"].to_list() == ids_in(client)
    assert before != fetch_ledger_digest(client)


def test_changed_content_of_the_same_source_replaces_it(client: Client) -> None:
    transfers = make_transfers()
    load(client, transfers)

    load(client, transfers.tail(3))

    assert transfers["tx_id"].to_list()[-3:] == ids_in(client)
    assert 3 == n_stored(client)


def test_frames_that_come_one_after_the_other_are_one_delivery(client: Client) -> None:
    transfers = make_transfers()

    loaded = load_transfers(
        client, transfers.iter_slices(3), Delivery(Network.ETHEREUM, "a.parquet")
    )

    assert 10 == loaded
    assert transfers["tx_id"].to_list() == ids_in(client)


@pytest.mark.parametrize("rows_a_frame", [1, 3, 4, 10])
def test_inserts_have_one_size_however_the_rows_come(
    client: Client, monkeypatch: pytest.MonkeyPatch, rows_a_frame: int
) -> None:
    monkeypatch.setattr(loading, "_ROWS_AN_INSERT", 4)
    sent, insert = [], client.insert_arrow

    def noted(table: str, rows: pa.Table, **options: object) -> object:
        sent.append((table, rows.num_rows))
        return insert(table, rows, **options)

    monkeypatch.setattr(client, "insert_arrow", noted)
    transfers = make_transfers()

    load_transfers(
        client, transfers.iter_slices(rows_a_frame), Delivery(Network.ETHEREUM, "a.parquet")
    )

    assert [4, 4, 2] == [rows for table, rows in sent if table == "transfers_batches"]
    assert transfers["tx_id"].to_list() == ids_in(client)


@pytest.mark.parametrize("dies_at", [0, 1, 2])
def test_of_an_interrupted_load_nothing_counts_and_nothing_stays(
    client: Client, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    monkeypatch.setattr(loading, "_ROWS_AN_INSERT", 4)
    transfers = make_transfers()
    dying = DyingClient(client, table="transfers_batches", dies_at=dies_at)
    with pytest.raises(ConnectionCutError):
        load(dying, transfers)  # type: ignore[arg-type]
    begun = ids_in(client), n_stored(client)

    load(client, transfers)

    assert ([], 4 * dies_at) == begun
    assert transfers["tx_id"].to_list() == ids_in(client)
    assert 10 == n_stored(client)


def test_a_load_that_dies_before_it_counts_leaves_the_old_rows(client: Client) -> None:
    transfers = make_transfers()
    load(client, transfers.head(4))
    dying = DyingClient(client, table="ingestion_ledger", dies_at=1)
    with pytest.raises(ConnectionCutError):
        load(dying, transfers)  # type: ignore[arg-type]
    before = ids_in(client)

    load(client, transfers)

    assert transfers["tx_id"].to_list()[:4] == before
    assert transfers["tx_id"].to_list() == ids_in(client)
    assert 10 == n_stored(client)


def test_labels_and_planted_truth_are_loaded_once(client: Client) -> None:
    labels = make_labels()
    truth = pl.DataFrame([("0xa", "s1", "PEEL_CHAIN", "head", 1, 2)], TRUTH_TYPES, orient="row")
    delivery = Delivery(Network.ETHEREUM, "x")

    for _ in range(2):
        load_labels(client, labels, delivery)
        load_ground_truth(client, truth, delivery)

    found = fetch(client, "SELECT * EXCEPT created_at FROM raw_address_labels ORDER BY address")
    planted = fetch(client, "SELECT address FROM sim_ground_truth")
    assert labels.rows() == found.rows()
    assert 1 == planted.height


# --- alone ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [(SIMULATED, "a.parquet"), ("a.parquet", SIMULATED), (SIMULATED, f"{SIMULATED}8")],
)
def test_a_simulated_world_is_not_mixed_with_another_source(
    client: Client, first: str, second: str
) -> None:
    load(client, make_transfers(3), source=first)

    with pytest.raises(ConfigurationError, match=f"of {first}, which must not be mixed"):
        load(client, make_transfers(4), source=second)

    assert 3 == len(ids_in(client))


# --- whole ------------------------------------------------------------------------------------


def test_decimal_amounts_survive_to_the_last_digit(client: Client) -> None:
    amounts = ["12345678901234567890.123456789012345678", "0.000000000000000001"]
    decimals = pl.Series(amounts).cast(pl.Decimal(38, 18))

    load(client, make_transfers(2).with_columns(amount=decimals, amount_usd=decimals))

    found = fetch(client, "SELECT amount, amount_usd FROM transfers ORDER BY tx_id")
    assert [Decimal(amount) for amount in amounts] == found["amount"].to_list()
    assert [Decimal(amount) for amount in amounts] == found["amount_usd"].to_list()


def test_float_amounts_come_back_as_the_same_floats(client: Client) -> None:
    amounts = [0.1, 1 / 3, 123456789.12345679, 8_888.000000000001, 9.9e19]

    load(client, make_transfers(5).with_columns(amount=pl.Series(amounts)))

    found = fetch(client, "SELECT amount FROM transfers ORDER BY tx_id")
    assert pytest.approx(amounts, rel=1e-15) == [float(x) for x in found["amount"]]


def test_an_empty_file_is_recorded_and_loads_nothing(client: Client) -> None:
    loaded = load(client, make_transfers(3).clear())

    assert 0 == loaded
    assert ["started", "complete"] == states_in(client)
