"""Start or find the run folder of a flow run."""

from datetime import UTC, datetime
from pathlib import Path

from prefect import get_run_logger, runtime, task

from alertmill.parameters import TrainingParameters
from alertmill.runs import Run
from alertmill.settings import Settings


@task
def start_run(parameters: TrainingParameters) -> Path:
    """Give the folder that belongs to this flow run, the same one when the flow is retried."""
    run = Run.create(
        Settings().alertmill_runs_dir.resolve(),
        parameters,
        key=str(runtime.flow_run.id),
        now=datetime.now(UTC),
    )
    get_run_logger().info("run_dir=%s", run.path)
    return run.path
