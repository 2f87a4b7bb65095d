"""Start or find the run folder of a flow run."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from prefect import get_run_logger, runtime, task

from alertmill.parameters import TrainingParameters, TrainingRequest
from alertmill.runs import Run
from alertmill.settings import Settings


def run_name() -> str:
    """Return the name of this flow run: the network and the range that it trains on."""
    request = TrainingRequest.model_validate(runtime.flow_run.parameters["parameters"])
    start, end = request.range_on(_day_of_this_run(request))
    return f"{request.network} {start} to {end}"


def resolve(request: TrainingRequest) -> TrainingParameters:
    """Return the parameters of this flow run, with the dates of its own day.

    The day is that of the scheduled start, so that a run that is late, repeated or made for a past
    day trains on the range of that day.
    """
    return request.on(_day_of_this_run(request))


def _day_of_this_run(request: TrainingRequest) -> date:
    scheduled: Any = runtime.flow_run.scheduled_start_time
    return request.day_of(scheduled)


@task(task_run_name="start the run")
def start_run(request: TrainingRequest) -> Path:
    """Return the folder that belongs to this flow run, the same one when the flow is retried."""
    parameters = resolve(request)
    run = Run.create(
        Settings().alertmill_runs_dir.resolve(),
        parameters,
        key=str(runtime.flow_run.id),
        now=datetime.now(UTC),
    )
    get_run_logger().info(
        "Training on %s from %s to %s in %s.",
        parameters.network,
        parameters.start_date,
        parameters.end_date,
        run.path,
    )
    return run.path
