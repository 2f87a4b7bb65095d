"""Text from outside is bound to statements and changes none of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import polars as pl
import pytest
from pydantic import ValidationError

from alertmill import cli
from alertmill.errors import DateRangeError, OtherNetworkError, UnknownNameError
from alertmill.parameters import TrainingParameters
from alertmill.settings import Settings
from alertmill.snapshots.loading import load_labels, load_transfers
from alertmill.storage import Client, ClientFactory, fetch, get_connection_params
from alertmill.storage.ledger import Delivery
from alertmill.storage.registry import (
    TrainedModelRow,
    fetch_trained_models,
    insert_trained_model,
)
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.vocabulary import Network
from tests.snapshots.hand_made import (
    DAY,
    Label,
    derive,
    frame_of,
    label_frame,
    random_transfers,
    store,
)
from tests.storage.test_registry import ROW
from tests.support.clickhouse_server import ClickHouseServer

_ENDS = ("", " --", " #", "/*", ";", "\\")
_BEGINS = ("'", '"', "`", "\\'", "')", "1", "{x:String}", "%(x)s", "\x00'", "\u2019")
# In the order of addresses, on which communities of equal strength depend.
PAYLOADS = sorted(
    f"{begin} OR 1=1; DROP TABLE transfers_batches{end}" for begin in _BEGINS for end in _ENDS
)


@contextmanager
def opened(server: ClickHouseServer) -> Iterator[Client]:
    settings = Settings(_env_file=None, clickhouse_host=server.host, clickhouse_port=server.port)
    params = get_connection_params("ethereum", settings)
    database = f"test_{uuid.uuid4().hex}"
    with ClientFactory(replace(params, database=database)).client_context() as client:
        yield client


def statements_of(server: ClickHouseServer, texts: list[str]) -> set[str]:
    """Load, derive and extract a world whose every text is one of ``texts``; what was sent."""
    del server.statements[:]
    with opened(server) as client:
        database = str(client.database)
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


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_name_of_a_network_or_database_is_refused(payload: str) -> None:
    with pytest.raises(UnknownNameError):
        get_connection_params(payload)
    with pytest.raises(ValidationError):
        Settings(_env_file=None, clickhouse_database=payload)


@pytest.mark.parametrize(
    "field", ["network", "start_date", "end_date", "window_days", "model_type"]
)
def test_a_parameter_of_a_flow_is_refused(field: str) -> None:
    given = {"network": "ethereum", "start_date": DAY, "end_date": DAY}

    for payload in PAYLOADS:
        with pytest.raises(ValidationError, match=field):
            TrainingParameters.model_validate(given | {field: payload})


@pytest.mark.parametrize("option", ["--network", "--start-date", "--end-date", "--window-days"])
def test_an_option_of_the_command_line_is_refused_before_anything_is_sent(
    server: ClickHouseServer, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setenv("CLICKHOUSE_HOST", server.host)
    monkeypatch.setenv("CLICKHOUSE_PORT", str(server.port))
    usual = {"--network": "ethereum", "--start-date": "2024-01-08", "--end-date": "2024-01-08"}
    for payload in PAYLOADS:
        options = [word for pair in (usual | {option: payload}).items() for word in pair]
        monkeypatch.setattr("sys.argv", ["alertmill", "train", *options])

        with pytest.raises(SystemExit) as ended:
            cli.main()

        assert 2 == ended.value.code
    assert [] == server.statements


def test_text_for_the_dates_of_an_extraction_is_refused_before_anything_is_sent(
    server: ClickHouseServer,
) -> None:
    with opened(server) as client:
        extractor = FeatureExtractor(client)
        del server.statements[:]
        for payload in PAYLOADS:
            for dates in ((payload, DAY), (DAY, payload)):
                with pytest.raises(DateRangeError, match=r"_date is .*expected a date"):
                    extractor.extract_training_data(*dates, 7, network="ethereum")

    assert [] == server.statements


def test_text_for_the_network_of_an_extraction_changes_no_statement(
    server: ClickHouseServer,
) -> None:
    sent = {}
    with opened(server) as client:
        store(client, random_transfers(300, n_addresses=60))
        derive(client)
        for network in ("ethereum", *PAYLOADS[::20]):
            del server.statements[:]
            with nullcontext() if network == "ethereum" else pytest.raises(OtherNetworkError):
                FeatureExtractor(client).extract_training_data(DAY, DAY, 7, network=network)
            sent[network] = [statement.sql for statement in server.statements]

    usual = sent.pop("ethereum")
    assert all(statements == usual[: len(statements)] != [] for statements in sent.values())


def test_the_text_of_a_registered_model_is_bound(server: ClickHouseServer) -> None:
    fields = [name for name, kind in TrainedModelRow.__annotations__.items() if kind == "str"]
    texts = sorted(set(fields) - {"version"})
    with opened(server) as client:
        for payload in PAYLOADS:
            insert_trained_model(client, replace(ROW, **dict.fromkeys(texts, payload)))
        found = fetch_trained_models(client)

    assert len(texts) > 8
    for text in texts:
        assert set(PAYLOADS) == set(found[text])
    assert 1 == len({statement.sql for statement in server.sent("INSERT INTO `trained_models`")})
