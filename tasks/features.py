"""Build the feature matrix and the targets of a run."""

from pathlib import Path

from prefect import get_run_logger, task

from alertmill import pipeline
from alertmill.runs import Run, StageRecord


@task
def build_features(run_dir: Path, extracted: StageRecord) -> StageRecord:
    """Turn the extracted tables into point-in-time features, labels and splits."""
    run = Run.open(run_dir)
    run.check_unchanged(extracted)
    record = pipeline.build_features(run)
    counts = run.targets.group_by("split").len().sort("split").rows()
    get_run_logger().info("n_features=%d alerts_by_split=%s", len(run.catalogue.names), counts)
    return record
