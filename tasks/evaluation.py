"""Measure the model of a run against its rivals, check it, and enter it in the registry."""

from pathlib import Path

from prefect import get_run_logger, task

from alertmill import pipeline
from alertmill.evaluation.summaries import checks_sentence, headline_sentence
from alertmill.promises import keep_promises
from alertmill.runs import Run, StageRecord
from alertmill.tables.promises import promise_sentence
from tasks.database import client_for, is_worth_retrying


@task(task_run_name="evaluate the model")
def evaluate(run_dir: Path, trained: StageRecord) -> StageRecord:
    """Open the test range once: metrics with intervals, paired comparison with the rivals."""
    run = Run.open(run_dir)
    run.check_unchanged(trained)
    record = pipeline.evaluate(run)
    get_run_logger().info("%s", headline_sentence(run.evaluation.headline))
    return record


@task(task_run_name="check the model")
def check(run_dir: Path, evaluated: StageRecord) -> StageRecord:
    """Run the coded checks, and decide whether the model should become the champion."""
    run = Run.open(run_dir)
    run.check_unchanged(evaluated)
    pipeline.check(run)
    record = pipeline.decide(run)
    get_run_logger().info("%s", checks_sentence(run.checks))
    return record


@task(task_run_name="compare promises")
def compare_promises(run_dir: Path, registered: StageRecord) -> None:
    """Compare what earlier reports promised with what this run knows of the days since."""
    run = Run.open(run_dir)
    run.check_unchanged(registered)
    get_run_logger().info("%s", promise_sentence(keep_promises(run)))


@task(
    task_run_name="register the model",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=is_worth_retrying,
)
def register(run_dir: Path, checked: StageRecord) -> StageRecord:
    """Enter the model in trained_models; it is promoted after the run is published, or never."""
    run = Run.open(run_dir)
    run.check_unchanged(checked)
    with client_for(run) as client:
        record = pipeline.register(run, client)
    entered = run.registration
    get_run_logger().info("Registered %s, version %s.", entered.model_id, entered.version)
    return record
