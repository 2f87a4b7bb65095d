"""A run in one line: what the catalogue, the trend and the JSON list show of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum

from pydantic import Field, computed_field

from alertmill.errors import RunFileError
from alertmill.promotions import DECISION_FILE, PromotionDecision
from alertmill.runs import Stage
from alertmill.site.folders import RunFolder
from alertmill.site.records import (
    ChecksHead,
    FailureRecord,
    ManifestHead,
    Measure,
    NotebookRecord,
    ParametersRecord,
    Record,
    RegistrationRecord,
    StageRecord,
)
from alertmill.wording import plural

NO_VERDICT = "no verdict"
_START = re.compile(r"(\d{8}T\d{6}Z)-")


class RunState(StrEnum):
    """How far a run has come."""

    FINISHED = "finished"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    """It is being worked on, or was interrupted."""
    UNREADABLE = "unreadable"
    REMOVED = "removed"
    """Its folder was removed by the rules of retention; what it was is recorded."""


class Verdict(Record):
    """What became of a run's model, or why nothing is known about it."""

    verdict: str = Field(description="promoted, proposed, kept, undecided, rejected or no verdict.")
    sentence: str = Field(description="The reason.")
    decided_at: datetime | None = None
    actor: str = Field("", description="gate, or the name of the person.")


class CheckCounts(Record):
    """How many coded checks ended how; muted ones count as passed."""

    n_checks: int
    n_issues: int
    n_tips: int
    n_blocking: int = Field(description="Issues that keep the model from being promoted.")


class ReportCounts(Record):
    """How many reports are complete."""

    n_complete: int
    n_failed: int

    @property
    def n_reports(self) -> int:
        """All of them."""
        return self.n_complete + self.n_failed


class RunSummary(Record):
    """One run in one line."""

    network: str
    run_id: str
    state: RunState
    reason: str = Field("", description="Why it failed, what is missing, or what is unreadable.")
    started_at: datetime | None = None
    finished_at: datetime | None = None
    start_date: date | None = Field(None, description="First processing date.")
    end_date: date | None = Field(None, description="Last processing date.")
    model_type: str = ""
    window_days: int | None = None
    model_id: str = ""
    verdict: Verdict = Verdict(verdict=NO_VERDICT, sentence="")
    headline: tuple[Measure, ...] = ()
    checks: CheckCounts | None = None
    reports: ReportCounts | None = None

    @computed_field(description="Address of its page, relative to the site's root.")  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def page(self) -> str:
        """Where its page lies."""
        return f"runs/{self.network}/{self.run_id}/"

    @property
    def key(self) -> str:
        """``network/run_id``, as the comparison takes it."""
        return f"{self.network}/{self.run_id}"

    @property
    def title(self) -> str:
        """The run as people speak of it."""
        dates = f"{self.start_date} to {self.end_date}" if self.end_date else self.run_id
        return f"{self.network} {dates}"

    def measure(self, metric: str, split: str) -> Measure | None:
        """Find one of the headline metrics."""
        found = (m for m in self.headline if m.metric == metric and m.split == split)
        return next(found, None)


class RunFacts(Record):
    """A run as its own folder describes it: what is kept until the folder changes."""

    summary: RunSummary
    is_whole: bool = True
    """True if it has its parameters; a removed run has not."""
    decision: PromotionDecision | None = None
    registration: RegistrationRecord | None = None


def read_facts(folder: RunFolder) -> RunFacts:
    """Read a run; a file that cannot be read makes it an unreadable one, with the reason."""
    try:
        return _read(folder)
    except RunFileError as error:
        is_whole = folder.has("parameters.json")
        return RunFacts(summary=_unreadable(folder, str(error)), is_whole=is_whole)


def _unreadable(folder: RunFolder, reason: str) -> RunSummary:
    return RunSummary(
        network=folder.network,
        run_id=folder.run_id,
        state=RunState.UNREADABLE,
        reason=reason,
        started_at=started_at(folder.run_id),
    )


def started_at(run_id: str) -> datetime | None:
    """Read the start of a run from its name; None for a name of another form.

    Examples
    --------
    >>> str(started_at("20260105T060000Z-3f9a1c2b"))
    '2026-01-05 06:00:00+00:00'
    """
    found = _START.match(run_id)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _read(folder: RunFolder) -> RunFacts:
    parameters = folder.record("parameters.json", ParametersRecord)
    manifest = folder.record("manifest.json", ManifestHead)
    known = parameters or (manifest.parameters if manifest else None)
    if known is None:
        raise RunFileError.missing("parameters.json")
    failure = folder.record("failure.json", FailureRecord)
    checks = folder.record("checks/checks.json", ChecksHead)
    registration = folder.record("model/registration.json", RegistrationRecord)
    decision = folder.record(DECISION_FILE, PromotionDecision)
    if parameters is None:
        state, reason = RunState.UNREADABLE, str(RunFileError.missing("parameters.json"))
    else:
        state, reason = _state(folder, manifest, failure)
    summary = RunSummary(
        network=folder.network,
        run_id=folder.run_id,
        state=state,
        reason=reason,
        started_at=started_at(folder.run_id),
        finished_at=manifest.created_at if manifest else None,
        start_date=known.start_date,
        end_date=known.end_date,
        model_type=known.model_type,
        window_days=known.window_days,
        model_id=_model_id(registration, decision),
        headline=manifest.headline if manifest else (),
        checks=_count_checks(checks) if checks else None,
        reports=_count_reports(manifest.notebooks) if manifest else None,
    )
    return RunFacts(
        summary=summary,
        is_whole=parameters is not None,
        decision=decision,
        registration=registration,
    )


def _state(
    folder: RunFolder, manifest: ManifestHead | None, failure: FailureRecord | None
) -> tuple[RunState, str]:
    if failure is not None:
        return RunState.FAILED, f"Stopped in the stage {failure.stage}: {failure.message}"
    if manifest is not None:
        failed = [notebook for notebook in manifest.notebooks if not notebook.is_ok]
        if failed:
            return RunState.FAILED, describe_failed_reports(failed, len(manifest.notebooks))
        return RunState.FINISHED, ""
    return RunState.UNFINISHED, _progress(folder)


def _progress(folder: RunFolder) -> str:
    done = [s for s in Stage if folder.record(f"stages/{s.value}.json", StageRecord) is not None]
    return describe_progress([stage.value for stage in done])


def describe_progress(done: Sequence[str]) -> str:
    """Write which stages an unfinished run has done.

    Examples
    --------
    >>> describe_progress([])
    'No stage has finished yet.'
    >>> describe_progress(["extract"])
    'The stage extract has finished.'
    >>> describe_progress(["extract", "features", "screen"])
    'The stages extract, features and screen have finished.'
    """
    if not done:
        return "No stage has finished yet."
    if len(done) == 1:
        return f"The stage {done[0]} has finished."
    return f"The stages {', '.join(done[:-1])} and {done[-1]} have finished."


def describe_failed_reports(failed: Sequence[NotebookRecord], n_reports: int) -> str:
    """Write which reports of a run failed; one at least."""
    titles = ", ".join(notebook.title for notebook in failed)
    reports = plural(n_reports, "report")
    return f"{len(failed)} of {n_reports} {reports} failed: {titles}."


def _model_id(registration: RegistrationRecord | None, decision: PromotionDecision | None) -> str:
    if decision is not None:
        return decision.model_id
    return registration.model_id if registration else ""


def _count_checks(checks: ChecksHead) -> CheckCounts:
    attention = [check for check in checks.results if check.needs_attention]
    issues = [check for check in attention if check.is_issue]
    return CheckCounts(
        n_checks=len(checks.results),
        n_issues=len(issues),
        n_tips=len(attention) - len(issues),
        n_blocking=sum(check.is_blocking for check in issues),
    )


def _count_reports(notebooks: tuple[NotebookRecord, ...]) -> ReportCounts:
    n_complete = sum(notebook.is_ok for notebook in notebooks)
    return ReportCounts(n_complete=n_complete, n_failed=len(notebooks) - n_complete)
