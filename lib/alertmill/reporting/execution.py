"""Execute template notebooks; the only module that knows papermill."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from alertmill.answers import ANSWER_MEDIA_TYPE, Answer
from alertmill.files import sha256_of, write_text
from alertmill.redaction import redacted
from alertmill.reporting.bounds import bound_outputs, cut_text
from alertmill.reporting.kernels import (
    MEMORY_ADVICE,
    KernelProcess,
    private_kernel,
    run_alone,
)
from alertmill.reporting.outcomes import (
    NotebookOutcome,
    ReportedRun,
    Status,
    load_outcome,
    load_outcomes,
    notebook_path,
    outcome_path,
    save_outcome,
    template_names,
)
from alertmill.reporting.scrubbing import redact_outputs
from alertmill.reporting.sealing import SEAL, RunSeal, add_seal, is_sealed, seal_of

__all__ = [
    "NotebookOutcome",
    "Status",
    "execute_template",
    "load_outcome",
    "load_outcomes",
    "save_outcome",
    "template_names",
]

PARAMETER = "run_dir"
_KERNEL = "python3"
_INJECTED = "injected-parameters"
_START_SECONDS = 120
_IOPUB_SECONDS = 60
"""A busy machine sends a large figure late; nbclient's own 4 s would fail the cell."""
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_WANTS_MEMORY = re.compile(r"\w*MemoryError\b|[^\n]*\bbad_alloc\b")
_FORMAT_VERSION = 4

_FORMAT: Any = nbformat  # it has no types
_Notebook = Any


def execute_template(
    template: Path, run: ReportedRun, *, timeout_seconds: float = 600
) -> NotebookOutcome:
    """Execute a template on a run, into its ``notebooks/``, and keep how it ended beside it.

    The outcome does not rely on what papermill returns: it is ok only when every code cell has
    completed with a number and the last one printed the seal of the run, so a dead kernel,
    ``sys.exit(0)`` or a skipped cell is a failure. Safe to call from several threads at once. A
    notebook that has succeeded is not executed again unless its template, a stage or a scored day
    of the run is newer; to have that, remove it.

    Parameters
    ----------
    template : Path
        Notebook that declares the one parameter ``run_dir``. Its folder is the kernel's working
        directory.
    run : Run
        The run to report on.
    timeout_seconds : float
        Limit for all cells together.
    """
    output, seal = notebook_path(run, template.stem), seal_of(run.path)
    stored = _still_valid(template, run, output, seal)
    if stored is not None:
        return stored
    notebook = _read(template)
    started = time.monotonic()
    error = _undeclared(notebook)
    failed_cell: str | None = "parameters" if error else None
    if error is None:
        add_seal(notebook, seal)
        kernels: list[KernelProcess] = []
        error = _execute(
            notebook, template.parent, run.path, kernels, timeout_seconds=timeout_seconds
        )
        failed_cell, error = _incomplete(notebook, seal, error)
        error = _with_memory(error, kernels)
    notebook.metadata.pop("papermill", None)  # absolute paths are nobody's business
    bound_outputs(notebook)
    redact_outputs(notebook)
    # No reader, and no retry, may take the outcome of an earlier notebook for this one's.
    outcome_path(output).unlink(missing_ok=True)
    write_text(output, _written(notebook))
    title, about = _headline(notebook)
    outcome = NotebookOutcome(
        template=template.stem,
        title=title or template.stem,
        about=about,
        answer=_answer(notebook),
        status=Status.OK if error is None else Status.FAILED,
        failed_cell=failed_cell,
        error=error and redacted(error),
        seconds=round(time.monotonic() - started, 3),
        template_sha256=sha256_of(template),
    )
    save_outcome(output, outcome)
    return outcome


def _still_valid(
    template: Path, run: ReportedRun, output: Path, seal: RunSeal
) -> NotebookOutcome | None:
    """Return the outcome of an earlier execution, if doing it again would give the same."""
    stored = load_outcome(output)
    if stored is None or not stored.is_ok or not output.is_file():
        return None
    if not _holds_seal(output, seal):
        return None
    made_at = outcome_path(output).stat().st_mtime_ns
    records = [*(run.path / "stages").glob("*.json"), *(run.path / "days").glob("*.json")]
    is_newest = all(record.stat().st_mtime_ns <= made_at for record in records)
    return stored if is_newest and stored.template_sha256 == sha256_of(template) else None


def _holds_seal(path: Path, seal: RunSeal) -> bool:
    try:
        return is_sealed(_read(path), seal)
    except ValueError:  # it was damaged since
        return False


def _read(path: Path) -> _Notebook:
    return _FORMAT.reads(path.read_text(encoding="utf-8"), as_version=_FORMAT_VERSION)


def _written(notebook: _Notebook) -> str:
    return f"{_FORMAT.writes(notebook)}\n"


def _undeclared(notebook: _Notebook) -> str | None:
    """Return what is wrong with the parameters cell: papermill would inject an unknown one."""
    cells = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    if not cells:
        return "UndeclaredParameter: the template has no cell with the tag 'parameters'"
    assigned = {
        target.id
        for node in ast.parse(cells[0].source).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    if PARAMETER in assigned:
        return None
    return (
        f"UndeclaredParameter: the parameters cell does not assign {PARAMETER!r}; "
        f'add the line {PARAMETER} = "" to it'
    )


def _execute(
    notebook: _Notebook,
    folder: Path,
    run_dir: Path,
    kernels: list[KernelProcess],
    *,
    timeout_seconds: float,
) -> str | None:
    """Run all cells in place; give what stopped it, when papermill told.

    papermill's `execute_notebook` changes the working directory of this whole process, so the parts
    it is made of are called instead.
    """
    from nbclient.exceptions import CellControlSignal, DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    prepared = load_notebook_node(notebook)
    filled = parameterize_notebook(prepared, {PARAMETER: str(run_dir.resolve())})
    notebook.cells, notebook.metadata = filled.cells, filled.metadata
    for cell in notebook.cells:
        if _INJECTED in cell.metadata.tags:
            cell["id"] = _INJECTED  # papermill draws one by chance

    def execute() -> None:
        with private_kernel(kernels) as manager:
            papermill_engines.execute_notebook_with_engine(
                None,
                notebook,
                _KERNEL,
                progress_bar=False,
                start_timeout=_START_SECONDS,
                kernel_manager_class=manager,
                shutdown_kernel="immediate",
                timeout_func=_countdown(timeout_seconds),
                iopub_timeout=_IOPUB_SECONDS,
                resources={"metadata": {"path": str(folder.resolve())}},
            )

    try:
        run_alone(execute)
    except (RuntimeError, TimeoutError, CellControlSignal) as error:
        has_died = isinstance(error, DeadKernelError)
        killed = [kernel.killed_by for kernel in kernels if has_died and kernel.killed_by]
        return f"{type(error).__name__}: {killed[0] if killed else str(error).strip()}"
    return None


def _countdown(seconds: float) -> Callable[[object], float]:
    """Return each cell what is left of the notebook's time."""
    end = time.monotonic() + seconds
    return lambda _cell: max(end - time.monotonic(), 1.0)


def _incomplete(
    notebook: _Notebook, seal: RunSeal, stopped_by: str | None
) -> tuple[str | None, str | None]:
    """Find the cell that did not complete, and its error; nothing when all did."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if stopped_by is not None:
        begun = [cell for cell in cells if cell.metadata.get("papermill", {}).get("start_time")]
        return (begun[-1].id if begun else None), stopped_by
    for cell in cells:
        if not _is_complete(cell):
            return cell.id, _error_in(cell)
    if not is_sealed(notebook, seal):
        return SEAL, f"MissingSeal: the last cell did not print {seal.text!r}"
    return None, None


def _with_memory(error: str | None, kernels: list[KernelProcess]) -> str | None:
    """Return an error with how much memory there was, if it is for want of it."""
    if error is None or not kernels or not _WANTS_MEMORY.match(error):
        return error
    first, *rest = error.splitlines()
    words = f"{first.rstrip(' :')} ({kernels[0].memory}); {MEMORY_ADVICE}"
    return "\n".join([words, *rest])


def _is_complete(cell: _Notebook) -> bool:
    state = cell.metadata.get("papermill", {}).get("status")
    has_error = any(output.output_type == "error" for output in cell.outputs)
    return state == "completed" and cell.execution_count is not None and not has_error


def _error_in(cell: _Notebook) -> str:
    for output in cell.outputs:
        if output.output_type == "error":
            lines = [f"{output.ename}: {output.evalue}", *output.traceback]
            return _plain("\n".join(lines))
    return "IncompleteCell: the kernel ended before the cell was done, without an error"


def _plain(text: str) -> str:
    return cut_text(_ANSI.sub("", text))


def _headline(notebook: _Notebook) -> tuple[str, str]:
    """Return the H1 of the notebook and the paragraph below it."""
    texts = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    first = next((text for text in texts if text.startswith("# ")), "")
    title, _, rest = first.partition("\n")
    return title.removeprefix("# ").strip(), " ".join(rest.strip().partition("\n\n")[0].split())


def _answer(notebook: _Notebook) -> str:
    """Return the sentences that answer the report's question; empty where no cell shows any."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            found = output.get("data", {}).get(ANSWER_MEDIA_TYPE)
            if found is not None:
                return Answer.model_validate(found).text
    return ""
