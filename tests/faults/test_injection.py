"""Text from outside is bound to statements and changes none of them."""

from __future__ import annotations

import uuid
from dataclasses import replace

import polars as pl
import pytest
from pydantic import ValidationError

from alertmill.errors import UnknownNameError
from alertmill.settings import Settings
from alertmill.snapshots.loading import load_labels, load_transfers
from alertmill.storage import ClientFactory, fetch, get_connection_params
from alertmill.storage.ledger import Delivery
from alertmill.training.extraction import FeatureExtractor
from alertmill.vocabulary import Network
from tests.snapshots.hand_made import DAY, Label, derive, frame_of, label_frame, random_transfers
from tests.support.clickhouse_server import ClickHouseServer

_ENDS = ("", " --", " #", "/*", ";", "\\")
_BEGINS = ("'", '"', "`", "\\'", "')", "1", "{x:String}", "%(x)s", "\x00'", "\u2019")
# In the order of addresses, on which communities of equal strength depend.
PAYLOADS = sorted(
    f"{begin} OR 1=1; DROP TABLE transfers_batches{end}" for begin in _BEGINS for end in _ENDS
)


def statements_of(server: ClickHouseServer, texts: list[str]) -> set[str]:
    """Load, derive and extract a world whose every text is one of ``texts``; what was sent."""
    del server.statements[:]
    settings = Settings(_env_file=None, clickhouse_host=server.host, clickhouse_port=server.port)
    params = get_connection_params("ethereum", settings)
    database = f"test_{uuid.uuid4().hex}"
    with ClientFactory(replace(params, database=database)).client_context() as client:
        names = [f"0x{number:03d}" for number in range(len(texts))]
        renamed = dict(zip(names, texts, strict=True))
        ends = pl.col("from_address", "to_address").replace(renamed)
        transfers = frame_of(random_transfers(300, n_addresses=len(texts)))
        labels = label_frame([Label(text, "scam", "high", DAY, source=text) for text in texts])
        load_transfers(
            client,
            transfers.with_columns(ends, pl.lit(texts[1]).alias("asset_symbol")),
            Delivery(Network.ETHEREUM, texts[0]),
        )
        load_labels(client, labels, Delivery(Network.ETHEREUM, texts[2]))
        derive(client)
        extracted = FeatureExtractor(client).extract_training_data(
            DAY, DAY, 7, network=Network.ETHEREUM
        )
        stored = fetch(client, "SELECT count() AS n FROM transfers")["n"][0]
    assert 300 == stored
    assert set(extracted.alerts["address"]) <= set(texts)
    assert set(extracted.address_labels["source"]) == set(texts)
    return {statement.sql.replace(database, "") for statement in server.statements}


def test_hostile_text_sends_the_same_statements_as_harmless_text(server: ClickHouseServer) -> None:
    harmless = [f"0x{number:040x}" for number in range(len(PAYLOADS))]

    assert statements_of(server, harmless) == statements_of(server, PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOADS[::7])
def test_a_name_of_a_network_or_database_is_refused(payload: str) -> None:
    with pytest.raises(UnknownNameError):
        get_connection_params(payload)
    with pytest.raises(ValidationError):
        Settings(_env_file=None, clickhouse_database=payload)
