"""The one committed form of a notebook: no outputs, no noise, readable cell ids.

``python -m alertmill.reporting.canonical [--check] FILES`` rewrites notebooks, or names those that
are in another form and ends with 1.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import nbformat

from alertmill.files import write_text

_FORMAT: Any = nbformat  # it has no types
_KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_MADE_BY_PAPERMILL = {"injected-parameters", "papermill-error-cell-tag"}
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?")
_WORDS_IN_ID = 5
_ID_LENGTH = 64


def canonical(text: str) -> str:
    """Rewrite a notebook's JSON in the committed form.

    Outputs and execution counts go, of cell metadata only the tags stay, the kernel is ``python3``,
    and cell ids are slugs: an id made by a program is replaced by the first words of its cell.
    Cells that papermill put in are dropped. Doing it again changes nothing.

    Parameters
    ----------
    text : str
        An .ipynb of any version 4 format.
    """
    notebook = _FORMAT.convert(_FORMAT.reads(text, as_version=_FORMAT.NO_CONVERT), 4)
    kept = [cell for cell in notebook.cells if not _MADE_BY_PAPERMILL & set(_tags(cell))]
    ids: set[str] = set()
    for cell in kept:
        cell["id"] = _unique(_slug(cell), ids)
    return _written([_clean(cell) for cell in kept])


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite or check the notebooks named on the command line; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m alertmill.reporting.canonical")
    parser.add_argument("--check", action="store_true", help="change nothing, only name files")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    others = [path for path in options.files if not is_canonical(path)]
    for path in others:
        if options.check:
            sys.stderr.write(f"{path} is not in the committed form; run `make notebooks`.\n")
        else:
            write_text(path, canonical(path.read_text(encoding="utf-8")))
    return int(options.check and bool(others))


def is_canonical(path: Path) -> bool:
    """Return True if the notebook is in the committed form, to the byte."""
    text = path.read_text(encoding="utf-8")
    return canonical(text) == text


def _tags(cell: Any) -> list[str]:  # noqa: ANN401 - nbformat has no types
    return list(cell.metadata.get("tags", []))


def _clean(cell: Any) -> Any:  # noqa: ANN401 - nbformat has no types
    metadata = {"tags": _tags(cell)} if _tags(cell) else {}
    source = "\n".join(line.rstrip() for line in cell.source.strip("\n").split("\n"))
    make = _FORMAT.v4.new_code_cell if cell.cell_type == "code" else _FORMAT.v4.new_markdown_cell
    return make(source=source, metadata=metadata, id=cell["id"])


def _written(cells: list[Any]) -> str:
    metadata = {"kernelspec": _KERNELSPEC, "language_info": {"name": "python"}}
    notebook = _FORMAT.v4.new_notebook(cells=cells, metadata=metadata)
    notebook.nbformat_minor = 5
    _FORMAT.validate(notebook)
    return f"{_FORMAT.writes(notebook)}\n"


def _slug(cell: Any) -> str:  # noqa: ANN401 - nbformat has no types
    old = str(cell.get("id", ""))
    if _SLUG.fullmatch(old) and not _RANDOM_ID.fullmatch(old):
        return old
    words = re.findall(r"[a-z0-9]+", cell.source.lower())[:_WORDS_IN_ID]
    return "-".join(["cell", *words] if not words or not words[0].isalpha() else words)[:_ID_LENGTH]


def _unique(slug: str, taken: set[str]) -> str:
    numbered = (slug if n == 1 else f"{slug[: _ID_LENGTH - 4]}-{n}" for n in count(1))
    free = next(name for name in numbered if name not in taken)
    taken.add(free)
    return free


if __name__ == "__main__":
    sys.exit(main())
