"""How the notebooks of a run ended, as kept beside them; light enough for every reader."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Protocol

from pydantic import Field

from alertmill.files import sha256_of, write_model
from alertmill.frozen_model import FrozenModel

_SUFFIX = ".outcome.json"
QUEUE_REPORT = "10_review_queue"
"""Template of the report of a scoring run."""


class ReportedRun(Protocol):
    """A run that reports are made of: a training, or a scoring."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def run_id(self) -> str:
        """Name of the folder."""


class Status(StrEnum):
    """How an execution ended."""

    OK = "ok"
    FAILED = "failed"


class NotebookOutcome(FrozenModel):
    """How the execution of one template ended."""

    template: str = Field(description="File name of the template without its suffix.")
    title: str
    about: str = Field("", description="What decision the report serves: its first paragraph.")
    answer: str = Field("", description="What it answers, in two sentences computed from the run.")
    status: Status
    failed_cell: str | None = Field(
        None, description="Id of the cell; None also when the kernel did not start."
    )
    error: str | None = Field(None, description="One line, then the traceback, if there is one.")
    seconds: float
    template_sha256: str

    @property
    def is_ok(self) -> bool:
        """True if every cell ran to its end."""
        return self.status is Status.OK

    @property
    def summary(self) -> str:
        """The error in one line, or nothing."""
        return (self.error or "").strip().partition("\n")[0]


def outcome_path(notebook: Path) -> Path:
    """Where the outcome of an executed notebook lies."""
    return notebook.with_name(notebook.stem + _SUFFIX)


def save_outcome(notebook: Path, outcome: NotebookOutcome) -> Path:
    """Write the outcome beside its notebook."""
    path = outcome_path(notebook)
    write_model(path, outcome)
    return path


def load_outcome(notebook: Path) -> NotebookOutcome | None:
    """Read the outcome of a notebook; None when it was not executed."""
    path = outcome_path(notebook)
    if not path.is_file():
        return None
    return NotebookOutcome.model_validate_json(path.read_text(encoding="utf-8"))


def load_outcomes(run: ReportedRun) -> tuple[NotebookOutcome, ...]:
    """Read what is known of a run's notebooks, in the order of their names."""
    paths = sorted((run.path / "notebooks").glob(f"*{_SUFFIX}"))
    return tuple(
        NotebookOutcome.model_validate_json(path.read_text(encoding="utf-8")) for path in paths
    )


def notebook_path(run: ReportedRun, template: str) -> Path:
    """Where the executed notebook of a template lies."""
    return run.path / "notebooks" / f"{template}.ipynb"


def report_path(run: ReportedRun, template: str) -> Path:
    """Where the HTML of a template lies."""
    return run.path / "reports" / f"{template}.html"


def template_names(folder: Path) -> list[str]:
    """Names of the templates of a training run in a folder, in their order."""
    names = (path.stem for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")))
    return [name for name in names if name != QUEUE_REPORT]


def record_missing(run: ReportedRun, templates: Path) -> None:
    """Write down as failed every template that has no outcome: its task died before it had one."""
    there = {outcome.template for outcome in load_outcomes(run)}
    for name in template_names(templates):
        if name not in there:
            outcome = NotebookOutcome(
                template=name,
                title=name,
                status=Status.FAILED,
                error="the report was not made: its task ended before it was executed; the log of "
                "the flow run says why",
                seconds=0.0,
                template_sha256=sha256_of(templates / f"{name}.ipynb"),
            )
            save_outcome(notebook_path(run, name), outcome)
