"""Remove the runs that are beyond their limits of age and number."""

from prefect import State, flow

from alertmill.errors import AlertmillError
from alertmill.parameters import HousekeepingParameters
from tasks.endings import stopped
from tasks.housekeeping import concluded, remove_old_runs

TIMEOUT_SECONDS = 6 * 3600
"""A run that takes longer hangs; it would keep others from the database."""


@flow(name="housekeeping", flow_run_name="housekeeping", timeout_seconds=TIMEOUT_SECONDS)
def housekeeping(parameters: HousekeepingParameters) -> State[int]:
    """Remove old runs, complete removals that were interrupted, and clear temporary files.

    The result is the number of runs that were removed.
    """
    try:
        return concluded(remove_old_runs(parameters))
    except AlertmillError as error:
        return stopped(error)
