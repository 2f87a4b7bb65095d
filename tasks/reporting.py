"""Execute the template notebooks of a run, and publish what came out."""

from pathlib import Path

from alertmill.reporting.execution import NotebookOutcome, execute_template
from alertmill.reporting.html import export_html
from prefect import task
from prefect.states import Completed, Failed, State

from alertmill.runs import Run

TEMPLATES = Path(__file__).resolve().parents[1] / "notebook_templates"


def template_names() -> list[str]:
    """Name the report templates in their order, 01_data_exploration first."""
    return sorted(path.stem for path in TEMPLATES.glob("[0-9][0-9]_*.ipynb"))


@task(task_run_name="render {template}")
def render(template: str, run_dir: Path) -> State[NotebookOutcome]:
    """Execute one template and export its HTML; a failing cell fails the task, after the export.

    The HTML of a failed notebook shows the failing cell: the traceback is part of the audit trail.
    """
    run = Run.open(run_dir)
    outcome = execute_template(
        TEMPLATES / f"{template}.ipynb", run_dir, run_dir / "notebooks" / f"{template}.ipynb"
    )
    export_html(run, outcome)
    if outcome.status == "failed":
        return Failed(message=f"{template}: {outcome.error}", data=outcome)
    return Completed(message=f"{outcome.seconds:.1f} seconds", data=outcome)
