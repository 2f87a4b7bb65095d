"""A hundred first files: each loads with the expected rows, or one line says what to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.snapshots.transfers_file import ReadFile, read_labels, read_transfers
from tests.inputs.loaded_files import LOADED
from tests.inputs.made_up import FirstFile, parquet, transfers
from tests.inputs.refused_files import REFUSED
from tests.inputs.table import DOCUMENT, table_in, written_table


def read(file: FirstFile, folder: Path) -> ReadFile:
    reader = read_transfers if file.kind == "transfers" else read_labels
    path = file.write(folder)
    return reader(path, network=file.network, options=file.options_in(folder))


@pytest.mark.parametrize("file", LOADED, ids=lambda file: file.what)
def test_a_first_file_loads(file: FirstFile, tmp_path: Path) -> None:
    found = read(file, tmp_path)

    assert (file.n_rows, file.n_set_aside) == (found.rows.height, found.set_aside.height)
    said = " ".join(found.remarks)
    assert all(remark in said for remark in file.remarks), said
    assert file.remarks or not found.remarks or not file.is_same, said
    if file.is_same:
        plain = tmp_path / "plain"
        plain.mkdir()
        expected = read_transfers(parquet(transfers(), plain), network=file.network)
        assert expected.rows.equals(found.rows.select(expected.rows.columns))


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.what)
def test_a_first_file_is_refused_in_one_line(file: FirstFile, tmp_path: Path) -> None:
    assert file.error is not None
    with pytest.raises(file.error) as caught:
        read(file, tmp_path)

    said = str(caught.value)
    assert "\n" not in said
    assert "secret" not in said
    assert all(part in said for part in file.refused), said


def test_a_hundred_files_are_tried_and_seventy_load() -> None:
    names = [file.what for file in (*LOADED, *REFUSED)]

    assert 100 <= len(names)
    assert 70 <= len(LOADED)


def test_the_table_in_the_documents_is_that_of_the_tests() -> None:
    assert written_table() == table_in(DOCUMENT)
