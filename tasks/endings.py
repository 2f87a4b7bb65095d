"""How a flow run ends that an error stopped."""

from typing import Any

from prefect import State, get_run_logger
from prefect.states import Failed

from alertmill.errors import AlertmillError


def stopped(error: AlertmillError) -> State[Any]:
    """Log the error, and return the failed state of the flow run that it stopped."""
    get_run_logger().error("%s", error)
    return Failed(message=str(error), data=error)
