"""Measure the model of a run against its rivals, check it, and enter it in the registry."""

from pathlib import Path

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact

from alertmill import pipeline
from alertmill.runs import Run, StageRecord
from tasks.database import client_for, is_worth_retrying


@task
def evaluate(run_dir: Path, trained: StageRecord) -> StageRecord:
    """Open the test range once: metrics with intervals, paired comparison with the rivals."""
    run = Run.open(run_dir)
    run.check_unchanged(trained)
    record = pipeline.evaluate(run)
    metrics = run.evaluation.table(models=("model",), splits=("test_all", "test_new"))
    create_table_artifact(metrics.to_dicts(), key="metrics", description="Test metrics")
    get_run_logger().info("n_metrics=%d", len(run.evaluation.metrics))
    return record


@task
def check(run_dir: Path, evaluated: StageRecord) -> StageRecord:
    """Ask the coded checks about the run; an issue stops no run, but may keep off a promotion."""
    run = Run.open(run_dir)
    run.check_unchanged(evaluated)
    record = pipeline.check(run)
    create_table_artifact(run.checks.table.to_dicts(), key="checks", description="Coded checks")
    blocking = [result.code for result in run.checks.blocking]
    get_run_logger().info("n_checks=%d blocking=%s", len(run.checks.results), blocking)
    return record


@task(retries=2, retry_delay_seconds=[2, 10], retry_condition_fn=is_worth_retrying)
def register(run_dir: Path, checked: StageRecord) -> StageRecord:
    """Enter the model in trained_models, and make it the champion if no check objects."""
    run = Run.open(run_dir)
    run.check_unchanged(checked)
    with client_for(run) as client:
        record = pipeline.register(run, client)
    entered = run.registration
    get_run_logger().info(
        "model_id=%s version=%s is_promoted=%s reason=%s",
        entered.model_id,
        entered.version,
        entered.is_promoted,
        entered.reason,
    )
    return record
