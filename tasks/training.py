"""Train and calibrate the model of a run."""

from pathlib import Path

from prefect import get_run_logger, task

from alertmill import pipeline
from alertmill.runs import Run, StageRecord
from tasks.sentences import trained


@task(task_run_name="train the model")
def train(run_dir: Path, tuned: StageRecord) -> StageRecord:
    """Fit on the training range; stop early and calibrate on validation."""
    run = Run.open(run_dir)
    run.check_unchanged(tuned)
    record = pipeline.train(run)
    get_run_logger().info(trained(run.model.metadata.best_iteration))
    return record
