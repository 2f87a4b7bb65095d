"""A decision has one outcome, and a sentence that gives its reason."""

from __future__ import annotations

from datetime import date

import pytest

from alertmill.evaluation.reports import PairedDifference
from alertmill.parameters import PromotionParameters
from alertmill.promotions.deciding import decide
from alertmill.training.registry.champions import ChampionReport
from alertmill.vocabulary import PromotionMode, PromotionOutcome
from tests.promotions.cases import (
    CHAMPION,
    EARLY,
    LATE,
    MODEL,
    NO_CHAMPION,
    case,
    check_result,
    difference,
)


@pytest.mark.parametrize(
    ("found", "outcome", "sentence"),
    [
        (
            difference(0.1, 0.02, 0.18),
            PromotionOutcome.BETTER,
            "Better than the champion; difference in average precision +0.100 (+0.020 to +0.180).",
        ),
        (
            difference(-0.01, -0.04, 0.02),
            PromotionOutcome.NOT_WORSE,
            (
                "Not worse than the champion by more than the margin (0.05); difference in average "
                "precision -0.010 (-0.040 to +0.020); fitted on later days (up to 2024-02-08, the "
                "champion up to 2024-02-01)."
            ),
        ),
        (
            difference(0.01, -0.044, 0.064),
            PromotionOutcome.NOT_WORSE,
            (
                "Not worse than the champion by more than the margin (0.05); difference in average "
                "precision +0.010 (-0.044 to +0.064); fitted on later days (up to 2024-02-08, the "
                "champion up to 2024-02-01)."
            ),
        ),
        (
            difference(-0.01, -0.064, 0.044),
            PromotionOutcome.UNDECIDED,
            (
                "Undecided: the interval (±0.054) is wider than the margin (0.05); difference in "
                "average precision -0.010 (-0.064 to +0.044)."
            ),
        ),
        (
            difference(-0.01, -0.06001, 0.04003),
            PromotionOutcome.UNDECIDED,
            (
                "Undecided: the interval (±0.05002) is wider than the margin (0.05); difference in "
                "average precision -0.010 (-0.060 to +0.040)."
            ),
        ),
        (
            difference(-0.02, -0.06, 0.02),
            PromotionOutcome.UNDECIDED,
            (
                "Undecided: the interval begins at -0.060, below minus the margin (-0.05); "
                "difference in average precision -0.020 (-0.060 to +0.020)."
            ),
        ),
        (
            difference(-0.03, -0.04, -0.02),
            PromotionOutcome.WORSE,
            "Worse than the champion; difference in average precision -0.030 (-0.040 to -0.020).",
        ),
        (
            difference(None, note="no confirmed alerts"),
            PromotionOutcome.UNDECIDED,
            "Undecided: the difference has no interval (no confirmed alerts).",
        ),
        (None, PromotionOutcome.UNDECIDED, "Undecided: it was not compared."),
    ],
)
def test_the_interval_and_the_margin_decide(
    found: PairedDifference | None, outcome: PromotionOutcome, sentence: str
) -> None:
    decision = decide(case(found))

    is_better = outcome in (PromotionOutcome.BETTER, PromotionOutcome.NOT_WORSE)
    assert (outcome, sentence, is_better) == (
        decision.outcome,
        decision.sentence,
        decision.is_recommended,
    )


@pytest.mark.parametrize(
    ("low", "high", "outcome"),
    [
        (0.03, 0.09, PromotionOutcome.BETTER),
        (0.01, 0.09, PromotionOutcome.UNDECIDED),
        (0.001, 0.019, PromotionOutcome.WORSE),
        (-0.09, -0.01, PromotionOutcome.WORSE),
    ],
)
def test_a_margin_below_zero_is_a_required_gain(
    low: float, high: float, outcome: PromotionOutcome
) -> None:
    found = difference((low + high) / 2, low, high)

    decision = decide(case(found, parameters=PromotionParameters(margin=-0.02)))

    assert outcome is decision.outcome
    assert "the required gain (0.02)" in decision.sentence


def test_without_a_margin_a_model_that_may_lose_anything_is_undecided() -> None:
    decision = decide(
        case(difference(0.0, -0.001, 0.001), parameters=PromotionParameters(margin=0))
    )

    assert decision.outcome is PromotionOutcome.UNDECIDED
    assert "the interval begins at -0.001, below 0" in decision.sentence


@pytest.mark.parametrize(
    ("fitted_until", "champion_fitted_until", "ending"),
    [
        (
            EARLY,
            EARLY,
            "fitted on no later days (up to 2024-02-01, the champion up to 2024-02-01).",
        ),
        (EARLY, LATE, "fitted on no later days (up to 2024-02-01, the champion up to 2024-02-08)."),
        (LATE, None, "which of the two was fitted on later days is not known."),
        (None, EARLY, "which of the two was fitted on later days is not known."),
    ],
)
def test_a_tie_that_is_not_fresher_leaves_the_champion(
    fitted_until: date | None, champion_fitted_until: date | None, ending: str
) -> None:
    decision = decide(
        case(
            difference(0.0, 0.0, 0.0),
            fitted_until=fitted_until,
            champion_fitted_until=champion_fitted_until,
        )
    )

    assert decision.outcome is PromotionOutcome.NOT_WORSE
    assert not decision.is_recommended
    assert decision.sentence.endswith(ending)


def test_the_first_model_needs_no_comparison() -> None:
    decision = decide(case(champion=NO_CHAMPION))

    assert (PromotionOutcome.FIRST, True) == (decision.outcome, decision.is_recommended)
    assert decision.sentence == "There is no champion yet, and no blocking check found an issue."


def test_the_champion_trained_again_is_the_same_model() -> None:
    decision = decide(
        case(difference(0.0, 0.0, 0.0), model_id=CHAMPION, issues=(check_result("AM005"),))
    )

    assert (PromotionOutcome.SAME_MODEL, False) == (decision.outcome, decision.is_recommended)
    assert decision.sentence == f"The run reproduced the champion {CHAMPION}."


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        (("AM005",), "One check objects: AM005 title of AM005 (found by AM005)."),
        (
            ("AM005", "AM006"),
            (
                "2 checks object: AM005 title of AM005 (found by AM005); AM006 title of AM006 "
                "(found by AM006)."
            ),
        ),
        (("AM004", "AM006"), "One check objects: AM006 title of AM006 (found by AM006)."),
    ],
)
def test_a_blocking_check_is_named(codes: tuple[str, ...], sentence: str) -> None:
    issues = tuple(check_result(code) for code in codes)

    decision = decide(case(difference(0.1, 0.02, 0.18), issues=issues))

    assert decision.outcome is PromotionOutcome.BLOCKED
    assert sentence == decision.sentence
    assert decision.blocking == tuple(code for code in codes if code != "AM004")


@pytest.mark.parametrize("champion", [NO_CHAMPION, None], ids=["first", "with a champion"])
@pytest.mark.parametrize(
    ("n_confirmed_addresses", "n_resamples", "reason"),
    [
        (0, 400, "only 0 new test addresses have a confirmed alert (at least 20 needed)."),
        (1, 400, "only 1 new test address has a confirmed alert (at least 20 needed)."),
        (19, 400, "only 19 new test addresses have a confirmed alert (at least 20 needed)."),
        (60, 50, "the interval rests on 50 resamples (at least 200 needed)."),
        (
            3,
            50,
            (
                "only 3 new test addresses have a confirmed alert (at least 20 needed), and the "
                "interval rests on 50 resamples (at least 200 needed)."
            ),
        ),
    ],
)
def test_a_toy_run_decides_nothing(
    champion: ChampionReport | None, n_confirmed_addresses: int, n_resamples: int, reason: str
) -> None:
    decision = decide(
        case(
            difference(0.3, 0.2, 0.4),
            **({"champion": champion} if champion else {}),  # type: ignore[arg-type]
            n_confirmed_addresses=n_confirmed_addresses,
            n_resamples=n_resamples,
        )
    )

    assert (PromotionOutcome.UNDECIDED, False) == (decision.outcome, decision.is_recommended)
    assert decision.sentence == f"Undecided: {reason}"


def test_a_champion_that_cannot_be_compared_leaves_it_undecided() -> None:
    champion = ChampionReport(model_id=CHAMPION, version="1.0.0", reason="it reads other features")

    decision = decide(case(champion=champion, issues=(check_result("AM004"),)))

    assert decision.outcome is PromotionOutcome.UNDECIDED
    assert decision.sentence == (
        f"Undecided: the champion {CHAMPION} cannot be compared, because it reads other features."
    )


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (difference(-0.1, -0.3, 0.1), PromotionOutcome.UNDECIDED),
        (difference(-0.1, -0.15, -0.05), PromotionOutcome.WORSE),
    ],
)
def test_a_muted_comparison_keeps_its_outcome_and_recommends_the_model(
    found: PairedDifference, outcome: PromotionOutcome
) -> None:
    muted = check_result("AM004", muted_because="a pilot with new labels")

    decision = decide(case(found, issues=(muted,)))

    assert (outcome, True) == (decision.outcome, decision.is_recommended)
    assert decision.sentence.endswith("; AM004 is muted: a pilot with new labels.")


def test_a_saved_decision_reads_back() -> None:
    decision = decide(
        case(difference(0.1, 0.02, 0.18), parameters=PromotionParameters(mode=PromotionMode.AUTO))
    )

    assert decision == type(decision).model_validate_json(decision.model_dump_json())
    assert (PromotionMode.AUTO, MODEL, CHAMPION) == (
        decision.mode,
        decision.model_id,
        decision.champion_id,
    )
