"""Load the snapshot folders that the upstream system has delivered since the last time."""

from prefect import flow

from alertmill.parameters import IngestionParameters
from tasks.ingestion import ingest


@flow(name="ingestion")
def ingestion(parameters: IngestionParameters) -> int:
    """Load every folder that is new or changed; gives their number."""
    return len(ingest(parameters).loaded)
