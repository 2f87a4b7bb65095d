"""The commands that simulate a world load the one that was asked for."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from alertmill import cli
from alertmill.cli import ingest, training
from alertmill.settings import Settings
from alertmill.simulator import WorldParameters, simulate
from alertmill.storage import ClientFactory, fetch, get_connection_params
from alertmill.storage.ledger import fetch_sources
from alertmill.vocabulary import Difficulty
from tests.support.clickhouse_server import ClickHouseServer


@pytest.mark.parametrize("command", [("ingest", "simulation"), ("demo",)], ids=" ".join)
def test_a_harder_world_is_loaded_under_a_name_of_its_own(
    server: ClickHouseServer, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    database = f"test_{uuid.uuid4().hex}"
    monkeypatch.setenv("CLICKHOUSE_HOST", server.host)
    monkeypatch.setenv("CLICKHOUSE_PORT", str(server.port))
    monkeypatch.setenv("CLICKHOUSE_DATABASE", database)
    monkeypatch.setattr(ingest, "_derive", lambda *_: None)
    monkeypatch.setattr(training, "_run_flow", lambda _: None)
    options = ["--size", "small", "--difficulty", "hard"]
    monkeypatch.setattr("sys.argv", ["alertmill", *command, *options])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    hard = simulate(WorldParameters.preset("small", difficulty=Difficulty.HARD)).ground_truth
    settings = Settings(_env_file=None, clickhouse_host=server.host, clickhouse_port=server.port)
    params = replace(get_connection_params("ethereum", settings), database=database)
    with ClientFactory(params).client_context() as client:
        sources = fetch_sources(client, "transfers")
        planted = fetch(client, "SELECT * EXCEPT created_at FROM sim_ground_truth")
    assert not ended.value.code
    assert ["simulation:small:7:hard"] == sources
    names = planted.columns
    assert hard.select(names).sort(names).rows() == planted.sort(names).rows()
