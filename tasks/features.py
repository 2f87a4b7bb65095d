"""Build the feature matrix and the targets of a run, and screen them for leaks."""

from pathlib import Path

from prefect import get_run_logger, task

from alertmill import pipeline
from alertmill.runs import Run, StageRecord
from tasks import sentences


@task(task_run_name="build the features")
def build_features(run_dir: Path, extracted: StageRecord) -> StageRecord:
    """Turn the extracted tables into point-in-time features, labels and splits."""
    run = Run.open(run_dir)
    run.check_unchanged(extracted)
    record = pipeline.build_features(run)
    sizes = run.targets.group_by("split").len().sort("split").rows()
    get_run_logger().info(sentences.built(len(run.catalogue.names), sizes))
    return record


@task(task_run_name="screen for leaks")
def screen_leaks(run_dir: Path, built: StageRecord) -> StageRecord:
    """Stop the run if a feature knows the label or the future, unless it is overruled."""
    run = Run.open(run_dir)
    run.check_unchanged(built)
    record = pipeline.screen_leaks(run)
    overruled = [finding.name for finding in run.leak_screen.findings]
    get_run_logger().info(sentences.screened(len(run.leak_screen.checks), overruled))
    return record
