"""Small runs, templates and executed notebooks, for tests of what is made of them."""

# ruff: noqa: ANN401 - nbformat has no types

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import nbformat
import polars as pl

from alertmill.evaluation.evaluate import evaluate
from alertmill.files import write_model, write_parquet, write_text
from alertmill.parameters import TrainingParameters
from alertmill.reporting.outcomes import NotebookOutcome, Status, save_outcome
from alertmill.reporting.sealing import SEAL
from alertmill.runs import Run, Stage
from tests.evaluation.factories import make_predictions

_V4: Any = nbformat.v4  # it has no types
_WRITES: Any = nbformat.writes
PARAMETERS = TrainingParameters(
    network="ethereum", start_date=date(2024, 1, 1), end_date=date(2024, 2, 29), review_budget=5
)
TITLE = "# An example\n\nDecides whether\nthe example is good.\n\nMore words."


def make_run(folder: Path) -> Run:
    """Start a run whose extraction is finished."""
    now = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
    run = Run.create(folder / "runs", PARAMETERS, key="example", now=now)
    alerts = pl.DataFrame({"processing_date": [date(2024, 1, 1), date(2024, 1, 3)]})
    path = run.path / "data" / "alerts.parquet"

    def produce() -> list[Path]:
        write_parquet(path, alerts)
        return [path]

    run.complete(Stage.EXTRACT, produce)
    return run


def add_evaluation(run: Run) -> None:
    """Finish the evaluation of a run, over predictions that were drawn."""
    path = run.path / "evaluation" / "metrics.json"

    def produce() -> list[Path]:
        write_model(path, evaluate(make_predictions(), review_budget=5, n_bootstrap=50, seed=1))
        return [path]

    run.complete(Stage.EVALUATE, produce)


def write_template(
    folder: Path,
    *sources: str,
    name: str = "01_example",
    parameters: str = 'run_dir = ""',
) -> Path:
    """Write a template of code cells called cell-1, cell-2 and so on."""
    cells = [
        markdown("title", TITLE),
        _V4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}),
        *(_V4.new_code_cell(text, id=f"cell-{n}") for n, text in enumerate(sources, 1)),
    ]
    path = folder / f"{name}.ipynb"
    write_text(path, _written(cells))
    return path


def add_report(
    run: Run, *cells: Any, name: str = "01_example", error: str | None = None
) -> NotebookOutcome:
    """Put an executed notebook into a run, without a kernel; with an error, cell-1 failed."""
    path = run.path / "notebooks" / f"{name}.ipynb"
    write_text(path, _written([markdown("title", TITLE), *cells]))
    outcome = NotebookOutcome(
        template=name,
        title="An example",
        about="Decides whether the example is good.",
        status=Status.FAILED if error else Status.OK,
        failed_cell="cell-1" if error else None,
        error=error,
        seconds=12.3,
        template_sha256="0" * 64,
    )
    save_outcome(path, outcome)
    return outcome


def markdown(cell_id: str, source: str) -> Any:
    """Make a cell of text."""
    return _V4.new_markdown_cell(source, id=cell_id)


def executed(
    source: str, *outputs: dict[str, str], cell_id: str = "cell-1", tags: tuple[str, ...] = ()
) -> Any:
    """Make a code cell that showed ``outputs``, each a mapping of kind to content."""
    shown = [_V4.new_output("display_data", data=data) for data in outputs]
    metadata = {"tags": list(tags)}
    return _V4.new_code_cell(
        source, id=cell_id, metadata=metadata, outputs=shown, execution_count=1
    )


def read_cells(run: Run, name: str = "01_example") -> list[Any]:
    """Read the cells of an executed notebook, without the seal at its end."""
    return [cell for cell in read_notebook(run, name).cells if cell.id != SEAL]


def read_notebook(run: Run, name: str = "01_example") -> Any:
    """Read an executed notebook."""
    read: Any = nbformat.read
    return read(run.path / "notebooks" / f"{name}.ipynb", as_version=4)


def _written(cells: list[Any]) -> str:
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    text: str = _WRITES(_V4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))
    return text
