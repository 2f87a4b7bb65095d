"""Load the snapshot folders that the upstream system has delivered since the last time."""

from prefect import State, flow

from alertmill.errors import AlertmillError
from alertmill.parameters import IngestionParameters
from tasks.endings import stopped
from tasks.ingestion import concluded, load_folders, name_of_run, report_deliveries

TIMEOUT_SECONDS = 12 * 3600
"""A run that takes longer hangs; it would hold the database for ever."""


@flow(name="ingestion", flow_run_name=name_of_run, timeout_seconds=TIMEOUT_SECONDS)
def ingestion(parameters: IngestionParameters) -> State[int]:
    """Load every folder that is new or changed, and report what was refused or did not come.

    The result is the number of snapshots that were loaded. The run fails if a folder was refused or
    an expected snapshot is absent; all other folders are loaded all the same.
    """
    try:
        ingested = load_folders(parameters)
        return concluded(report_deliveries(parameters, ingested))
    except AlertmillError as error:
        return stopped(error)
