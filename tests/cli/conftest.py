"""The command line, with folders and database of the test alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.storage import ConnectionParams
from tests.cli.program import Program


@pytest.fixture
def program(
    tmp_path: Path,
    connection_params: ConnectionParams,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Program:
    """Return the program; its runs lie in the folder ``runs`` of the test."""
    monkeypatch.setenv("ALERTMILL_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("ALERTMILL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("ALERTMILL_DATABASE_DIR", str(connection_params.path))
    monkeypatch.setenv("CLICKHOUSE_DATABASE", connection_params.database)
    return Program(capsys)
