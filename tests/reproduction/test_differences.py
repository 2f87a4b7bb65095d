"""How two files differ is said in rows, values and numbers."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from alertmill.files import write_parquet
from alertmill.provenance import Provenance, collect
from alertmill.reproduction.differences import FileDifference, difference_of
from alertmill.reproduction.parts import PARTS, PartState, judged
from alertmill.reproduction.surroundings import compare_surroundings

MODEL = next(part for part in PARTS if part.name == "model")


def frames(folder: Path, then: pl.DataFrame, now: pl.DataFrame) -> FileDifference | None:
    paths = folder / "then.parquet", folder / "now.parquet"
    for path, frame in zip(paths, (then, now), strict=True):
        write_parquet(path, frame)
    return difference_of("file", *paths)


def texts(folder: Path, then: str, now: str, ending: str) -> FileDifference | None:
    paths = folder / f"then{ending}", folder / f"now{ending}"
    for path, text in zip(paths, (then, now), strict=True):
        path.write_text(text)
    return difference_of("file", *paths)


@pytest.mark.parametrize(
    ("then", "now", "text"),
    [
        ({"a": [1, 2]}, {"a": [1, 2]}, None),
        ({"a": [1, 2]}, {"a": [1, 3]}, "1 row of 2 in a"),
        ({"a": [1, 2], "b": [0, 0]}, {"a": [2, 3], "b": [0, 1]}, "2 rows of 2 in a and b"),
        ({"a": [1, 2]}, {"a": [1]}, "1 row, the run has 2"),
        ({"a": [1, 2]}, {"b": [1, 2]}, "other columns: a and b"),
        ({"a": ["x"]}, {"a": ["y"]}, "1 row of 1 in a"),
        ({"a": [1.0]}, {"a": [None]}, "1 row of 1 in a"),
        ({"a": [1.0], "seconds": [1.0]}, {"a": [1.0], "seconds": [2.0]}, None),
        ({"a": [2.0]}, {"a": [2.5]}, "1 row of 1 in a, by at most 2.0e-01 of the value"),
        ({"a": [[1.0, 4.0]]}, {"a": [[1.0, 5.0]]}, "1 row of 1 in a, by at most 2.0e-01 of"),
    ],
)
def test_a_table_differs_in_rows_and_columns(
    tmp_path: Path, then: dict[str, list[object]], now: dict[str, list[object]], text: str | None
) -> None:
    schema = {"a": pl.Float64} if now == {"a": [None]} else None

    found = frames(tmp_path, pl.DataFrame(then), pl.DataFrame(now, schema=schema))

    if text is None:
        assert found is None
    else:
        assert found is not None
        assert found.text.startswith(text)


def test_a_document_differs_at_places_and_its_model_ids_follow(tmp_path: Path) -> None:
    then = {"model_id": "a", "metrics": [{"value": 0.5}, {"value": 1.0}]}
    now = {"model_id": "b", "metrics": [{"value": 0.5}, {"value": 1.25}]}

    found = texts(tmp_path, json.dumps(then), json.dumps(now), ".json")

    assert (
        FileDifference(
            "file", "metrics[1].value, by at most 2.0e-01 of the value", pytest.approx(0.2)
        )
        == found
    )
    other = texts(tmp_path, '{"model_id": "a"}', '{"model_id": "b"}', ".json")
    assert FileDifference("file", "the digests of the model", 0.0) == other


def test_trees_differ_in_numbers_or_in_lines(tmp_path: Path) -> None:
    by_number = texts(tmp_path, "leaf=1.0 2\nx", "leaf=1.0 4\nx", ".txt")
    by_line = texts(tmp_path, "leaf=1.0\nx", "tree=1.0\nx\ny", ".txt")

    assert (
        FileDifference("file", "1 number of 2, by at most 5.0e-01 of the value", 0.5) == by_number
    )
    assert FileDifference("file", "2 lines of 2") == by_line


def test_a_file_that_is_missing_or_unreadable_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"no table")
    (tmp_path / "b.parquet").write_bytes(b"none either")

    unreadable = difference_of("file", tmp_path / "a.parquet", tmp_path / "b.parquet")
    missing = difference_of("file", tmp_path / "a.parquet", tmp_path / "c.parquet")

    assert unreadable is not None
    assert unreadable.text.startswith("one of the two cannot be read: ")
    assert missing == FileDifference("file", "it was not made again")


@pytest.mark.parametrize(
    ("relative", "may_round", "state"),
    [
        (1e-12, True, PartState.CLOSE),
        (1e-12, False, PartState.DIFFERS),
        (1e-3, True, PartState.DIFFERS),
        (None, True, PartState.DIFFERS),
    ],
)
def test_last_bits_may_differ_only_where_processor_or_libraries_do(
    *, relative: float | None, may_round: bool, state: PartState
) -> None:
    found = [FileDifference("model/model.txt", "1 number of 9", relative)]

    part = judged(MODEL, found, n_compared=3, may_round=may_round)

    assert state == part.state
    assert "model/model.txt: 1 number of 9" in part.sentence
    assert ("within the tolerance (1e-06)" in part.sentence) is (state is PartState.CLOSE)


@pytest.mark.parametrize(
    ("changes", "phrase", "may_round"),
    [
        ({}, "the same code, versions, processor and cores", False),
        ({"processor": "Another"}, "processor Another then, ", True),
        ({"python": "3.9.1"}, "Python 3.9.1 then, ", True),
        ({"versions": {}}, "alertmill unknown then, ", True),
        ({"usable_cores": 512}, "usable cores 512 then, ", False),
        ({"lock_sha256": "c" * 64}, "requirements.lock cccccccccccc then, ", False),
        ({"code_commit": "d" * 40, "is_dirty": True}, "code dddddddddddd with uncommitted", False),
    ],
)
def test_what_is_different_from_the_manifest_is_said(
    *, changes: dict[str, object], phrase: str, may_round: bool
) -> None:
    here = collect()
    then = Provenance.model_validate(here.model_dump() | changes)

    found = compare_surroundings(then, here)

    assert phrase in found.sentence
    assert may_round == found.may_round
