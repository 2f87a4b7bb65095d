"""Extract a run's data from the database."""

from pathlib import Path

from prefect import get_run_logger, task

from alertmill import pipeline
from alertmill.runs import Run, StageRecord
from tasks.database import client_for, is_worth_retrying
from tasks.sentences import extracted


@task(
    task_run_name="extract the data",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=is_worth_retrying,
)
def extract(run_dir: Path) -> StageRecord:
    """Copy what the run needs from ClickHouse into its folder."""
    run = Run.open(run_dir)
    with client_for(run) as client:
        record = pipeline.extract(run, client)
    get_run_logger().info(extracted(run.alerts.height))
    return record
