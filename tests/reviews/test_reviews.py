"""Reviews are signed, bound to a manifest, and stand against a promotion until they are settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.audit.entries import EntryKind
from alertmill.audit.trust import TrustedKeys
from alertmill.errors import (
    ArtifactChangedError,
    ConfigurationError,
    ReviewLedgerError,
    ReviewRefusedError,
    UnfinishedRunError,
)
from alertmill.files import write_model, write_text
from alertmill.housekeeping.proof import prove_run, prove_runs
from alertmill.reporting.reviewing import ReviewDesk, Statement
from alertmill.reviews import REVIEWS_FOLDER, ReviewTerms
from alertmill.runs import manifest_digest
from tests.housekeeping.stored_runs import NOW, Runs
from tests.reviews.reviewed_runs import STARTER, Reviewed, reviewed_run
from tests.support.signing import key_of, signed_ledger

TWO = ReviewTerms(n_needed=2)


def trusted() -> TrustedKeys:
    return TrustedKeys.only(key_of().public, now=NOW)


@pytest.fixture
def reviewed(tmp_path: Path) -> Reviewed:
    """A published run of which two persons must approve."""
    return reviewed_run(tmp_path, TWO)


def review_files(reviewed: Reviewed) -> list[Path]:
    return sorted((reviewed.runs.network / REVIEWS_FOLDER).iterdir())


def test_without_reviews_and_needs_nothing_stands_against_a_promotion(tmp_path: Path) -> None:
    standing = reviewed_run(tmp_path).desk.standing

    assert () == standing.obstacles
    assert (
        "Nothing of the review refuses a promotion: 0 open findings, none of them blocking; "
        "0 approvals, 0 needed." == standing.sentence
    )
    assert "No approval is needed for a promotion." == standing.terms.sentence


def test_approvals_of_two_persons_are_needed_and_the_last_word_of_each_counts(
    reviewed: Reviewed,
) -> None:
    assert ("2 of 2 approvals missing",) == reviewed.desk.standing.obstacles
    reviewed.approve("ann")
    reviewed.approve("ann")
    assert ("1 of 2 approvals missing",) == reviewed.desk.standing.obstacles
    reviewed.approve("bob")
    assert () == reviewed.desk.standing.obstacles

    reviewed.desk.refuse(Statement("bob", "risk", "The test range is too short."))

    standing = reviewed.desk.standing
    assert (
        "bob (risk) refused it: The test range is too short",
        "1 of 2 approvals missing",
    ) == standing.obstacles
    assert [
        "approved, does not count: ann decided again later",
        "approved",
        "approved, does not count: bob decided again later",
        "refused",
    ] == [approval.state for approval in standing.approvals]


def test_an_open_blocking_finding_stands_against_a_promotion_until_it_is_resolved(
    tmp_path: Path,
) -> None:
    reviewed = reviewed_run(tmp_path)
    minor, blocking = reviewed.find(is_blocking=False), reviewed.find()
    key = blocking.entry.key

    assert (
        (
            f"the blocking finding {key} of ann (model validation) is open: The labels of May are "
            "missing"
        ),
    ) == reviewed.desk.standing.obstacles
    reviewed.desk.resolve(key, Statement("bob", "", "loaded in batch 7"))

    standing = reviewed.desk.standing
    assert () == standing.obstacles
    assert [minor.entry.key] == [f.raised.entry.key for f in standing.findings if f.is_open]
    assert standing.findings[1].state.startswith("resolved by bob on ")
    assert standing.findings[1].state.endswith(": loaded in batch 7")
    with pytest.raises(ReviewRefusedError, match=f"open are: {minor.entry.key}"):
        reviewed.desk.resolve(key, Statement("bob", "", "again"))


def test_who_started_the_run_neither_approves_it_nor_settles_what_blocks_it(
    reviewed: Reviewed,
) -> None:
    key = reviewed.find().entry.key

    with pytest.raises(ReviewRefusedError, match="sam started the run and cannot approve it"):
        reviewed.approve(STARTER)
    with pytest.raises(ReviewRefusedError, match="sam started the run"):
        reviewed.desk.resolve(key, Statement(STARTER, "", "it is fine"))


def test_only_the_named_approvers_count(tmp_path: Path) -> None:
    reviewed = reviewed_run(tmp_path)
    reviewed.approve("ann")
    named = Reviewed(reviewed.runs, reviewed.run, ReviewTerms(1, ("bob", "eve")))

    assert ("1 of 1 approval missing",) == named.desk.standing.obstacles
    assert "ann is none of the approvers" in named.desk.standing.approvals[0].state
    with pytest.raises(ReviewRefusedError, match=r"ann is none of the approvers \(bob, eve\)"):
        named.approve("ann")


def test_an_approval_of_a_run_that_was_published_anew_does_not_count_and_is_noted(
    reviewed: Reviewed,
) -> None:
    reviewed.approve("ann")
    finding = reviewed.find()
    reviewed.publish_again()

    standing = reviewed.desk.standing
    proof = prove_run(reviewed.run.path, trusted())

    assert manifest_digest(reviewed.run.path) == standing.manifest_sha256
    assert ["approved, does not count: it is of another manifest than the run has now"] == [
        approval.state for approval in standing.approvals
    ]
    assert finding.entry.key in standing.obstacles[0]
    assert () == proof.deviations
    assert (
        "The approval of ann is of an earlier manifest: the run was published anew after it."
        == proof.notes[0]
    )


def test_a_changed_run_is_not_approved(reviewed: Reviewed) -> None:
    write_text(reviewed.run.path / "data" / "rows.txt", "other rows")

    with pytest.raises(ArtifactChangedError, match=r"changed: data/rows\.txt"):
        reviewed.approve("ann")


def test_an_unpublished_or_unsigned_run_is_not_reviewed(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    unfinished = ReviewDesk(runs.begin(days_old=1), runs.signed, ReviewTerms())
    published = runs.finish(days_old=2)
    other_key = signed_ledger(runs.root, key=2)
    stranger = ReviewDesk(published, other_key, ReviewTerms())
    (runs.root.parent / "state" / "keys" / "trusted.json").unlink()

    with pytest.raises(UnfinishedRunError):
        unfinished.approve(Statement("ann", "", "fine"))
    with pytest.raises(ReviewRefusedError, match="no entry in the signed ledger"):
        stranger.approve(Statement("ann", "", "fine"))


@pytest.mark.parametrize("said", [Statement("ann", "", " "), Statement(" ", "", "fine")])
def test_a_review_without_a_name_or_a_text_is_refused(reviewed: Reviewed, said: Statement) -> None:
    with pytest.raises(ConfigurationError, match="name or text is empty"):
        reviewed.desk.approve(said)


def test_reviews_are_verified_with_the_run_and_with_everything(reviewed: Reviewed) -> None:
    reviewed.find()
    reviewed.approve("ann")

    assert () == prove_run(reviewed.run.path, trusted()).deviations
    assert () == prove_runs(reviewed.runs.root, trusted()).deviations
    assert 3 == prove_runs(reviewed.runs.root, trusted()).n_entries


def test_a_changed_deleted_or_invented_review_is_found_and_nothing_follows_from_it(
    reviewed: Reviewed,
) -> None:
    reviewed.find()
    (path,) = review_files(reviewed)
    entry = reviewed.desk.standing.findings[0].raised.entry
    place = f"ethereum/reviews/{path.name}"

    write_model(path, entry.model_copy(update={"is_blocking": False}))
    for proof in (
        prove_run(reviewed.run.path, trusted()),
        prove_runs(reviewed.runs.root, trusted()),
    ):
        assert [f"{place}: it is not the file that entry 2 vouches for"] == [
            deviation.sentence for deviation in proof.deviations
        ]
    with pytest.raises(ReviewLedgerError, match="is not the file that was signed"):
        _ = reviewed.desk.standing

    path.unlink()
    assert ["it is gone or no plain file; entry 2 vouches for it"] == [
        deviation.text for deviation in prove_run(reviewed.run.path, trusted()).deviations
    ]
    with pytest.raises(ReviewLedgerError, match="is gone"):
        _ = reviewed.desk.standing


def test_an_approval_that_nobody_signed_says_nothing(reviewed: Reviewed) -> None:
    signed = reviewed.approve("ann").entry
    forged = signed.model_copy(update={"actor": "bob"})
    write_model(reviewed.runs.network / REVIEWS_FOLDER / forged.file_name, forged)

    assert 1 == reviewed.desk.standing.n_approved
    assert ["no entry of the ledger vouches for it"] == [
        deviation.text for deviation in prove_runs(reviewed.runs.root, trusted()).deviations
    ]


def test_a_review_of_a_manifest_that_nobody_signed_is_found(reviewed: Reviewed) -> None:
    entry = reviewed.approve("ann").entry.model_copy(update={"manifest_sha256": "0" * 64})
    path = reviewed.runs.network / REVIEWS_FOLDER / entry.file_name
    write_model(path, entry)
    reviewed.runs.signed.enter(EntryKind.REVIEW, path)

    assert ["nobody signed the manifest.json that it speaks of"] == [
        deviation.text for deviation in prove_runs(reviewed.runs.root, trusted()).deviations
    ]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (ReviewTerms(), "No approval is needed for a promotion."),
        (ReviewTerms(1), "A promotion needs the approval of 1 person; whoever"),
        (ReviewTerms(2, ("ann", "bob", "eve")), "of 2 persons out of ann, bob and eve; whoever"),
    ],
)
def test_the_rule_of_approvals_is_a_sentence(terms: ReviewTerms, expected: str) -> None:
    assert expected in terms.sentence
