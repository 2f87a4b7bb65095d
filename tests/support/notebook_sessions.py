"""Cells that run one after the other in a real kernel, as somebody types them into a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from alertmill.reporting.kernels import private_kernel, run_alone

TEMPLATES = Path(__file__).resolve().parents[2] / "notebook_templates"
_V4: Any = nbformat.v4  # it has no types


def run_session(*sources: str) -> list[list[Any]]:
    """Run cells in the folder of the templates, and return the outputs of each."""
    notebook = _V4.new_notebook(cells=[_V4.new_code_cell(source) for source in sources])

    def execute() -> None:
        with private_kernel([]) as manager:
            NotebookClient(
                notebook,
                kernel_manager_class=manager,
                kernel_name="python3",
                resources={"metadata": {"path": str(TEMPLATES)}},
                timeout=300,
            ).execute()

    run_alone(execute)
    return [cell.outputs for cell in notebook.cells]


def figures_in(outputs: list[Any]) -> list[str]:
    """Alternative texts of the pictures among the outputs of a cell, in their order."""
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    return [picture["metadata"].get("image/png", {}).get("alt", "") for picture in pictures]
