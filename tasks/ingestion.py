"""Load the snapshot folders that the database does not have yet, and report on the deliveries."""

from datetime import UTC, datetime

from prefect import State, get_run_logger, runtime, task
from prefect.artifacts import create_table_artifact
from prefect.states import Completed, Failed

from alertmill.parameters import IngestionParameters
from alertmill.parameters.ingestion import DEFAULT_URL
from alertmill.settings import Settings
from alertmill.snapshots.deliveries import DeliveryReport
from alertmill.snapshots.folders import IngestReport, ingest_folders
from alertmill.snapshots.folders.expectations import record_deliveries
from alertmill.snapshots.folders.table import delivery_rows
from tasks.database import client_of, is_worth_retrying
from tasks.days import scheduled_start


def name_of_run() -> str:
    """Return the name of this flow run: the network and the day for which it was scheduled."""
    parameters = IngestionParameters.model_validate(runtime.flow_run.parameters["parameters"])
    return f"{parameters.network} snapshots of {scheduled_start():%Y-%m-%d}"


@task(
    task_run_name="load snapshot folders",
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=is_worth_retrying,
)
def load_folders(parameters: IngestionParameters) -> IngestReport:
    """Load every new or changed folder; a retry skips those that are loaded."""
    with client_of(parameters.network) as client:
        return ingest_folders(
            client,
            parameters.url,
            network=parameters.network,
            now=datetime.now(UTC),
            labels=parameters.labels,
            constant_price_usd=parameters.constant_price_usd,
            settle=parameters.settle,
            # The default one is made by the first delivery; any other that is missing is an error.
            must_exist=parameters.url != DEFAULT_URL,
        )


@task(task_run_name="report deliveries")
def report_deliveries(parameters: IngestionParameters, ingested: IngestReport) -> DeliveryReport:
    """Compare what came with what the day of the run expects; publish both as a table."""
    deliveries = record_deliveries(
        ingested,
        parameters,
        at=scheduled_start(),
        checked_at=datetime.now(UTC),
        runs_dir=Settings().alertmill_runs_dir.resolve(),
    )
    create_table_artifact(
        delivery_rows(ingested, deliveries), key="deliveries", description=deliveries.summary
    )
    get_run_logger().info("%s", deliveries.summary)
    return deliveries


def concluded(deliveries: DeliveryReport) -> State[int]:
    """Return the final state of a flow run: failed if a delivery was refused, or did not come."""
    if deliveries.needs_attention:
        return Failed(message=deliveries.summary)
    n_loaded = deliveries.n_new + deliveries.n_replaced
    return Completed(message=deliveries.summary, data=n_loaded)
