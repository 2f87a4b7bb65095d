"""Load the snapshot folders that the database does not have yet."""

from datetime import UTC, datetime

from prefect import get_run_logger, task
from prefect.artifacts import create_table_artifact

from alertmill.parameters import IngestionParameters
from alertmill.snapshots.folders import IngestReport, ingest_folders
from tasks.database import client_of, is_worth_retrying


@task(retries=2, retry_delay_seconds=[2, 10], retry_condition_fn=is_worth_retrying)
def ingest(parameters: IngestionParameters) -> IngestReport:
    """Load every new or changed folder; a retry skips those that are loaded."""
    with client_of(parameters.network) as client:
        report = ingest_folders(
            client,
            parameters.url,
            network=parameters.network,
            now=datetime.now(UTC),
            labels=parameters.labels,
            constant_price_usd=parameters.constant_price_usd,
        )
    create_table_artifact(report.table(), key="snapshots", description="Snapshot folders")
    get_run_logger().info("n_loaded=%d n_found=%d", len(report.loaded), len(report.snapshots))
    return report
