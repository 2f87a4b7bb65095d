"""A published run with a known starter, and people who review it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alertmill.files import write_text
from alertmill.reporting.manifest import write_manifest
from alertmill.reporting.reviewing import ReviewDesk, Statement
from alertmill.reporting.signing import sign_run
from alertmill.reviews import ReviewTerms
from alertmill.reviews.reading import SignedReview
from alertmill.runs import Run
from alertmill.triggers import Trigger, record_trigger
from alertmill.vocabulary import FindingSeverity
from tests.housekeeping.stored_runs import Runs

STARTER = "sam"
TRIGGER = Trigger(
    flow_run_id="1",
    flow_run_name="training",
    deployment="",
    scheduled_at=datetime(2026, 1, 5, 6, tzinfo=UTC),
    user=STARTER,
    request=None,
)


@dataclass(frozen=True)
class Reviewed:
    """A run that sam started, and its review."""

    runs: Runs
    run: Run
    terms: ReviewTerms

    @property
    def desk(self) -> ReviewDesk:
        """Where entries are made."""
        return ReviewDesk(self.run, self.runs.signed, self.terms)

    def find(self, actor: str = "ann", *, is_blocking: bool = True) -> SignedReview:
        """Enter a finding."""
        said = Statement(actor, "model validation", "The labels of May are missing.")
        return self.desk.find(said, severity=FindingSeverity.HIGH, is_blocking=is_blocking)

    def approve(self, actor: str) -> SignedReview:
        """Approve the run."""
        return self.desk.approve(Statement(actor, "", "Evidence is sufficient."))

    def publish_again(self) -> None:
        """Change the run, and publish and sign it anew."""
        write_text(self.run.path / "data" / "rows.txt", "other rows")
        write_manifest(self.run)
        sign_run(self.run, self.runs.signed)


def reviewed_run(folder: Path, terms: ReviewTerms = ReviewTerms()) -> Reviewed:  # noqa: B008 - frozen
    """Publish a run below a folder."""
    runs = Runs(folder / "runs")
    run = runs.begin(days_old=9)
    record_trigger(run.path, TRIGGER)
    write_manifest(run)
    sign_run(run, runs.signed)
    return Reviewed(runs, run, terms)
