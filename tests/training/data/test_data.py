"""Extracted frames and the queries behind them survive on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from alertmill.errors import UnfinishedRunError
from alertmill.training.data.extracted import ExtractedQuery, TrainingData, load_queries
from tests.training.training_data import make_data

QUERY = ExtractedQuery(
    name="alerts",
    sql="SELECT 1",
    parameters={"w": 7, "start": "2024-01-01"},
    n_rows=1,
    content_hash="ab",
)


def test_saved_data_read_back_as_they_were(tmp_path: Path) -> None:
    data = replace(make_data(), queries=(QUERY,))

    paths = data.save(str(tmp_path))
    loaded = TrainingData.load(tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert (QUERY,) == loaded.queries == load_queries(tmp_path / "extraction.json")
    assert_frame_equal(data.alerts, loaded.alerts)
    assert_frame_equal(data.address_features, loaded.address_features)


def test_equal_data_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("first", "second"):
        make_data().save(tmp_path / name)

    for file in (tmp_path / "first").iterdir():
        assert file.read_bytes() == (tmp_path / "second" / file.name).read_bytes()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    make_data().save(tmp_path)
    (tmp_path / "flows.parquet").unlink()

    with pytest.raises(UnfinishedRunError, match=r"flows\.parquet"):
        TrainingData.load(tmp_path)


@pytest.mark.parametrize("name", ["set_aside", "batches"])
def test_data_of_earlier_versions_lack_what_was_not_extracted_yet(
    tmp_path: Path, name: str
) -> None:
    make_data().save(tmp_path)
    (tmp_path / f"{name}.parquet").unlink()

    loaded = TrainingData.load(tmp_path)

    assert getattr(loaded, name).is_empty()
    assert getattr(make_data(), name).schema == getattr(loaded, name).schema
