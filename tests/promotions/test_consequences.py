"""What follows from a decision depends on the mode, on the champion now and on people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alertmill.promotions import PromotionEntry
from alertmill.promotions.consequences import consequence_of
from alertmill.promotions.deciding import decide
from alertmill.vocabulary import PromotionMode, PromotionOutcome, PromotionVerdict
from tests.promotions.cases import BETTER, CHAMPION, MODEL, NO_CHAMPION, case, decision

REJECTION = PromotionEntry(
    decided_at=datetime(2026, 1, 5, 6, 7, 8, 9_123, tzinfo=UTC),
    network="ethereum",
    model_type="alert_scorer",
    window_days=7,
    model_id=MODEL,
    run_id="run",
    verdict=PromotionVerdict.REJECTED,
    actor="ann",
    reason="too many false alarms on exchanges.",
)


def test_a_recommended_model_is_proposed_by_default() -> None:
    found = consequence_of(BETTER, champion_id=CHAMPION, rejection=None)

    assert found.verdict is PromotionVerdict.PROPOSED
    assert found.sentence == (
        f"{BETTER.sentence} A person decides: alertmill promote or alertmill reject {MODEL}."
    )


def test_in_mode_auto_a_recommended_model_is_promoted() -> None:
    found = consequence_of(decision(mode=PromotionMode.AUTO), champion_id=CHAMPION, rejection=None)

    assert found.verdict is PromotionVerdict.PROMOTED
    assert found.sentence == (
        f"{BETTER.sentence} {MODEL} is the champion now, in place of {CHAMPION}."
    )


def test_in_mode_auto_a_model_whose_review_stands_against_it_is_only_proposed() -> None:
    obstacles = ("1 of 1 approval missing",)
    auto = decision(mode=PromotionMode.AUTO)

    found = consequence_of(auto, champion_id=CHAMPION, rejection=None, obstacles=obstacles)

    assert found.verdict is PromotionVerdict.PROPOSED
    assert found.sentence == (
        f"{BETTER.sentence} Its review comes first: 1 of 1 approval missing. A person decides: "
        f"alertmill promote or alertmill reject {MODEL}."
    )


def test_the_first_champion_takes_nobodys_place() -> None:
    first = decide(case(champion=NO_CHAMPION)).model_copy(update={"mode": PromotionMode.AUTO})

    found = consequence_of(first, champion_id=None, rejection=None)

    assert found.verdict is PromotionVerdict.PROMOTED
    assert found.sentence == f"{first.sentence} {MODEL} is the champion now."


def test_in_mode_off_nothing_follows() -> None:
    found = consequence_of(decision(mode=PromotionMode.OFF), champion_id=CHAMPION, rejection=None)

    assert found.verdict is PromotionVerdict.KEPT
    assert found.sentence == (
        f"{BETTER.sentence} Nothing follows, because promotion.mode is off. The champion "
        f"{CHAMPION} stays."
    )


@pytest.mark.parametrize("mode", [PromotionMode.PROPOSE, PromotionMode.AUTO])
@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (PromotionOutcome.UNDECIDED, PromotionVerdict.UNDECIDED),
        (PromotionOutcome.WORSE, PromotionVerdict.KEPT),
        (PromotionOutcome.BLOCKED, PromotionVerdict.KEPT),
        (PromotionOutcome.NOT_WORSE, PromotionVerdict.KEPT),
    ],
)
def test_a_model_that_is_not_recommended_leaves_the_champion(
    mode: PromotionMode, outcome: PromotionOutcome, verdict: PromotionVerdict
) -> None:
    kept = decision(mode=mode, outcome=outcome, is_recommended=False)

    found = consequence_of(kept, champion_id=CHAMPION, rejection=None)

    assert (verdict, f"{BETTER.sentence} The champion {CHAMPION} stays.") == (
        found.verdict,
        found.sentence,
    )


def test_an_undecided_first_model_leaves_no_champion() -> None:
    toy = decide(case(champion=NO_CHAMPION, n_confirmed_addresses=3))

    found = consequence_of(toy, champion_id=None, rejection=None)

    assert found.verdict is PromotionVerdict.UNDECIDED
    assert found.sentence.endswith("(at least 20 needed). There is still no champion.")


@pytest.mark.parametrize("mode", [PromotionMode.PROPOSE, PromotionMode.AUTO])
@pytest.mark.parametrize(
    ("then", "now", "text"),
    [
        (CHAMPION, "alert_scorer-third", f"(then {CHAMPION}, now alert_scorer-third)"),
        (None, CHAMPION, f"(then none, now {CHAMPION})"),
        (CHAMPION, None, f"(then {CHAMPION}, now none)"),
    ],
)
def test_a_champion_that_changed_meanwhile_stays(
    mode: PromotionMode, then: str | None, now: str | None, text: str
) -> None:
    found = consequence_of(decision(mode=mode, champion_id=then), champion_id=now, rejection=None)

    assert found.verdict is PromotionVerdict.KEPT
    assert text in found.sentence


def test_the_champion_trained_again_changes_nothing() -> None:
    same = decide(case(model_id=CHAMPION))

    found = consequence_of(same, champion_id=CHAMPION, rejection=None)

    assert found.verdict is PromotionVerdict.KEPT
    assert found.sentence == f"The run reproduced the champion {CHAMPION}. Nothing changes."


def test_a_model_that_became_champion_meanwhile_changes_nothing() -> None:
    found = consequence_of(decision(mode=PromotionMode.AUTO), champion_id=MODEL, rejection=None)

    assert found.verdict is PromotionVerdict.KEPT
    assert found.sentence == f"{MODEL} has become the champion meanwhile. Nothing changes."


def test_a_rejected_model_that_is_trained_again_stays_rejected() -> None:
    found = consequence_of(
        decision(mode=PromotionMode.AUTO), champion_id=CHAMPION, rejection=REJECTION
    )

    assert found.verdict is PromotionVerdict.REJECTED
    assert found.sentence == (
        "The same model was rejected by ann on 2026-01-05: too many false alarms on exchanges. "
        f"The champion {CHAMPION} stays."
    )
