"""Start or find the run folder of a flow run."""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from prefect import Flow, State, get_run_logger, runtime, task
from prefect.client.schemas.objects import FlowRun
from prefect.logging.loggers import flow_run_logger

from alertmill.audit.ledger import SignedLedger
from alertmill.audit.marks import mark_run
from alertmill.errors import ConfigurationError
from alertmill.files import remove_left_behind
from alertmill.orchestration.sole_run import sole_run
from alertmill.parameters import TrainingParameters, TrainingRequest
from alertmill.parameters.named_code import check_named_code
from alertmill.processes import end_orphans, own_user
from alertmill.reporting.kernels import clear_kernel_folders
from alertmill.reporting.outcomes import load_outcomes
from alertmill.run_lock import CONTINUED
from alertmill.runs import Run
from alertmill.settings import Settings
from alertmill.triggers import Trigger, record_trigger

__all__ = ["end_children", "is_published", "resolve", "run_name", "sole_run", "start_run"]


def run_name() -> str:
    """Return the name of this flow run: the network and the range that it trains on."""
    request = TrainingRequest.model_validate(runtime.flow_run.parameters["parameters"])
    start, end = request.range_on(_day_of_this_run(request))
    return f"{request.network} {start} to {end}"


def resolve(request: TrainingRequest) -> TrainingParameters:
    """Return the parameters of this flow run, with the dates of its own day.

    The day is that of the scheduled start, so that a run that is late, repeated or made for a past
    day trains on the range of that day.

    Raises
    ------
    ConfigurationError
        If a run of a deployment names code that the operator does not allow.
    """
    parameters = request.on(_day_of_this_run(request))
    if runtime.deployment.id is not None:
        check_named_code(parameters, Settings().alertmill_allowed_modules)
    return parameters


def _day_of_this_run(request: TrainingRequest) -> date:
    scheduled: Any = runtime.flow_run.scheduled_start_time
    return request.day_of(scheduled)


@task(task_run_name="start the run")
def start_run(request: TrainingRequest) -> Path:
    """Return the folder that belongs to this flow run, the same one when the flow is retried.

    A flow run that goes on with an interrupted run takes the folder of that one.
    """
    parameters = resolve(request)
    continued = os.environ.get(CONTINUED)
    if continued:
        run = continue_run(Path(continued), parameters)
    else:
        run = Run.create(
            Settings().alertmill_runs_dir.resolve(),
            parameters,
            key=str(runtime.flow_run.id),
            now=datetime.now(UTC),
        )
    record_trigger(run.path, _trigger(request))
    mark_run(run.path, SignedLedger.of(Settings(), run.path.parents[1]))
    clear_kernel_folders()
    remove_left_behind(run.path)
    get_run_logger().info(
        "Training on %s from %s to %s in %s.",
        parameters.network,
        parameters.start_date,
        parameters.end_date,
        run.path,
    )
    return run.path


def _trigger(request: TrainingRequest) -> Trigger:
    flow_run, deployment = runtime.flow_run, runtime.deployment
    return Trigger(
        flow_run_id=str(flow_run.id),
        flow_run_name=str(flow_run.name),
        deployment=str(deployment.name or ""),
        scheduled_at=flow_run.scheduled_start_time,
        user=own_user(),
        request=request.model_dump(mode="json", exclude_unset=True),
    )


def run_of(flow_run_id: str) -> Run | None:
    """Return the run of a flow run, or the one that it goes on with; None if none was begun."""
    continued = os.environ.get(CONTINUED)
    if continued:
        return Run.open(Path(continued))
    return Run.find(Settings().alertmill_runs_dir.resolve(), key=flow_run_id)


def continue_run(path: Path, parameters: TrainingParameters) -> Run:
    """Open an interrupted run, whose finished stages are not done again.

    Raises
    ------
    ConfigurationError
        If it was started with other parameters.
    """
    run = Run.open(path)
    if run.parameters != parameters:
        raise ConfigurationError(
            f"the run {path} was started with other parameters than those asked for; start a new "
            "run instead."
        )
    return run


def end_children(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """End kernels and other processes of flow runs whose own process is gone."""
    ended = end_orphans()
    if ended:
        logger = flow_run_logger(flow_run, flow)
        logger.info("Ended %d processes after the state %s.", len(ended), state.name)


def is_published(run_dir: Path) -> bool:
    """Return whether the run has its manifest and no notebook failed: it is not made again."""
    run = Run.open(run_dir)
    return run.is_finished and all(outcome.is_ok for outcome in load_outcomes(run))
