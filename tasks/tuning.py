"""Search the hyperparameters of a run."""

from pathlib import Path
from typing import cast
from uuid import UUID

from prefect import get_run_logger, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact

from alertmill import pipeline
from alertmill.runs import Run, StageRecord
from alertmill.settings import Settings
from tasks.sentences import tuned


@task(task_run_name="tune")
def tune(run_dir: Path, built: StageRecord, screened: StageRecord) -> StageRecord:
    """Search hyperparameters inside the training range; the artifact shows the trials done."""
    run = Run.open(run_dir)
    run.check_unchanged(built)
    run.check_unchanged(screened)
    created = create_progress_artifact(0.0, key="tuning-progress", description="Tuning trials")
    # Its type allows for the asynchronous call as well.
    artifact_id = cast("UUID", created)

    def report(done: int, total: int) -> None:
        update_progress_artifact(artifact_id, 100.0 * done / total)

    record = pipeline.tune(run, storage=Settings().alertmill_tuning_storage, progress=report)
    get_run_logger().info(tuned(run.tuning.choice, n_trials=run.tuning.trials.height))
    return record
