"""What the sections of the reports ask and answer, for the search on the first page of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from alertmill.reporting.outcomes import NotebookOutcome, notebook_path, report_path
from alertmill.runs import Run

_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)
_MARKUP = re.compile(r"`|\*\*")
_COVERS = "covers:"
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9_-]")
_Cell = Any
"""A cell of a notebook, whose format is defined elsewhere."""


@dataclass(frozen=True)
class ReportSection:
    """A section of a report, or a whole one: where it lies, what it asks, and what was found."""

    report: str
    href: str
    heading: str
    answers: tuple[str, ...]
    """Computed sentences and titles of figures, in their order."""


def find_sections(run: Run, outcomes: Sequence[NotebookOutcome]) -> list[ReportSection]:
    """Return the reports that have a page, each followed by its sections."""
    return [
        section
        for outcome in outcomes
        if report_path(run, outcome.template).is_file()
        for section in _sections(run, outcome)
    ]


def heading_of(cell: _Cell) -> str | None:
    """Return the heading that begins a section, as plain text; None where none begins."""
    if cell["cell_type"] != "markdown":
        return None
    found = _HEADING.search(_joined(cell["source"]))
    return _MARKUP.sub("", found[1]).strip() if found else None


def anchors_of(cell: _Cell) -> list[str]:
    """Return the ids of a cell in its page: the plan's items that it delivers, then its own."""
    covered = [
        tag.removeprefix(_COVERS)
        for tag in cell["metadata"].get("tags", ())
        if tag.startswith(_COVERS)
    ]
    return [_NOT_IN_AN_ID.sub("-", name) for name in (*covered, cell.get("id", ""))]


def _sections(run: Run, outcome: NotebookOutcome) -> Iterator[ReportSection]:
    page = quote(report_path(run, outcome.template).name)
    yield ReportSection(outcome.title, page, outcome.title, (outcome.answer or outcome.about,))
    content = json.loads(notebook_path(run, outcome.template).read_text(encoding="utf-8"))
    begun: tuple[str, str] | None = None
    answers: list[str] = []
    for cell in [*content["cells"], None]:
        heading = heading_of(cell) if cell else None
        if begun and (heading or cell is None):
            yield ReportSection(outcome.title, f"{page}#{begun[0]}", begun[1], tuple(answers))
        if heading:
            begun, answers = (anchors_of(cell)[0], heading), []
        elif cell:
            answers += _answers(cell)


def _answers(cell: _Cell) -> Iterator[str]:
    for output in cell.get("outputs", ()):
        data, metadata = output.get("data", {}), output.get("metadata", {})
        alt = metadata.get("image/png", {}).get("alt")
        if alt:
            yield alt
        elif _joined(data.get("text/html", "")).startswith("<p>"):
            yield _joined(data.get("text/plain", ""))


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
