"""Execute the template notebooks of a run, and publish what came out."""

from pathlib import Path
from typing import Any

from prefect import Flow, State, get_run_logger, runtime, task
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import FlowRun
from prefect.logging.loggers import flow_run_logger
from prefect.states import Completed, Failed

from alertmill.audit.ledger import SignedLedger
from alertmill.errors import (
    AlertmillError,
    NotebookFailedError,
    RunCancelledError,
    RunDiedError,
    RunTimedOutError,
)
from alertmill.reporting.addresses import ReportSite
from alertmill.reporting.card_page import write_card
from alertmill.reporting.ending import RunEnding, ending_of, linked_sentence, with_link
from alertmill.reporting.execution import execute_template
from alertmill.reporting.failure import describe_error, forget_failure, record_failure
from alertmill.reporting.html import export_html
from alertmill.reporting.index import INDEX, write_index
from alertmill.reporting.kernels import warm_up
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.outcomes import (
    NotebookOutcome,
    load_outcomes,
    record_missing,
    template_names,
)
from alertmill.reporting.signing import sign_run
from alertmill.reporting.story import tell_story
from alertmill.runs import Run
from alertmill.settings import Settings
from tasks.runs import run_of

TEMPLATES = Path(__file__).resolve().parents[1] / "notebook_templates"

_TIMED_OUT = "TimedOut"
"""Name that Prefect gives to the state of a run that exceeded its time limit."""

__all__ = [
    "TEMPLATES",
    "concluded",
    "explain_end",
    "prepare_kernels",
    "publish",
    "render",
    "stopped",
    "template_names",
]


def _name_of_report(parameters: dict[str, Any]) -> str:
    return f"report {_in_words(parameters['template'])}"


def _in_words(template: str) -> str:
    return template.replace("_", " ")


def prepare_kernels() -> None:
    """Begin to import what the notebooks need, on a core that the stages before them leave idle."""
    warm_up()


@task(task_run_name=_name_of_report)  # type: ignore[arg-type]  # a class method is asked of it
def render(template: str, run_dir: Path) -> NotebookOutcome:
    """Execute one template and export its HTML; a failing cell fails the task, after the export.

    The HTML of a failed notebook shows the failing cell: the traceback is part of the audit trail.
    """
    run = Run.open(run_dir)
    outcome = execute_template(TEMPLATES / f"{template}.ipynb", run)
    export_html(run, outcome)
    get_run_logger().info("Report %s took %.0f s.", _in_words(template), outcome.seconds)
    if outcome.error is not None:
        raise NotebookFailedError.of(template, cell=outcome.failed_cell, error=outcome.error)
    return outcome


@task(task_run_name="publish the reports")
def publish(run_dir: Path) -> Path:
    """Write the model card, index.html and the manifest over what was rendered, and sign it.

    Raises
    ------
    NotebookFailedError
        If a notebook failed, after the others were published.
    """
    run = Run.open(run_dir)
    forget_failure(run)
    record_missing(run, TEMPLATES)
    outcomes = load_outcomes(run)
    write_card(run)
    index = write_index(run, outcomes)
    write_manifest(run)
    sign_run(run, SignedLedger.of(Settings(), run.path.parents[1]))
    get_run_logger().info("The reports are published: %s", index)
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    if failed:
        raise NotebookFailedError.several([o.template for o in failed], index=index)
    return index


def concluded(run_dir: Path) -> State[Path]:
    """Return the final state of a flow run: its name is the verdict, its message links the reports.

    The page of the run, as an artifact, tells the rest.
    """
    run, site = Run.open(run_dir), ReportSite.of(Settings())
    ending = ending_of(run)
    _publish_story(run, ending, site)
    message = with_link(ending.sentence, run, site)
    return Completed(name=ending.title, message=message, data=run.path / "reports" / INDEX)


def stopped(error: Exception) -> State[Any]:
    """Return the failed state of the present flow run; its message says what to do.

    A page in place of the reports says why, unless the run was published before.
    """
    if not isinstance(error, AlertmillError):
        get_run_logger().error("An error that this program does not know", exc_info=error)
    run = run_of(str(runtime.flow_run.id))
    if run is None:
        return Failed(message=describe_error(error), data=error)
    ending, site = _record(run, error), ReportSite.of(Settings())
    _publish_story(run, ending, site)
    return Failed(message=with_link(ending.sentence, run, site), data=error)


def explain_end(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Write the page that says why the flow run ended, if it could not write one itself."""
    run = run_of(str(flow_run.id))
    error = _end_from_outside(flow, state)
    if run is None or error is None:
        return  # nothing was begun, or `stopped` has written it
    sentence = _record(run, error).sentence
    flow_run_logger(flow_run, flow).error(with_link(sentence, run, ReportSite.of(Settings())))


def _end_from_outside(flow: Flow[..., Any], state: State[Any]) -> AlertmillError | None:
    """Return why a flow run ended that had no chance to say it; None if it had one."""
    if state.is_crashed():
        return RunDiedError.of(state.message or "")
    if state.is_cancelling() or state.is_cancelled():
        return RunCancelledError.by_a_person()
    if state.name == _TIMED_OUT:
        return RunTimedOutError.of(flow.timeout_seconds)
    return None


def _record(run: Run, error: BaseException) -> RunEnding:
    """Write down why a run ended, and its first page; a published run stays as it is."""
    if run.is_finished and isinstance(error, NotebookFailedError):
        return ending_of(run)
    failure = record_failure(run, error)
    if not run.is_finished:
        write_index(run, load_outcomes(run))
    return RunEnding("Failed", failure.sentence)


def _publish_story(run: Run, ending: RunEnding, site: ReportSite) -> None:
    create_markdown_artifact(
        tell_story(run, ending, site),
        key="report",
        description=linked_sentence(ending.sentence, run, site),
    )
