"""How a run stands with its reviewers: open findings, approvals that count, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alertmill.audit.trust import TrustedKeys
from alertmill.reviews.entries import ReviewEntry, ReviewKind
from alertmill.reviews.reading import SignedReview, read_reviews
from alertmill.reviews.terms import ReviewTerms
from alertmill.runs import manifest_digest
from alertmill.triggers import read_trigger
from alertmill.wording import counted


@dataclass(frozen=True)
class RaisedFinding:
    """What a reviewer found, and what became of it."""

    raised: SignedReview
    resolved: SignedReview | None

    @property
    def is_open(self) -> bool:
        """True while nobody has resolved it."""
        return self.resolved is None

    @property
    def state(self) -> str:
        """Open, or by whom and how it was resolved."""
        if self.resolved is None:
            return "open"
        said = self.resolved.entry
        return f"resolved by {said.who} on {said.entered_at:%Y-%m-%d}: {said.text}"


@dataclass(frozen=True)
class Approval:
    """An approval or refusal, and why it does not count, if so."""

    given: SignedReview
    why_not: str
    """Empty if it counts."""

    @property
    def is_refusal(self) -> bool:
        """True if the reviewer is against the use of the model."""
        return self.given.entry.kind is ReviewKind.REFUSAL

    @property
    def state(self) -> str:
        """The verdict, and why it does not count, if so."""
        verdict = "refused" if self.is_refusal else "approved"
        return f"{verdict}, does not count: {self.why_not}" if self.why_not else verdict


@dataclass(frozen=True)
class ReviewStanding:
    """How a published run stands with its reviewers."""

    run_id: str
    manifest_sha256: str | None
    """Digest of the manifest as it is now; None if there is none."""
    terms: ReviewTerms
    findings: tuple[RaisedFinding, ...]
    """In the order in which they were raised."""
    approvals: tuple[Approval, ...]
    """All that were given, in their order."""

    @property
    def open_blocking(self) -> tuple[RaisedFinding, ...]:
        """Findings that refuse a promotion."""
        return tuple(f for f in self.findings if f.is_open and f.raised.entry.is_blocking)

    @property
    def n_approved(self) -> int:
        """Approvals that count."""
        return sum(not a.why_not and not a.is_refusal for a in self.approvals)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """What refuses a promotion, one phrase each; empty if nothing does."""
        return tuple(self._obstacles())

    def _obstacles(self) -> Iterator[str]:
        for finding in self.open_blocking:
            said = finding.raised.entry
            yield f"the blocking finding {said.key} of {said.who} is open: {said.text.rstrip('.')}"
        for approval in self.approvals:
            if approval.is_refusal and not approval.why_not:
                said = approval.given.entry
                yield f"{said.who} refused it: {said.text.rstrip('.')}"
        n_missing = self.terms.n_needed - self.n_approved
        if n_missing > 0:
            yield f"{n_missing} of {counted(self.terms.n_needed, 'approval')} missing"

    @property
    def sentence(self) -> str:
        """Whether the model may be promoted as far as reviewers are asked, and why not."""
        if self.obstacles:
            return f"A promotion is refused: {'; '.join(self.obstacles)}."
        n_open = sum(finding.is_open for finding in self.findings)
        return (
            f"Nothing of the review refuses a promotion: {counted(n_open, 'open finding')}, none "
            f"of them blocking; {counted(self.n_approved, 'approval')}, "
            f"{self.terms.n_needed} needed."
        )


def standing_of(run_dir: Path, trusted: TrustedKeys, terms: ReviewTerms) -> ReviewStanding:
    """Return how a run stands with its reviewers, by what the signed ledger vouches for.

    Parameters
    ----------
    run_dir : Path
        Folder of the run in its place, ``<runs>/<network>/<run_id>``; it need not be there.
    trusted : TrustedKeys
        Keys whose signatures count.
    terms : ReviewTerms
        Approvals that are needed, and from whom.

    Raises
    ------
    ReviewLedgerError
        If a signed entry is gone or was changed.
    """
    reviews = read_reviews(run_dir, trusted)
    digest = manifest_digest(run_dir)
    return ReviewStanding(
        run_id=run_dir.name,
        manifest_sha256=digest,
        terms=terms,
        findings=tuple(_findings(reviews)),
        approvals=tuple(_approvals(reviews, digest, starter_of(run_dir), terms)),
    )


def starter_of(run_dir: Path) -> str:
    """Return who started a run; empty of one that no flow made."""
    trigger = read_trigger(run_dir)
    return "" if trigger is None else trigger.user


def _findings(reviews: Sequence[SignedReview]) -> Iterator[RaisedFinding]:
    resolved = {review.entry.resolves: review for review in reviews if review.entry.resolves}
    for review in reviews:
        if review.entry.kind is ReviewKind.FINDING:
            yield RaisedFinding(review, resolved.get(review.entry.key))


def _approvals(
    reviews: Sequence[SignedReview], digest: str | None, starter: str, terms: ReviewTerms
) -> Iterator[Approval]:
    given = [review for review in reviews if review.entry.is_verdict]
    last = {review.entry.actor: review.number for review in given}
    for review in given:
        is_last = last[review.entry.actor] == review.number
        yield Approval(review, _why_not(review.entry, digest, starter, terms, is_last=is_last))


def _why_not(
    entry: ReviewEntry, digest: str | None, starter: str, terms: ReviewTerms, *, is_last: bool
) -> str:
    if entry.manifest_sha256 != digest:
        return "it is of another manifest than the run has now"
    if not is_last:
        return f"{entry.actor} decided again later"
    if entry.actor == starter:
        return f"{entry.actor} started the run"
    if terms.approvers and entry.actor not in terms.approvers:
        return f"{entry.actor} is none of the approvers"
    return ""
