"""Score the snapshots that have no scores yet, and say what came out."""

from typing import Any

from prefect import State, get_run_logger, runtime, task
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed

from alertmill.errors import AlertmillError, NoChampionError
from alertmill.parameters import ScoringParameters
from alertmill.scoring.days import score_days
from alertmill.scoring.report import ScoringReport, table_of_days
from tasks.database import client_of, is_worth_retrying
from tasks.days import scheduled_start


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
    with client_of(parameters.network) as client:
        return score_days(client, parameters, day=scheduled_start().date())


@task(task_run_name="report scores")
def report_scores(scored: ScoringReport) -> None:
    """Publish what became of every day as a table."""
    if scored.days:
        create_table_artifact(table_of_days(scored), key="scores", description=scored.summary)
    get_run_logger().info("%s", scored.summary)


def concluded(scored: ScoringReport) -> State[int]:
    """Return the final state of a flow run."""
    return Completed(message=scored.summary, data=scored.n_scored)


def stopped(error: AlertmillError) -> State[Any]:
    """Return the final state of a run that an error stopped; only a missing champion is no failure.

    A fresh installation scores nothing until its first model was promoted.
    """
    if isinstance(error, NoChampionError):
        get_run_logger().warning("%s", error)
        return Completed(name="No champion", message=str(error), data=0)
    get_run_logger().error("%s", error)
    return Failed(message=str(error), data=error)
