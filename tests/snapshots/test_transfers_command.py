"""The command that loads files enters in the ledger which files they were."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from alertmill import cli
from alertmill.cli import ingest
from alertmill.errors import BAD_INPUT
from alertmill.settings import Settings
from alertmill.storage import ClientFactory, fetch, get_connection_params
from tests.support.clickhouse_server import ClickHouseServer

OTHER_DATES = [("1969-12-31", "2024-01-08"), ("2024-01-08", "2200-01-01")]
DATES = ("--start-date", "2024-01-08", "--end-date", "2024-01-08")


def test_files_of_one_name_in_two_folders_add_up_and_are_in_the_ledger_with_their_checksums(
    server: ClickHouseServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    derived_frames: dict[str, pl.DataFrame],
) -> None:
    database = f"test_{uuid.uuid4().hex}"
    monkeypatch.setenv("CLICKHOUSE_HOST", server.host)
    monkeypatch.setenv("CLICKHOUSE_PORT", str(server.port))
    monkeypatch.setenv("CLICKHOUSE_DATABASE", database)
    monkeypatch.setattr(ingest, "_derive", lambda *_: None)
    labels, transfers = tmp_path / "labels.parquet", derived_frames["transfers"]
    derived_frames["raw_address_labels"].write_parquet(labels)
    files = [tmp_path / month / "transfers.parquet" for month in ("2024-01", "2024-02")]

    for file, part in zip(files, (transfers[:700], transfers[700:]), strict=True):
        file.parent.mkdir()
        part.write_parquet(file)
        options = ["--labels", str(labels), "--network", "ethereum", *DATES]
        monkeypatch.setattr("sys.argv", ["alertmill", "ingest", "transfers", str(file), *options])
        with pytest.raises(SystemExit):
            cli.main()

    settings = Settings(_env_file=None, clickhouse_host=server.host, clickhouse_port=server.port)
    params = replace(get_connection_params("ethereum", settings), database=database)
    with ClientFactory(params).client_context() as client:
        n_rows = fetch(client, "SELECT count() AS n FROM transfers")["n"][0]
        told = fetch(client, "SELECT source_uri, source_sha256 FROM current_batches ORDER BY ALL")
    assert transfers.height == n_rows
    assert [
        (str(file), hashlib.sha256(file.read_bytes()).hexdigest()) for file in (*files, labels)
    ] == told.rows()


@pytest.mark.parametrize(("start", "end"), OTHER_DATES)
def test_dates_that_no_snapshot_can_have_are_refused_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], start: str, end: str
) -> None:
    dates = ["--start-date", start, "--end-date", end]
    files = ["no such file", "--labels", "none either"]
    command = ["alertmill", "ingest", "transfers", *files, "--network", "ethereum", *dates]
    monkeypatch.setattr("sys.argv", command)

    with pytest.raises(SystemExit) as ended:
        cli.main()

    told = f"the range {start} to {end} goes beyond the dates that a snapshot can have"
    assert told in capsys.readouterr().err
    assert BAD_INPUT == ended.value.code
