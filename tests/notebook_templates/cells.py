"""Run the cells of a template without a kernel, and say what they deliver."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from matplotlib.figure import Figure

from alertmill.plotting.tables import Table

TEMPLATES = Path(__file__).parents[2] / "notebook_templates"
NOT_IN_A_CELL = (
    ast.FunctionDef,
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.Try,
    ast.ListComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_OPEN_A_RUN = ("alertmill.interactive", "alertmill.reporting", "alertmill.answers")
_OF_A_WHOLE_RUN = ("parameters", "setup", "run-summary", "experiment")


def code_cells(name: str) -> list[Any]:
    """Code cells of a template."""
    notebook = nbformat.read(TEMPLATES / f"{name}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def telling_cells(name: str) -> list[Any]:
    """Code cells of a template that need no whole run folder."""
    return [cell for cell in code_cells(name) if cell.id not in _OF_A_WHOLE_RUN]


def covered(cell: Any) -> list[str]:  # noqa: ANN401 - nbformat has no types
    """Items of the plan that a cell delivers."""
    tags = cell.metadata.get("tags", [])
    return [tag.removeprefix("covers:") for tag in tags if tag.startswith("covers:")]


def import_like(cells: list[Any], names: dict[str, Any]) -> None:
    """Do the imports of the setup cell, but for those that open a run."""
    setup = next(cell for cell in cells if "setup" in cell.metadata.get("tags", []))
    chosen = [
        node
        for node in ast.parse(setup.source.replace("%matplotlib inline", "")).body
        if isinstance(node, ast.ImportFrom)
        and str(node.module).startswith("alertmill.")
        and not str(node.module).startswith(_OPEN_A_RUN)
    ]
    exec(compile(ast.Module([*chosen], []), "setup", "exec"), names)  # noqa: S102 - our own template
    # An answer reads a run folder as a whole; tests/answers and the demo show what it says.
    opening = next(cell for cell in cells if cell.id == "answer")
    names[_called(opening.source)] = lambda *given: given


def _called(source: str) -> str:
    """Name of the function whose value a cell shows."""
    shown = ast.parse(source).body[-1]
    assert isinstance(shown, ast.Expr)
    assert isinstance(shown.value, ast.Call)
    assert isinstance(shown.value.func, ast.Name)
    return shown.value.func.id


def run_cell(source: str, names: dict[str, Any]) -> object:
    """Run a cell and give the value of its last expression."""
    *before, last = ast.parse(source).body
    exec(compile(ast.Module(before, []), "cell", "exec"), names)  # noqa: S102 - our own template
    assert isinstance(last, ast.Expr)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307 - our own template


def holds(shown: list[object], kind: type) -> bool:
    """Whether something of this kind was shown."""
    return any(isinstance(entry, kind) for entry in shown)


def check_what_cells_show(name: str, items: Mapping[str, str], run: object) -> None:
    """Run the cells of a template on ``run``; each shows a figure or table if its item asks so."""
    shown: list[object] = []
    names: dict[str, Any] = {"run": run, "display": lambda *things: shown.extend(things)}
    names["threshold"] = None
    import_like(code_cells(name), names)

    for cell in telling_cells(name):
        shown.clear()
        shown.append(run_cell(cell.source, names))
        kinds = {items[item.partition("-")[2]] for item in covered(cell)}
        assert any(entry is not None for entry in shown), cell.id
        assert "figure" not in kinds or holds(shown, Figure), cell.id
        assert "table" not in kinds or holds(shown, Table), cell.id
