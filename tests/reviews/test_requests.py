"""What the form asks for becomes the entry that a reviewer's method makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from alertmill.errors import UnfinishedRunError
from alertmill.parameters import ReviewAct, ReviewRequest
from alertmill.reporting.reviewing import carry_out_review
from alertmill.reviews import ReviewKind, ReviewTerms
from tests.reviews.reviewed_runs import reviewed_run

RUN_ID = "20260105T060000Z-3f9a1c2b"


def request(act: ReviewAct, run_id: str = RUN_ID, **changes: object) -> ReviewRequest:
    return ReviewRequest.model_validate(
        {"network": "ethereum", "run_id": run_id, "act": act, "text": "seen", "actor": "ann"}
        | changes
    )


def test_each_act_makes_its_entry_and_says_how_the_run_stands(tmp_path: Path) -> None:
    reviewed = reviewed_run(tmp_path)
    run_id, signed, terms = reviewed.run.run_id, reviewed.runs.signed, ReviewTerms()

    found = carry_out_review(request(ReviewAct.FINDING, run_id, is_blocking=True), signed, terms)
    key = found.review.entry.key
    resolved = carry_out_review(request(ReviewAct.RESOLVE, run_id, finding=key), signed, terms)
    approved = carry_out_review(request(ReviewAct.APPROVE, run_id), signed, terms)
    refused = carry_out_review(request(ReviewAct.REFUSE, run_id), signed, terms)

    assert ["Finding", "Resolution", "Approval", "Refusal"] == [
        entered.title for entered in (found, resolved, approved, refused)
    ]
    assert ReviewKind.RESOLUTION is resolved.review.entry.kind
    assert f"the blocking finding {key} of ann is open: seen." in found.sentence
    assert "Nothing of the review refuses a promotion" in approved.sentence
    assert refused.sentence.endswith("A promotion is refused: ann refused it: seen.")


def test_a_request_about_no_run_is_refused(tmp_path: Path) -> None:
    signed = reviewed_run(tmp_path).runs.signed

    with pytest.raises(UnfinishedRunError):
        carry_out_review(request(ReviewAct.APPROVE), signed, ReviewTerms())


@pytest.mark.parametrize(
    "changes",
    [
        {"run_id": "../../etc"},
        {"text": " "},
        {"actor": ""},
        {"finding": "0000aaaa"},
        {"act": "resolve"},
    ],
)
def test_a_request_that_makes_no_sense_is_refused_by_the_form(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReviewRequest.model_validate(request(ReviewAct.APPROVE).model_dump() | changes)
