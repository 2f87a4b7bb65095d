"""The seal of an executed notebook: a last cell that prints the run's nonce.

What papermill reports of an execution cannot be relied on, see `alertmill.reporting.execution`. The
kernel alone can have printed the nonce of this very run after every other cell, so a notebook that
broke off, or was executed for another run, has no seal of it.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from threading import Lock
from typing import Any

import nbformat
from pydantic import Field

from alertmill.files import write_model
from alertmill.frozen_model import FrozenModel

SEAL = "seal"
"""Id and tag of the cell."""
SEAL_FILE = "seal.json"
_RANDOM_BYTES = 16
_DRAWING = Lock()

_FORMAT: Any = nbformat  # it has no types
_Notebook = Any


class RunSeal(FrozenModel):
    """What the notebooks of a run are sealed with."""

    run_id: str
    nonce: str = Field(description="Drawn by chance, once for each run; hexadecimal.")

    @property
    def text(self) -> str:
        """What the sealed cell prints."""
        return f"Sealed: every cell above ran. Run {self.run_id}, nonce {self.nonce}."

    @property
    def source(self) -> str:
        """Code of the sealed cell."""
        return f'print("{self.text}")'


def seal_of(run_dir: Path) -> RunSeal:
    """Return the seal of a run; the first call draws its nonce. Threads get the same one."""
    path = run_dir / SEAL_FILE
    with _DRAWING:
        if not path.is_file():
            nonce = secrets.token_hex(_RANDOM_BYTES)
            write_model(path, RunSeal(run_id=run_dir.name, nonce=nonce))
    return RunSeal.model_validate_json(path.read_bytes())


def add_seal(notebook: _Notebook, seal: RunSeal) -> None:
    """Append the sealed cell, which is executed last."""
    cell = _FORMAT.v4.new_code_cell(seal.source, id=SEAL, metadata={"tags": [SEAL]})
    notebook.cells.append(cell)


def is_sealed(notebook: _Notebook, seal: RunSeal) -> bool:
    """Return whether the last cell is the seal, and printed its text and nothing else."""
    last = notebook.cells[-1] if notebook.cells else None
    if last is None or last.cell_type != "code" or last.source != seal.source:
        return False
    printed = [(output.output_type, output.get("text")) for output in last.outputs]
    return printed == [("stream", f"{seal.text}\n")]
