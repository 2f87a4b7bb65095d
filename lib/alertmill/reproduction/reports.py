"""Execute the notebooks of a run again, and compare every figure, table and text they show."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import nbformat

from alertmill.errors import UnfinishedRunError
from alertmill.files import copy_file, sha256_of
from alertmill.reporting.execution import execute_template
from alertmill.reporting.outcomes import NotebookOutcome, notebook_path
from alertmill.reporting.sealing import SEAL
from alertmill.reproduction.differences import FileDifference, difference_of
from alertmill.reproduction.parts import ComparedPart, PartState
from alertmill.reproduction.surroundings import Surroundings
from alertmill.runs import Run
from alertmill.threads import usable_cores
from alertmill.wording import counted, listing

NAME = "reports"
_UNIT = "output"
_SUMMARY = "run-summary"
"""Cell that names code and versions."""
_PLACE_IN_MEMORY = re.compile(r" at 0x[0-9a-f]+")
_MOST_NAMED = 3

_FORMAT: Any = nbformat  # it has no types
_Node = Any


def compare_reports(
    original: Run,
    again: Run,
    outcomes: Sequence[NotebookOutcome],
    templates: Path | None,
    surroundings: Surroundings,
) -> ComparedPart:
    """Execute the notebooks that the run completed again, and compare what their cells show.

    Parameters
    ----------
    original, again : Run
        The run, and the same made once more.
    outcomes : sequence of NotebookOutcome
        How the notebooks of the original ended.
    templates : Path, optional
        Folder of the templates.
    surroundings : Surroundings
        Where they differ, the cell that names code and versions is left out.
    """
    complete = [outcome for outcome in outcomes if outcome.is_ok]
    if templates is None or not complete:
        reason = "no report of it is complete" if templates else "their templates are not here"
        return ComparedPart(NAME, PartState.KEPT, reason=reason)
    _take_times(original, again)
    ignored = {SEAL, *([_SUMMARY] if surroundings.differences else [])}
    compare = partial(_compare, original, again, templates, ignored)
    with ThreadPoolExecutor(usable_cores()) as pool:
        compared = list(pool.map(compare, complete))
    found = tuple(difference for _, difference in compared if difference is not None)
    state = PartState.DIFFERS if found else PartState.EQUAL
    return ComparedPart(NAME, state, sum(n for n, _ in compared), found, unit=_UNIT)


def _take_times(original: Run, again: Run) -> None:
    """Let the reports show how long the original took, where nothing but that differs."""
    for made in again.path.rglob("*.parquet"):
        name = made.relative_to(again.path)
        then = original.path / name
        is_other = then.is_file() and sha256_of(then) != sha256_of(made)
        if is_other and difference_of(name.as_posix(), then, made) is None:
            copy_file(then, made)


def _compare(
    original: Run, again: Run, templates: Path, ignored: set[str], outcome: NotebookOutcome
) -> tuple[int, FileDifference | None]:
    """Return how many outputs one notebook has, and how they differ."""
    path, template = f"notebooks/{outcome.template}.ipynb", templates / f"{outcome.template}.ipynb"
    if not template.is_file() or sha256_of(template) != outcome.template_sha256:
        return 0, FileDifference(path, "its template is another one now")
    ended = execute_template(template, again)
    if not ended.is_ok:
        return 0, FileDifference(path, f"it fails now: {ended.summary}")
    then, now = (_shown(notebook_path(run, outcome.template)) for run in (original, again))
    cells = [cell for cell in dict.fromkeys([*then, *now]) if cell not in ignored]
    odd = [cell for cell in cells if then.get(cell) != now.get(cell)]
    n_outputs = sum(len(now.get(cell, ())) for cell in cells)
    return n_outputs, FileDifference(path, _named(odd)) if odd else None


def _shown(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the digests of what each cell of a notebook shows, by the name of the cell."""
    if not path.is_file():
        raise UnfinishedRunError.of(path.parents[1], f"{path.parent.name}/{path.name}")
    cells = _FORMAT.read(path, as_version=4).cells
    return {cell.id: tuple(_digests(cell)) for cell in cells if cell.get("outputs")}


def _digests(cell: _Node) -> Iterator[str]:
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stderr":
            continue  # how far a computation has come, and how long it took
        yield hashlib.sha256(_content(output).encode()).hexdigest()


def _content(output: _Node) -> str:
    """Return an output in the form that a reader sees."""
    if output.output_type == "stream":
        return str(output.text)
    data = output.get("data", {})
    kind = next((k for k in ("image/png", "text/html", "text/markdown") if k in data), "text/plain")
    return _PLACE_IN_MEMORY.sub("", str(data.get(kind, "")))


def _named(cells: Sequence[str]) -> str:
    first = cells[:_MOST_NAMED]
    more = [f"{len(cells) - len(first):,} more"] if len(cells) > len(first) else []
    verb = "shows" if len(cells) == 1 else "show"
    return f"{counted(len(cells), 'cell')} {verb} something else: {listing([*first, *more])}"
