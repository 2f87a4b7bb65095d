"""Score the snapshots that have no scores yet, and say what came out."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import State, get_run_logger, runtime, task
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed

from alertmill.audit.ledger import SignedLedger
from alertmill.errors import AlertmillError, NoChampionError, NotebookFailedError
from alertmill.parameters import ScoringParameters
from alertmill.reporting.failure import describe_error
from alertmill.reporting.kernels import clear_kernel_folders
from alertmill.reporting.outcomes import report_path
from alertmill.reporting.scoring_report import report_on_scores
from alertmill.scoring.days import score_days
from alertmill.scoring.folder import ScoringRun
from alertmill.scoring.report import ScoringReport, table_of_days
from alertmill.settings import Settings
from tasks.database import client_of, is_worth_retrying
from tasks.days import scheduled_start
from tasks.endings import stopped
from tasks.reporting import TEMPLATES


def name_of_run() -> str:
    """Return the name of this flow run: the network and the last day that it scores."""
    parameters = ScoringParameters.model_validate(runtime.flow_run.parameters["parameters"])
    return f"{parameters.network} scores of {parameters.end_date or scheduled_start().date()}"


@task(
    task_run_name="score snapshots",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=is_worth_retrying,
)
def score_snapshots(parameters: ScoringParameters) -> ScoringReport:
    """Score every new or corrected day; a retry skips those that are scored."""
    kept = ScoringRun.of(
        Settings().alertmill_runs_dir.resolve(),
        parameters,
        key=str(runtime.flow_run.id),
        now=datetime.now(UTC),
    )
    with client_of(parameters.network) as client:
        return score_days(client, parameters, day=scheduled_start().date(), kept=kept)


@task(task_run_name="report scores")
def report_scores(scored: ScoringReport) -> None:
    """Publish what became of every day as a table."""
    if scored.days:
        create_table_artifact(table_of_days(scored), key="scores", description=scored.summary)
    get_run_logger().info("%s", scored.summary)


@task(task_run_name="report the review queue")
def report_queue(scored: ScoringReport, parameters: ScoringParameters) -> Path | None:
    """Make the report of the latest scored day from the folder of the run, and sign it.

    Returns its page; None if nothing was scored, or no report is asked for.

    Raises
    ------
    NotebookFailedError
        If a cell of the notebook failed; its page is published and shows the error.
    """
    if scored.run_dir is None or not parameters.report:
        return None
    run = ScoringRun.open(scored.run_dir)
    clear_kernel_folders()
    outcome = report_on_scores(run, TEMPLATES, SignedLedger.of(Settings(), run.runs_dir))
    if outcome.error is not None:
        raise NotebookFailedError.of(
            outcome.template, cell=outcome.failed_cell, error=outcome.error
        )
    page = report_path(run, outcome.template)
    get_run_logger().info("The report is published: %s", page)
    return page


def unreported(scored: ScoringReport, error: Exception) -> State[Any]:
    """Return the failed state of a run whose scores are there, and whose report is not."""
    if not isinstance(error, AlertmillError):
        get_run_logger().error("An error that this program does not know", exc_info=error)
    message = (
        f"{scored.summary} The scores are in the database. Only their report failed: "
        f"{describe_error(error).rstrip('.')}. Retry the run, which makes the report alone."
    )
    return Failed(message=message, data=error)


def concluded(scored: ScoringReport, page: Path | None) -> State[int]:
    """Return the final state of a flow run; its message says where the report is."""
    where = "" if page is None else f" Report: {page}"
    return Completed(message=f"{scored.summary}{where}", data=scored.n_scored)


def unscored(error: AlertmillError) -> State[Any]:
    """Return the final state of a run that an error stopped; only a missing champion is no failure.

    A fresh installation scores nothing until its first model was promoted.
    """
    if isinstance(error, NoChampionError):
        get_run_logger().warning("%s", error)
        return Completed(name="No champion", message=str(error), data=0)
    return stopped(error)
