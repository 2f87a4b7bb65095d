"""Who or what started a run, and with which words."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import Field, JsonValue

from alertmill.files import write_model
from alertmill.frozen_model import FrozenModel

TRIGGER_FILE = "trigger.json"


class Trigger(FrozenModel):
    """The flow run behind a run."""

    flow_run_id: str
    flow_run_name: str
    deployment: str = Field(
        description="Empty of a flow that was called, as the command line does."
    )
    scheduled_at: datetime = Field(description="When it was to start, with a time zone.")
    user: str = Field(description="Whose process ran it.")
    request: JsonValue = Field(
        description="The parameters that were given; the others are defaults."
    )

    @property
    def sentence(self) -> str:
        """Who started the run, for readers."""
        moment = f"{self.scheduled_at:%Y-%m-%d %H:%M} UTC"
        how = f"deployment {self.deployment}" if self.deployment else "called by hand"
        return f"flow run {self.flow_run_name} of {moment}, {how}, as user {self.user}"


def record_trigger(run_dir: Path, trigger: Trigger) -> None:
    """Write down who started a run; a retry leaves what is there."""
    path = run_dir / TRIGGER_FILE
    if not path.is_file():
        write_model(path, trigger)


def read_trigger(run_dir: Path) -> Trigger | None:
    """Return who started a run; None of one that was made by hand.

    Raises
    ------
    pydantic.ValidationError
        If the file cannot be read.
    """
    path = run_dir / TRIGGER_FILE
    return Trigger.model_validate_json(path.read_bytes()) if path.is_file() else None
