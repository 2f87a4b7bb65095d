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
RETRY_STATE = "AwaitingRetry"
RETRY_MESSAGE = "Retried once because the process had died; finished stages are kept."
SILENCE = timedelta(seconds=75)
"""Two heartbeats of 30 seconds, and what a busy machine needs more."""


def locks_folder(settings: Settings) -> Path:
    """Return the folder of the locks that runs hold."""
    return StateFolder.of(settings).locks / "runs"
