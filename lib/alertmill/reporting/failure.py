"""Why a run stopped, for the page that people open first and for the state of its flow run."""

from __future__ import annotations

from alertmill.errors import AlertmillError
from alertmill.files import write_model
from alertmill.frozen_model import FrozenModel
from alertmill.runs import Run, Stage

_FILE = "failure.json"
_REPORTS, _PUBLISHED = "report", "published"
_PLACES = {
    _REPORTS: "while the reports were written",
    _PUBLISHED: "after the reports were published",
}
_DEFECT = (
    "a defect of the program ({kind}); the log of the flow run has its traceback. Report it with "
    "that traceback."
)


class Failure(FrozenModel):
    """Where a run stopped, and why."""

    stage: str
    """The first stage that has no record; report after the last one, published after that."""
    kind: str
    """Class of the error."""
    message: str
    """What was found, what was expected and what to do."""

    @property
    def sentence(self) -> str:
        """Where the run stopped and why, and what to do, in one line."""
        place = _PLACES.get(self.stage, f"in the stage {self.stage}")
        message = " ".join(self.message.split()).rstrip(".")
        return f"Stopped {place}: {message}."


def describe_error(error: BaseException) -> str:
    """Return the message of an error of ours, else that it is a defect.

    The words of an error that is not ours are left out: they may quote rows or secrets.
    """
    if isinstance(error, AlertmillError):
        return str(error)
    return _DEFECT.format(kind=type(error).__name__)


def describe_failure(run: Run, error: BaseException) -> Failure:
    """Return where the run stopped, and why."""
    return Failure(
        stage=_first_open_stage(run), kind=type(error).__name__, message=describe_error(error)
    )


def record_failure(run: Run, error: BaseException) -> Failure:
    """Write down where the run stopped, and why; a published run stays as it is."""
    failure = describe_failure(run, error)
    if not run.is_finished:
        write_model(run.path / _FILE, failure)
    return failure


def load_failure(run: Run) -> Failure | None:
    """Return what `record_failure` wrote; None if the run has not failed."""
    file = run.path / _FILE
    return Failure.model_validate_json(file.read_text(encoding="utf-8")) if file.is_file() else None


def forget_failure(run: Run) -> None:
    """Remove the failure of an earlier attempt, because a later one went on."""
    (run.path / _FILE).unlink(missing_ok=True)


def _first_open_stage(run: Run) -> str:
    if run.is_finished:
        return _PUBLISHED
    return next((stage.value for stage in Stage if not run.is_done(stage)), _REPORTS)
