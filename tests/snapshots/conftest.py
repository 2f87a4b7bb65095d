"""Frames that several tests read and none changes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.snapshots.derived_frames import derive_frames
from tests.support.databases import unused_database


@pytest.fixture(scope="session")
def derived_frames(embedded_dir: Path) -> dict[str, pl.DataFrame]:
    """Tables of two derived snapshots, by name, and the transfers and labels behind them."""
    return derive_frames(unused_database(embedded_dir))
