"""The day that a flow run is about."""

from datetime import UTC, datetime
from typing import Any

from prefect import runtime


def scheduled_start() -> datetime:
    """Return when this flow run was to start, which is its day however late it starts."""
    scheduled: Any = runtime.flow_run.scheduled_start_time
    return datetime.fromtimestamp(scheduled.timestamp(), UTC)
