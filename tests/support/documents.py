"""Blocks of code in the documents and in the texts of the notebooks.

A comment before a block says that the block is not run, and why, or which other test runs it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

PROJECT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>(?:not run: |run in )[^\n]*) -->\n)?"
    r"```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_PAGES = ("README.md", "CONTRIBUTING.md", "notebook_templates/README.md")


@dataclass(frozen=True)
class Block:
    """A block of code, where it stands and what is said about running it."""

    document: str
    line: int
    language: str
    text: str
    mark: str
    """``not run: <reason>`` or ``run in <path of a test>``; empty means that it is run here."""

    def __str__(self) -> str:
        """Return its place."""
        return f"{self.document}:{self.line}"


def blocks_of(*languages: str) -> list[Block]:
    """Return the blocks of these languages in README.md, CONTRIBUTING.md and docs."""
    documents = [*(PROJECT / page for page in _PAGES), *sorted((PROJECT / "docs").rglob("*.md"))]
    found = [
        block
        for path in documents
        for block in _blocks_in(path.read_text(), path.relative_to(PROJECT).as_posix())
    ]
    return [block for block in found if block.language in languages]


def blocks_of_notebooks() -> list[Block]:
    """Return the blocks in the texts of the notebooks, whatever their language."""
    reading: Any = nbformat  # it has no types
    return [
        block
        for path in sorted((PROJECT / "notebook_templates").glob("*.ipynb"))
        for cell in reading.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
        for block in _blocks_in(cell.source, f"{path.name}#{cell.id}")
    ]


def _blocks_in(text: str, document: str) -> list[Block]:
    return [
        Block(
            document=document,
            line=text[: match.start("text")].count("\n"),
            language=match["language"],
            text=match["text"],
            mark=match["mark"] or "",
        )
        for match in _BLOCK.finditer(text)
    ]
