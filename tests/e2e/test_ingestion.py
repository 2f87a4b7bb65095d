"""Snapshot folders reach the database by the flow and by the command, and only once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from alertmill.storage import ConnectionParams
from tests.e2e.workplaces import PROJECT, Workplace
from tests.snapshots.delivered import deliver, put_labels, risk_files
from tests.snapshots.derived_frames import derive_frames

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RUN_TWICE = """
import json, sys
from prefect.client.orchestration import get_client
from alertmill.parameters import IngestionParameters
from flows.ingestion import ingestion

parameters = IngestionParameters(network="ethereum", url=sys.argv[1])
loaded = [ingestion(parameters), ingestion(parameters)]
with get_client(sync_client=True) as client:
    tables = [a.data for a in client.read_artifacts() if a.key == "snapshots"]
print(json.dumps([loaded, sorted(row["state"] for table in tables for row in json.loads(table))]))
"""


@pytest.fixture
def delivered(tmp_path: Path, connection_params: ConnectionParams) -> Path:
    """A place with one snapshot and its labels; a column of it is not ours."""
    frames = derive_frames(connection_params)
    files = risk_files(frames)
    files["alerts"] = files["alerts"].with_columns(pl.lit("x").alias("verdict\x1b[31m"))
    base = tmp_path / "upstream"
    deliver(base, files, labels=put_labels(base, frames["raw_address_labels"]))
    return base


def test_the_flow_loads_a_folder_once_and_the_command_finds_it_there(
    tmp_path: Path, delivered: Path
) -> None:
    (tmp_path / "home").mkdir()
    workplace = Workplace(tmp_path)
    environment = workplace.environment | {
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
        "PREFECT_LOGGING_EXTRA_LOGGERS": "alertmill",
    }

    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", RUN_TWICE, str(delivered)],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = workplace.alertmill("ingest", "snapshots", str(delivered), "--network", "ethereum")

    assert [[1, 0], ["loaded", "was there"]] == json.loads(done.stdout), done.stderr[-3000:]
    assert r"kept out of alerts.parquet: 'verdict\x1b[31m'" in done.stderr
    assert "0 snapshots loaded, 1 were there already." in told.stderr
    assert 0 == told.returncode


def test_a_refused_folder_is_bad_input_for_the_command(tmp_path: Path, delivered: Path) -> None:
    (tmp_path / "home").mkdir()
    (path,) = delivered.rglob("features.parquet")
    path.write_bytes(path.read_bytes()[:-1])

    done = Workplace(tmp_path).alertmill(
        "ingest", "snapshots", str(delivered), "--network", "ethereum"
    )

    assert 2 == done.returncode
    assert "features.parquet: its sha256 is" in done.stderr
