"""Frames that several tests read and none changes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from alertmill.settings import Settings
from alertmill.storage import get_connection_params
from tests.snapshots.derived_frames import derive_frames


@pytest.fixture(scope="session")
def derived_frames(embedded_dir: Path) -> dict[str, pl.DataFrame]:
    """Tables of two derived snapshots, by name, and the transfers and labels behind them."""
    settings = Settings(_env_file=None, clickhouse_host=None, alertmill_database_dir=embedded_dir)
    return derive_frames(get_connection_params("ethereum", settings))
