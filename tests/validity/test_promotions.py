"""How often a model wins by chance: at equal quality, at a loss of the margin, and in a toy run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from alertmill.evaluation.intervals import difference_interval, rarer_addresses
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.resampling import measure
from alertmill.evaluation.samples import Sample
from alertmill.promotions import PromotionDecision
from alertmill.promotions.deciding import decide
from alertmill.vocabulary import PromotionOutcome
from tests.evaluation.factories import sample_of
from tests.promotions.cases import case, difference

SHARE = 0.2
"""Share of the addresses that are true."""
CHAMPION_GAP = float(np.sqrt(2) * ndtri(0.85))
"""Between the mean scores of true and false addresses: a ROC AUC of 0.85."""
N_DAYS = 4
N_RESAMPLES = 200
MARGIN = 0.05
AGEING = (0.0, 0.002, 0.005)
"""Average precision that a model loses a week."""


def true_average_precision(gap: float) -> float:
    """Integrate precision over recall for normal scores of variance 1, ``gap`` apart."""
    threshold = np.linspace(-6, 7, 8_001)
    recall, false_rate = 1 - ndtr(threshold - gap), 1 - ndtr(threshold)
    precision = SHARE * recall / (SHARE * recall + (1 - SHARE) * false_rate)
    density = np.exp(-((threshold - gap) ** 2) / 2) / np.sqrt(2 * np.pi)
    return float(np.trapezoid(precision * density, threshold))


def gap_at(true_difference: float) -> float:
    """Find the gap whose average precision differs from the champion's by so much."""
    wanted = true_average_precision(CHAMPION_GAP) + true_difference
    return float(brentq(lambda gap: true_average_precision(gap) - wanted, 0.1, 5))


def two_models(
    rng: np.random.Generator, *, n_addresses: int, true_difference: float
) -> tuple[Sample, Sample]:
    """Draw four alerts an address, scored by a model and by the champion.

    Half of the noise of an address is common to both: models that read the same alerts err alike.
    A tenth of all noise is of the day.
    """
    y = (np.arange(n_addresses) < SHARE * n_addresses).astype(float)
    shared = rng.normal(0, np.sqrt(0.45), n_addresses)
    scores = [
        np.tile(gap * y + shared + rng.normal(0, np.sqrt(0.45), n_addresses), N_DAYS)
        + rng.normal(0, np.sqrt(0.1), N_DAYS * n_addresses)
        for gap in (gap_at(true_difference), CHAMPION_GAP)
    ]
    model = replace(
        sample_of(np.tile(y, N_DAYS), scores[0]),
        day=np.repeat(np.arange(N_DAYS), n_addresses),
        address=np.tile(np.arange(n_addresses), N_DAYS),
        n_addresses=n_addresses,
    )
    return model, model.scored(scores[1])


def decision_on(model: Sample, champion: Sample, *, seed: int) -> PromotionDecision:
    """Compare and decide as a run does, with the default parameters."""
    metric = METRIC_BY_NAME["average_precision"]
    own, other = measure([(model, metric), (champion, metric)], n_bootstrap=N_RESAMPLES, seed=seed)
    ends = difference_interval(own, other, n_addresses=rarer_addresses(model))
    found = difference(own.value - other.value, ends.low, ends.high)
    return decide(
        case(
            found,
            n_confirmed_addresses=model.count_addresses(y=1.0),
            n_resamples=N_RESAMPLES,
        )
    )


@dataclass(frozen=True)
class Shares:
    """How the decisions of many repeats are distributed."""

    decisions: tuple[PromotionDecision, ...]

    def of(self, outcome: PromotionOutcome) -> float:
        """Return the share of an outcome."""
        return float(np.mean([decision.outcome is outcome for decision in self.decisions]))

    @property
    def recommended(self) -> float:
        """Share of the models that would be promoted in mode auto."""
        return float(np.mean([decision.is_recommended for decision in self.decisions]))


def simulate(*, n_addresses: int, true_difference: float, n_repeats: int) -> Shares:
    rng = np.random.default_rng(37)
    return Shares(
        tuple(
            decision_on(
                *two_models(rng, n_addresses=n_addresses, true_difference=true_difference),
                seed=repeat,
            )
            for repeat in range(n_repeats)
        )
    )


def test_the_planted_difference_is_the_one_that_is_measured() -> None:
    model, champion = two_models(
        np.random.default_rng(3), n_addresses=40_000, true_difference=-MARGIN
    )
    metric = METRIC_BY_NAME["average_precision"]

    own, other = measure([(model, metric), (champion, metric)], n_bootstrap=1, seed=1)

    assert own.value - other.value == pytest.approx(-MARGIN, abs=0.01)


def test_models_are_seldom_promoted_by_chance() -> None:
    equal, worse = (
        simulate(n_addresses=150, true_difference=planted, n_repeats=60)
        for planted in (0.0, -MARGIN)
    )

    # 2.5 % + 3 standard errors of 60 repeats
    assert equal.of(PromotionOutcome.BETTER) < 0.09
    assert worse.recommended < 0.09


@pytest.mark.parametrize("true_difference", [0.0, 0.3])
def test_a_toy_run_never_wins(true_difference: float) -> None:
    toys = simulate(n_addresses=90, true_difference=true_difference, n_repeats=20)

    assert (0.0, 1.0) == (toys.recommended, toys.of(PromotionOutcome.UNDECIDED))


@pytest.mark.heavy
@pytest.mark.parametrize("n_addresses", [100, 300, 1_000])
def test_the_share_of_wrong_promotions_is_what_the_interval_says(
    n_addresses: int, record_property: Callable[[str, object], None]
) -> None:
    n_repeats = 500
    equal, worse = (
        simulate(n_addresses=n_addresses, true_difference=planted, n_repeats=n_repeats)
        for planted in (0.0, -MARGIN)
    )

    size = f"{SHARE * n_addresses:g} confirmed addresses"
    record_property(
        f"V16 equal quality, {size}",
        f"called better {equal.of(PromotionOutcome.BETTER):.1%}, worse "
        f"{equal.of(PromotionOutcome.WORSE):.1%}, promoted when fresher {equal.recommended:.1%} of "
        f"{n_repeats}",
    )
    record_property(
        f"V16 true difference -0.05, {size}",
        f"promoted {worse.recommended:.1%}, called worse {worse.of(PromotionOutcome.WORSE):.1%} of "
        f"{n_repeats}",
    )
    assert equal.of(PromotionOutcome.BETTER) <= 0.05
    assert worse.recommended <= 0.055


# --- which of the two stays when neither is worse --------------------------------------------


def quality_over_a_year(
    rng: np.random.Generator, *, ageing: float, half_width: float, replaces_when_not_worse: bool
) -> float:
    """Return the mean quality in use over 52 weekly trainings, 0 being that of a fresh model.

    Quality of a fresh model varies by 0.01 from training to training, and one training in twenty
    is a failure of 0.05. A model loses ``ageing`` a week.
    """
    champion, qualities = 0.0, []
    for _ in range(52):
        champion -= ageing
        fresh = rng.normal(0, 0.01) - (0.05 if rng.random() < 0.05 else 0.0)
        measured = rng.normal(fresh - champion, half_width / 1.96)
        found = difference(measured, measured - half_width, measured + half_width)
        outcome = decide(case(found)).outcome
        is_promoted = outcome is PromotionOutcome.BETTER or (
            replaces_when_not_worse and outcome is PromotionOutcome.NOT_WORSE
        )
        champion = fresh if is_promoted else champion
        qualities.append(champion)
    return float(np.mean(qualities))


@pytest.mark.parametrize("half_width", [0.03, 0.06])
def test_replacing_by_a_fresher_model_costs_little_and_wins_where_models_age(
    half_width: float, record_property: Callable[[str, object], None]
) -> None:
    rng = np.random.default_rng(41)
    means = {
        (ageing, replaces): np.mean(
            [
                quality_over_a_year(
                    rng, ageing=ageing, half_width=half_width, replaces_when_not_worse=replaces
                )
                for _ in range(40)
            ]
        )
        for ageing in AGEING
        for replaces in (True, False)
    }

    for ageing in AGEING:
        fresher, kept = means[ageing, True], means[ageing, False]
        record_property(
            f"V17 a year of ageing by {ageing:g} a week, interval ±{half_width:g}",
            f"mean quality {fresher:+.4f} when the fresher replaces, {kept:+.4f} when the champion "
            "is kept",
        )
    assert means[0.0, True] > means[0.0, False] - 0.2 * MARGIN
    assert means[0.002, True] > means[0.002, False]
    assert means[0.005, True] > means[0.005, False] + 0.1 * MARGIN
