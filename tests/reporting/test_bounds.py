"""No cell, report or text is without end, and where something was left out a notice says so."""

# ruff: noqa: ANN401 - nbformat has no types

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest

from alertmill.answers import ANSWER_MEDIA_TYPE
from alertmill.plotting.tables import show_table
from alertmill.reporting.bounds import MOST_BYTES_OF_NOTEBOOK, bound_outputs
from alertmill.reporting.execution import execute_template
from alertmill.reporting.html import export_html
from tests.reporting.example_runs import executed, make_run, read_cells, write_template

_V4: Any = nbformat.v4  # it has no types
MEGABYTE = 10**6


def bounded(*cells: Any) -> list[list[Any]]:
    """Return the outputs of each cell after the bounds."""
    notebook = _V4.new_notebook(cells=list(cells))
    bound_outputs(notebook)
    return [cell.outputs for cell in notebook.cells]


def html_of(n_bytes: int) -> dict[str, str]:
    return {"text/html": "x" * n_bytes}


def test_what_is_within_the_bounds_stays_as_it_is() -> None:
    cell = executed("1", {"text/plain": "one"}, html_of(MEGABYTE))
    before = [dict(output) for output in cell.outputs]

    ((first, second),) = bounded(cell)

    assert before == [first, second]


def test_a_text_without_end_is_cut_with_its_length() -> None:
    stream = _V4.new_code_cell("1")
    stream.outputs = [_V4.new_output("stream", text="x" * 50 * MEGABYTE)]

    ((printed,), (shown,)) = bounded(stream, executed("1", {"text/plain": "y" * MEGABYTE}))

    assert printed.text.endswith("x\n… 50,000,000 letters, cut here")
    assert shown.data["text/plain"].endswith("y\n… 1,000,000 letters, cut here")
    assert len(printed.text) < 201_000


def test_a_traceback_without_end_is_cut() -> None:
    failed = _V4.new_code_cell("1")
    error = _V4.new_output("error", ename="E", evalue="x" * MEGABYTE, traceback=["z" * MEGABYTE])
    failed.outputs = [error]

    ((found,),) = bounded(failed)

    assert found.evalue.endswith("… 1,000,000 letters, cut here")
    assert found.traceback[0].endswith("… 1,000,000 letters, cut here")


def test_of_a_cell_the_outputs_that_are_too_much_are_left_out_and_counted() -> None:
    ((small, notice),) = bounded(executed("1", html_of(MEGABYTE), html_of(5 * MEGABYTE)))

    assert MEGABYTE == len(small.data["text/html"])
    assert (
        "… 1 output of this cell (5.0 MB) is left out: a cell may show 4 MB, a report 12 MB\n"
        == notice.text
    )


def test_of_a_report_the_cells_after_the_bound_show_a_notice() -> None:
    n_cells = 6
    shown = (html_of(3 * MEGABYTE), html_of(MEGABYTE // 2))
    cells = [executed("1", *shown, cell_id=f"cell-{n}") for n in range(n_cells)]

    outputs = bounded(*cells)

    sizes = [len(o.data["text/html"]) for found in outputs for o in found if "data" in o]
    assert sum(sizes) <= MOST_BYTES_OF_NOTEBOOK
    assert "2 outputs of this cell (3.5 MB) are left out" in outputs[-1][0].text


def test_the_answer_of_a_report_stays_whatever_else_its_cell_shows() -> None:
    answer = {ANSWER_MEDIA_TYPE: "yes", "text/html": "<p>yes</p>"}

    ((notice_or_answer, *_),) = bounded(executed("1", html_of(9 * MEGABYTE), answer))

    assert "<p>yes</p>" == notice_or_answer.data["text/html"]


def test_a_text_of_the_chain_is_cut_in_a_table() -> None:
    frame = pl.DataFrame({"description": ["d" * MEGABYTE], "names": [["n" * 999] * 9]})

    html = show_table(frame, "Alerts")._repr_html_()

    assert len(html) < 5000
    assert "… (1,000,000 letters, cut here)" in html


@pytest.mark.slow
def test_a_cell_that_prints_50_mb_makes_a_complete_report_of_a_bounded_size(
    tmp_path: Path,
) -> None:
    run = make_run(tmp_path)
    show = "from IPython.display import HTML, display\ndisplay(HTML('<p>' + 'w ' * 3_000_000))"
    template = write_template(tmp_path, "print('x' * 50_000_000)", show, "'last'")

    outcome = execute_template(template, run)
    page = export_html(run, outcome)

    assert outcome.is_ok
    assert page.stat().st_size < MEGABYTE
    assert "letters, cut here" in page.read_text()
    assert "output of this cell (6.0 MB) is left out" in page.read_text()
    assert "'last'" in read_cells(run)[-1].outputs[0].data["text/plain"]
