"""The committed form of a notebook keeps what a person wrote, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alertmill.reporting.canonical import canonical, main

_METADATA = {"kernelspec": {"name": "mine", "display_name": "x"}, "widgets": {}}


def notebook(*cells: dict[str, Any]) -> str:
    """Write a notebook as JupyterLab might leave it."""
    return json.dumps(
        {"cells": list(cells), "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    )


def code(source: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Write an executed code cell."""
    output = {"output_type": "stream", "name": "stdout", "text": "1"}
    executed = {"execution_count": 3, "outputs": [output], "metadata": {}, "id": "a-cell"}
    return {"cell_type": "code", "source": source, **executed, **fields}


def cells_of(text: str) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(text)["cells"]
    return cells


def test_outputs_and_execution_counts_are_dropped() -> None:
    (cell,) = cells_of(canonical(notebook(code("1"))))

    assert (None, []) == (cell["execution_count"], cell["outputs"])


def test_only_the_tags_stay_of_a_cells_metadata() -> None:
    metadata = {"tags": ["covers:x"], "papermill": {"status": "completed"}, "collapsed": True}

    (cell,) = cells_of(canonical(notebook(code("1", metadata=metadata))))

    assert {"tags": ["covers:x"]} == cell["metadata"]


def test_the_kernel_is_always_python3() -> None:
    metadata = json.loads(canonical(notebook(code("1"))))["metadata"]

    assert "python3" == metadata["kernelspec"]["name"]
    assert {"kernelspec", "language_info"} == set(metadata)


def test_the_canonical_form_of_the_canonical_form_is_itself() -> None:
    once = canonical(notebook(code("x = 1  \n\n", id="0f8b3c2d"), code("x = 1", id="9e8b3c2d")))

    assert once == canonical(once)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("budget-table", "budget-table"),
        ("0f8b3c2d", "show-table-frame"),
        ("deadbeef", "show-table-frame"),
        ("0f8b3c2d-1111-4222-8333-0123456789ab", "show-table-frame"),
        ("Budget_Table", "show-table-frame"),
    ],
)
def test_an_id_made_by_a_program_becomes_words_of_the_cell(given: str, expected: str) -> None:
    (cell,) = cells_of(canonical(notebook(code("show_table(frame)", id=given))))

    assert expected == cell["id"]


def test_two_cells_never_share_an_id() -> None:
    cells = cells_of(canonical(notebook(code("a", id="0f8b3c2d"), code("a", id="1f8b3c2d"))))

    assert ["a", "a-2"] == [cell["id"] for cell in cells]


def test_cells_that_papermill_injected_are_dropped() -> None:
    injected = code("run_dir = 'x'", metadata={"tags": ["injected-parameters"]})

    assert ["b"] == [c["id"] for c in cells_of(canonical(notebook(injected, code("1", id="b"))))]


def test_the_check_names_files_in_another_form_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(notebook(code("1")))

    assert 1 == main(["--check", str(path)])
    assert str(path) in capsys.readouterr().err
    assert notebook(code("1")) == path.read_text()


def test_rewriting_makes_the_check_pass(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(notebook(code("1")))

    assert 0 == main([str(path)])
    assert 0 == main(["--check", str(path)])
