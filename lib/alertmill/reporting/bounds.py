"""How much the cells of a notebook may show; where a bound applied, a notice says so."""

from __future__ import annotations

import json
from typing import Any

import nbformat

from alertmill.answers import ANSWER_MEDIA_TYPE
from alertmill.reporting.sealing import SEAL
from alertmill.wording import counted

MOST_LETTERS = 200_000
"""Of one text: a cell that prints without end must not fill the disk."""
MOST_BYTES_OF_CELL = 4_000_000
MOST_BYTES_OF_NOTEBOOK = 12_000_000
"""Of the outputs of all cells: a page of more opens slowly, and no mail takes it."""
_MEGABYTE = 1e6
_RULE = (
    f"a cell may show {MOST_BYTES_OF_CELL / _MEGABYTE:g} MB, "
    f"a report {MOST_BYTES_OF_NOTEBOOK / _MEGABYTE:g} MB"
)

_V4: Any = nbformat.v4  # it has no types
_Node = Any


def bound_outputs(notebook: _Node) -> None:
    """Cut texts that are too long, and leave out outputs that exceed the bounds, in place.

    The seal and the answer of a report stay, whatever else its cells show.
    """
    room = MOST_BYTES_OF_NOTEBOOK
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.get("id") != SEAL:
            room -= _bound_cell(cell, room)


def cut_text(text: str) -> str:
    """Return a text of at most 200,000 letters, with a notice where more were there.

    Examples
    --------
    >>> cut_text("short"), cut_text("x" * 200_001)[-27:]
    ('short', '… 200,001 letters, cut here')
    """
    if len(text) <= MOST_LETTERS:
        return text
    return f"{text[:MOST_LETTERS]}\n… {len(text):,} letters, cut here"


def _bound_cell(cell: _Node, room: int) -> int:
    """Bound the outputs of a cell; return how many bytes are left of them."""
    kept, used, left_out = [], 0, []
    for output in cell.outputs:
        _cut_texts(output)
        size = len(json.dumps(output))
        if used + size <= min(room, MOST_BYTES_OF_CELL) or _is_answer(output):
            kept.append(output)
            used += size
        else:
            left_out.append(size)
    if left_out:
        kept.append(_V4.new_output("stream", name="stdout", text=_notice(left_out)))
    cell.outputs = kept
    return used


def _cut_texts(output: _Node) -> None:
    if output.output_type == "stream":
        output.text = cut_text(output.text)
    elif output.output_type == "error":
        output.evalue = cut_text(output.evalue)
        whole = "\n".join(output.traceback)
        output.traceback = output.traceback if len(whole) <= MOST_LETTERS else [cut_text(whole)]
    elif isinstance(output.data.get("text/plain"), str):
        output.data["text/plain"] = cut_text(output.data["text/plain"])


def _is_answer(output: _Node) -> bool:
    return ANSWER_MEDIA_TYPE in output.get("data", {})


def _notice(sizes: list[int]) -> str:
    verb = "is" if len(sizes) == 1 else "are"
    return (
        f"… {counted(len(sizes), 'output')} of this cell ({sum(sizes) / _MEGABYTE:,.1f} MB) "
        f"{verb} left out: {_RULE}\n"
    )
