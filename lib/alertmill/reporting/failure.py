"""Why a run stopped, for the page that people open first."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from alertmill.errors import AlertmillError
from alertmill.files import write_model
from alertmill.runs import Run, Stage

_FILE = "failure.json"


class Failure(BaseModel):
    """Where a run stopped, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    """The first stage that has no record."""
    kind: str
    """Class of the error."""
    message: str


def record_failure(run: Run, error: BaseException) -> Failure:
    """Write down why the run stopped.

    The words of an error that is not ours are left out: they may quote rows or secrets.
    """
    kind = type(error).__name__
    words = "it is a defect of the program; the log of the flow run has its traceback."
    failure = Failure(
        stage=next((stage.value for stage in Stage if not run.is_done(stage)), "report"),
        kind=kind,
        message=str(error) if isinstance(error, AlertmillError) else words,
    )
    write_model(run.path / _FILE, failure)
    return failure


def load_failure(run: Run) -> Failure | None:
    """Give what `record_failure` wrote; None if the run has not failed."""
    file = run.path / _FILE
    return Failure.model_validate_json(file.read_text()) if file.is_file() else None


def forget_failure(run: Run) -> None:
    """Remove the failure of an earlier attempt, because a later one went on."""
    (run.path / _FILE).unlink(missing_ok=True)
