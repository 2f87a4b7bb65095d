"""Enter findings, resolutions and approvals of a run that is published, whole and signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from alertmill.answers.reading import metadata_of
from alertmill.audit.chain import sound_entries
from alertmill.audit.entries import EntryKind
from alertmill.audit.ledger import SignedLedger, read_entries
from alertmill.errors import (
    ArtifactChangedError,
    ConfigurationError,
    NotebookFailedError,
    ReviewRefusedError,
    UnfinishedRunError,
)
from alertmill.files import write_model
from alertmill.parameters import ReviewAct, ReviewRequest
from alertmill.reporting.index import INDEX
from alertmill.reporting.manifest import MANIFEST, check_as_published, read_manifest
from alertmill.reviews import ReviewEntry, ReviewKind, ReviewStanding, ReviewTerms
from alertmill.reviews.entries import reviews_folder
from alertmill.reviews.reading import SignedReview
from alertmill.reviews.standing import RaisedFinding, standing_of, starter_of
from alertmill.runs import Run, manifest_digest
from alertmill.vocabulary import FindingSeverity


@dataclass(frozen=True)
class Statement:
    """Who says what."""

    actor: str
    role: str
    text: str


class ReviewDesk:
    """Takes what reviewers say of a run.

    Every entry is a file first, and then signed. It is bound to the manifest as it is now.

    Parameters
    ----------
    run : Run
        A published run.
    signed : SignedLedger
        Of the runs folder that holds the run.
    terms : ReviewTerms
        Whose approval counts.
    """

    def __init__(self, run: Run, signed: SignedLedger, terms: ReviewTerms) -> None:
        self._run = run
        self._signed = signed
        self._terms = terms

    @property
    def standing(self) -> ReviewStanding:
        """How the run stands now.

        Raises
        ------
        ReviewLedgerError
            If a signed entry is gone or was changed.
        """
        return standing_of(self._run.path, self._signed.trusted, self._terms)

    def find(
        self, said: Statement, *, severity: FindingSeverity, is_blocking: bool
    ) -> SignedReview:
        """Enter a finding; while it is open and blocking, the model is not promoted.

        Raises
        ------
        UnfinishedRunError
            If the run was not published.
        ArtifactChangedError
            If a file of the run is not as it was published.
        ReviewRefusedError
            If nobody has signed the run.
        ConfigurationError
            If name or text is empty.
        """
        return self._enter(
            ReviewKind.FINDING, said, {"severity": severity, "is_blocking": is_blocking}
        )

    def resolve(self, key: str, said: Statement) -> SignedReview:
        """Enter that a finding is settled, and by what.

        Raises
        ------
        ReviewRefusedError
            If there is no such open finding, if it blocks and whoever started the run did not raise
            it, or if nobody has signed the run.
        UnfinishedRunError, ArtifactChangedError, ConfigurationError
            As `find`.
        """
        finding = self._open_finding(key)
        raised = finding.raised.entry
        is_own_run = said.actor.strip() == starter_of(self._run.path)
        if raised.is_blocking and is_own_run and raised.actor != said.actor.strip():
            raise ReviewRefusedError.by_starter(said.actor)
        return self._enter(ReviewKind.RESOLUTION, said, {"resolves": key})

    def approve(self, said: Statement) -> SignedReview:
        """Approve the use of the model.

        Raises
        ------
        ReviewRefusedError
            If the person started the run or is none of the approvers, or nobody signed the run.
        NotebookFailedError
            If a report of the run is missing.
        UnfinishedRunError, ArtifactChangedError, ConfigurationError
            As `find`.
        """
        self._check_may_approve(said.actor.strip())
        failed = [n.template for n in read_manifest(self._run.path).notebooks if not n.is_ok]
        if failed:
            raise NotebookFailedError.several(failed, index=self._run.path / "reports" / INDEX)
        return self._enter(ReviewKind.APPROVAL, said)

    def refuse(self, said: Statement) -> SignedReview:
        """Enter that the person is against the use of the model; a later approval replaces it.

        Raises
        ------
        ReviewRefusedError
            If the person started the run or is none of the approvers, or nobody signed the run.
        UnfinishedRunError, ArtifactChangedError, ConfigurationError
            As `find`.
        """
        self._check_may_approve(said.actor.strip())
        return self._enter(ReviewKind.REFUSAL, said)

    def _check_may_approve(self, actor: str) -> None:
        if actor == starter_of(self._run.path):
            raise ReviewRefusedError.by_starter(actor)
        if self._terms.approvers and actor not in self._terms.approvers:
            raise ReviewRefusedError.no_approver(actor, self._terms.approvers)

    def _open_finding(self, key: str) -> RaisedFinding:
        known = {f.raised.entry.key: f for f in self.standing.findings if f.is_open}
        if key not in known:
            raise ReviewRefusedError.unknown_finding(key, tuple(known))
        return known[key]

    def _enter(
        self, kind: ReviewKind, said: Statement, particulars: dict[str, object] | None = None
    ) -> SignedReview:
        if not said.actor.strip() or not said.text.strip():
            raise ConfigurationError(
                "name or text is empty; write who reviews, and what was found or why."
            )
        run, metadata = self._run, metadata_of(self._run)
        entry = ReviewEntry.model_validate(
            {
                "kind": kind,
                "entered_at": datetime.now(UTC),
                "network": run.parameters.network,
                "run_id": run.run_id,
                "model_id": "" if metadata is None else metadata.model_id,
                "manifest_sha256": self._checked_digest(),
                "actor": said.actor.strip(),
                "role": said.role.strip(),
                "text": " ".join(said.text.split()),
                **(particulars or {}),
            }
        )
        self._signed.admit_key()  # a revoked key ends it before a file is there
        path = reviews_folder(self._signed.runs_dir, entry.network) / entry.file_name
        write_model(path, entry)
        return SignedReview(entry, self._signed.enter(EntryKind.REVIEW, path).number)

    def _checked_digest(self) -> str:
        """Return the digest of the manifest of a run that is whole and signed."""
        run_dir = self._run.path
        check_as_published(run_dir)
        digest = manifest_digest(run_dir)
        if digest is None:
            raise UnfinishedRunError.of(run_dir, MANIFEST)
        name = f"{run_dir.parent.name}/{run_dir.name}/{MANIFEST}"
        sound = sound_entries(read_entries(self._signed.runs_dir), self._signed.trusted)
        last = {entry.path: entry.sha256 for entry in sound}.get(name)
        if last is None:
            raise ReviewRefusedError.unsigned(run_dir)
        if last != digest:
            raise ArtifactChangedError.of(run_dir / MANIFEST, expected=last, found=digest)
        return digest


@dataclass(frozen=True)
class EnteredReview:
    """What was entered, and how the run stands then."""

    review: SignedReview
    standing: ReviewStanding

    @property
    def title(self) -> str:
        """The kind of the entry, as the name of a state."""
        return self.review.entry.kind.value.capitalize()

    @property
    def sentence(self) -> str:
        """Which entry of the ledger it is, by whom, and how the run stands."""
        said = self.review.entry
        return (
            f"Entry {self.review.number} of the signed ledger: {said.kind} {said.key} by "
            f"{said.who}, of the manifest {said.manifest_sha256}. {self.standing.sentence}"
        )


def carry_out_review(
    request: ReviewRequest, signed: SignedLedger, terms: ReviewTerms
) -> EnteredReview:
    """Enter what a reviewer asks for, as the form and the command line do.

    Raises
    ------
    UnfinishedRunError
        If there is no such run, or it was not published.
    ReviewRefusedError, ArtifactChangedError, NotebookFailedError
        As the methods of `ReviewDesk`.
    """
    desk = ReviewDesk(Run.open(signed.runs_dir / request.network / request.run_id), signed, terms)
    said = Statement(request.actor, request.role, request.text)
    if request.act is ReviewAct.FINDING:
        entered = desk.find(said, severity=request.severity, is_blocking=request.is_blocking)
    elif request.act is ReviewAct.RESOLVE:
        entered = desk.resolve(request.finding, said)
    else:
        decide = desk.approve if request.act is ReviewAct.APPROVE else desk.refuse
        entered = decide(said)
    return EnteredReview(entered, desk.standing)
