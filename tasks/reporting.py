"""Execute the template notebooks of a run, and publish what came out."""

from pathlib import Path
from typing import Any

from prefect import Flow, State, get_run_logger, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact
from prefect.client.schemas.objects import FlowRun
from prefect.logging.loggers import flow_run_logger

from alertmill.errors import NotebookFailedError
from alertmill.reporting.execution import execute_template
from alertmill.reporting.failure import forget_failure, record_failure
from alertmill.reporting.html import export_html
from alertmill.reporting.index import write_index
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.outcomes import NotebookOutcome, load_outcomes, template_names
from alertmill.reporting.summary import run_markdown
from alertmill.runs import Run
from alertmill.settings import Settings

TEMPLATES = Path(__file__).resolve().parents[1] / "notebook_templates"

__all__ = ["TEMPLATES", "explain_failure", "publish", "render", "template_names"]


@task(task_run_name="render {template}")
def render(template: str, run_dir: Path) -> NotebookOutcome:
    """Execute one template and export its HTML; a failing cell fails the task, after the export.

    The HTML of a failed notebook shows the failing cell: the traceback is part of the audit trail.
    """
    run = Run.open(run_dir)
    outcome = execute_template(TEMPLATES / f"{template}.ipynb", run)
    export_html(run, outcome)
    get_run_logger().info("template=%s seconds=%.1f", template, outcome.seconds)
    if outcome.error is not None:
        raise NotebookFailedError.of(template, cell=outcome.failed_cell, error=outcome.error)
    return outcome


@task
def publish(run_dir: Path) -> Path:
    """Write index.html and the manifest over whatever was rendered, and link to them.

    Raises
    ------
    NotebookFailedError
        If a notebook failed, after the others were published.
    """
    run = Run.open(run_dir)
    forget_failure(run)
    outcomes = load_outcomes(run)
    index = write_index(run, outcomes)
    write_manifest(run)
    create_markdown_artifact(run_markdown(run), key="summary", description=run.run_id)
    create_link_artifact(
        _url_of(index),
        key="report",
        link_text=f"Report of {run.run_id}",
        description="The eight reports and their index",
    )
    get_run_logger().info("index=%s", index)
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if failed:
        raise NotebookFailedError.several([o.template for o in failed], index=index)
    return index


def explain_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Publish a page that says why the flow run stopped, in place of the reports not made."""
    run = Run.find(Settings().alertmill_runs_dir.resolve(), key=str(flow_run.id))
    error = state.result(raise_on_failure=False)
    if run is None or isinstance(error, NotebookFailedError):
        return  # nothing was begun, or the page is published and shows the notebook that failed
    record_failure(run, error)
    index = write_index(run, load_outcomes(run))
    flow_run_logger(flow_run, flow).error("index=%s", index)


def _url_of(index: Path) -> str:
    """Address of the report: below the site that serves the runs folder, else the file itself."""
    settings = Settings()
    if settings.alertmill_report_url is None:
        return index.as_uri()
    below = index.relative_to(settings.alertmill_runs_dir.resolve())
    return f"{settings.alertmill_report_url.rstrip('/')}/{below.as_posix()}"
