"""What recovery, the automations of the server and the flows agree on."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from alertmill.orchestration.environment import StateFolder
from alertmill.settings import Settings

OUR_TAG = "alertmill"
"""Tag of every deployment of this project; runs of others keep other heartbeats, or none."""
RETRY_TAG = "retry-after-crash"
"""Tag of the deployments whose runs are retried once by themselves."""
RETRY_RULE = "Alertmill: a run that crashed is retried once"
"""Name of the automation that retries."""
RETRY_STATE = "AwaitingRetry"
RETRY_MESSAGE = "Retried once because the process had died; finished stages are kept."
RETRY_WINDOW = timedelta(days=1)
"""After a retry of a run, the automation does not act on that run for so long."""
SILENCE = timedelta(seconds=75)
"""Two heartbeats of 30 seconds, and what a busy machine needs more."""


def locks_folder(settings: Settings) -> Path:
    """Return the folder of the locks that runs hold."""
    return StateFolder.of(settings).locks / "runs"
