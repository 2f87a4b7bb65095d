"""The swap test keeps its level and finds real differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import rankdata

from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.permutation import _BothOrders, holm, swap_test
from alertmill.evaluation.samples import Sample, equal_weights

METRIC_NAMES = ("average_precision", "roc_auc", "precision_at_budget", "brier_score")


def two_scores(
    rng: np.random.Generator, *, rival_noise: float, n_addresses: int = 60
) -> tuple[Sample, np.ndarray]:
    """Draw four alerts an address, and two scores that see the truth through other noise."""
    y = (rng.random(n_addresses) < 0.3).astype(float)
    day = np.repeat(np.arange(4), n_addresses)
    scores = [
        np.tile(rng.normal(1.5 * y, noise), 4) + rng.normal(0, 0.1, len(day))
        for noise in (1.0, rival_noise)
    ]
    probabilities = [1 / (1 + np.exp(1.0 - score)) for score in scores]
    sample = Sample(
        y=np.where(rng.random(len(day)) < 0.1, np.nan, np.tile(y, 4)),
        score=probabilities[0],
        day=day,
        address=np.tile(np.arange(n_addresses), 4),
        n_addresses=n_addresses,
        inside=np.ones(len(day), dtype=bool),
        budget=n_addresses // 5,
        threshold=0.5,
        in_queue=np.ones(len(day), dtype=bool),
    )
    return sample, probabilities[1]


def two_areas(rng: np.random.Generator, *, n_addresses: int) -> tuple[Sample, np.ndarray]:
    """Draw four alerts an address and two scores with areas of 0.85 and 0.80.

    Half of the noise of an address is common to both scores: models that read the same alerts err
    alike. A tenth of all noise is of the day.
    """
    y = (rng.random(n_addresses) < 0.2).astype(float)
    shared = rng.normal(0, np.sqrt(0.45), n_addresses)
    n = 4 * n_addresses
    scores = [
        np.tile(gap * y + shared + rng.normal(0, np.sqrt(0.45), n_addresses), 4)
        + rng.normal(0, np.sqrt(0.1), n)
        for gap in np.sqrt(2) * ndtri([0.85, 0.80])
    ]
    sample, _ = two_scores(rng, rival_noise=1.0, n_addresses=n_addresses)
    return replace(sample, y=np.tile(y, 4), score=scores[0]), scores[1]


def area_of(sample: Sample) -> float:
    return value_of(sample, "roc_auc")


@pytest.mark.parametrize("metric", METRIC_NAMES)
def test_equal_models_are_told_apart_about_as_rarely_as_the_level_says(metric: str) -> None:
    rng = np.random.default_rng(23)
    p_values = []

    for repeat in range(120):
        sample, rival = two_scores(rng, rival_noise=1.0)
        p_values.append(swap_test(sample, rival, metric=metric, n_permutations=99, seed=repeat))

    # 5 % +- 3 standard errors of 120 repeats
    assert np.mean(np.array(p_values) <= 0.05) < 0.11
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.1)


@pytest.mark.heavy
@pytest.mark.parametrize("metric", METRIC_NAMES)
def test_the_level_of_the_test_is_what_it_says(
    metric: str, record_property: Callable[[str, object], None]
) -> None:
    rng = np.random.default_rng(29)
    n_found = 0

    for repeat in range(500):
        sample, rival = two_scores(rng, rival_noise=1.0, n_addresses=300)
        p_value = swap_test(sample, rival, metric=metric, n_permutations=199, seed=repeat)
        n_found += p_value <= 0.05

    record_property(f"V7 false findings in {metric}", f"{n_found / 500:.1%} of 500")
    assert 0.03 <= n_found / 500 <= 0.07


@pytest.mark.heavy
def test_a_gap_of_a_twentieth_in_the_area_is_mostly_found_with_a_thousand_addresses(
    record_property: Callable[[str, object], None],
) -> None:
    rng = np.random.default_rng(31)
    n_found, areas = 0, []

    for repeat in range(200):
        sample, rival = two_areas(rng, n_addresses=1_000)
        p_value = swap_test(sample, rival, metric="roc_auc", n_permutations=199, seed=repeat)
        n_found += p_value <= 0.05
        areas.append([area_of(sample), area_of(replace(sample, score=rival))])

    own, other = np.mean(areas, axis=0)
    gap = f"ROC AUC {own:.3f} against {other:.3f}, 1,000 addresses, 20 % true"
    record_property(f"V8 power at {gap}", f"{n_found / 200:.1%} of 200")
    assert own - other == pytest.approx(0.05, abs=0.005)
    assert n_found / 200 >= 0.8


@pytest.mark.parametrize("metric", METRIC_NAMES)
def test_a_much_better_model_is_found(metric: str) -> None:
    rng = np.random.default_rng(4)
    sample, rival = two_scores(rng, rival_noise=6.0, n_addresses=200)

    assert swap_test(sample, rival, metric=metric, n_permutations=199, seed=1) < 0.05


@pytest.mark.parametrize("metric", METRIC_NAMES)
def test_a_model_against_itself_has_a_p_value_of_one(metric: str) -> None:
    sample, _ = two_scores(np.random.default_rng(5), rival_noise=1.0)

    assert swap_test(sample, sample.score, metric=metric, n_permutations=50, seed=1) == 1.0


@pytest.mark.parametrize("metric", ["average_precision", "roc_auc", "precision_at_budget"])
@pytest.mark.parametrize("decimals", [9, 1], ids=["distinct scores", "many ties"])
@pytest.mark.parametrize("seed", [6, 7])
def test_the_test_measures_with_the_same_metric_as_the_report(
    metric: str, decimals: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    sample, rival = two_scores(rng, rival_noise=1.0)
    sample = replace(sample, score=np.round(sample.score, decimals))
    rival = np.round(rival, decimals)
    sample = sample.within(rng.random(len(sample.y)) < 0.7)
    swapped = rng.random((5, sample.n_addresses)) < 0.5

    found = _BothOrders.of(sample, rival, metric).measured(swapped)

    own_rank, rival_rank = (rankdata(score) for score in (sample.score, rival))
    for swap, *values in zip(swapped[:, sample.address], *found, strict=True):
        scores = (np.where(swap, rival_rank, own_rank), np.where(swap, own_rank, rival_rank))
        expected = [value_of(replace(sample, score=score), metric) for score in scores]
        assert expected == pytest.approx(values, rel=1e-12)


def value_of(sample: Sample, metric: str) -> float:
    return float(METRIC_BY_NAME[metric].compute(sample, equal_weights(sample))[0])


def test_a_score_in_another_unit_is_the_same_model() -> None:
    sample, _ = two_scores(np.random.default_rng(7), rival_noise=1.0)

    p_value = swap_test(
        sample, 1000 * sample.score, metric="average_precision", n_permutations=50, seed=1
    )

    assert p_value == 1.0


def test_holm_of_nothing_is_nothing() -> None:
    assert holm([]) == []
