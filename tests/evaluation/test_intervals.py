"""Intervals cover the truth, and are refused where they cannot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from alertmill.evaluation.intervals import address_interval, rarer_addresses
from alertmill.evaluation.metrics import METRIC_BY_NAME, Scale
from alertmill.evaluation.resampling import measure
from alertmill.evaluation.samples import Sample, address_draws

COVERED = ("roc_auc", "average_precision", "precision_at_budget", "brier_score")
ADDRESSES, DAYS = 300, 5


def simulate(n_addresses: int, *, rng: np.random.Generator) -> Sample:
    """Draw five alerts an address whose scores are 90 % the address and 10 % the day."""
    y = (rng.random(n_addresses) < 0.2).astype(float)
    own = rng.normal(1.2 * y, np.sqrt(0.9))
    day = np.repeat(np.arange(DAYS), n_addresses)
    noise = rng.normal(0, np.sqrt(0.1), len(day))
    return Sample(
        y=np.tile(y, DAYS),
        score=1 / (1 + np.exp(1.5 - np.tile(own, DAYS) - noise)),
        day=day,
        address=np.tile(np.arange(n_addresses), DAYS),
        n_addresses=n_addresses,
        inside=np.ones(len(day), dtype=bool),
        budget=n_addresses // 10,
        threshold=0.5,
        in_queue=np.ones(len(day), dtype=bool),
    )


def pairs(sample: Sample) -> list[tuple[Sample, object]]:
    return [(sample, METRIC_BY_NAME[name]) for name in COVERED]


def coverage(*, n_repeats: int, n_bootstrap: int, n_true: int, seed: int) -> dict[str, float]:
    """How often the interval of each metric holds the value of very many addresses."""
    rng = np.random.default_rng(seed)
    big = simulate(n_true, rng=rng)
    truth = [found.value for found in measure(pairs(big), n_bootstrap=1, seed=0)]  # type: ignore[arg-type]
    hits = np.zeros(len(COVERED))
    for repeat in range(n_repeats):
        sample = simulate(ADDRESSES, rng=rng)
        n_rarer = rarer_addresses(sample)
        measured = measure(pairs(sample), n_bootstrap=n_bootstrap, seed=repeat)  # type: ignore[arg-type]
        for place, found in enumerate(measured):
            scale = METRIC_BY_NAME[COVERED[place]].scale
            ends = address_interval(found.value, found.draws, scale=scale, n_addresses=n_rarer)
            assert ends.low is not None
            assert ends.high is not None
            hits[place] += ends.low <= truth[place] <= ends.high
    return dict(zip(COVERED, (hits / n_repeats).tolist(), strict=True))


@pytest.mark.slow
def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    found = coverage(n_repeats=60, n_bootstrap=100, n_true=20_000, seed=11)

    # 95 % - 3 standard errors of 60 repeats, and one more for skew
    assert min(found.values()) > 0.86, found


@pytest.mark.heavy
def test_the_coverage_of_intervals_is_what_they_say(
    record_property: Callable[[str, object], None],
) -> None:
    found = coverage(n_repeats=500, n_bootstrap=400, n_true=200_000, seed=12)

    for name, share in found.items():
        record_property(f"V6 coverage of {name}", f"{share:.1%} of 500")
    assert all(0.93 <= share <= 0.975 for share in found.values()), found


def test_with_one_alert_an_address_the_spread_is_that_of_scipy() -> None:
    rng = np.random.default_rng(3)
    y = (rng.random(400) < 0.3).astype(float)
    sample = Sample(
        y=y,
        score=rng.random(400),
        day=np.zeros(400, dtype=int),
        address=np.arange(400),
        n_addresses=400,
        inside=np.ones(400, dtype=bool),
        budget=10,
        threshold=0.5,
        in_queue=np.ones(400, dtype=bool),
    )

    found = measure([(sample, METRIC_BY_NAME["brier_score"])], n_bootstrap=2000, seed=1)[0]
    theirs = stats.bootstrap(
        ((sample.score - y) ** 2,), np.mean, n_resamples=2000, rng=np.random.default_rng(1)
    )

    assert theirs.standard_error == pytest.approx(np.std(found.draws, ddof=1), rel=0.1)


def test_an_interval_is_symmetric_on_its_scale() -> None:
    resampled = np.array([0.7, 0.8, 0.9, 0.75, 0.85] * 20)

    ends = address_interval(0.8, resampled, scale=Scale.LOGIT, n_addresses=50)

    assert ends.low is not None
    assert ends.high is not None
    logits = np.log([ends.low / (1 - ends.low), 4.0, ends.high / (1 - ends.high)])
    assert logits[1] - logits[0] == pytest.approx(logits[2] - logits[1])
    assert 0 < ends.low < 0.8 < ends.high < 1


@pytest.mark.parametrize(
    ("value", "draws", "n_addresses", "words"),
    [
        (0.5, np.full(50, 0.5), 1, "fewer than two addresses"),
        (0.5, np.r_[np.full(40, 0.5), np.full(10, np.nan)], 9, "undefined in many resamples"),
        (1.0, np.full(50, 1.0), 9, "1 lies at the end of the scale"),
        (0.0, np.full(50, 0.0), 9, "0 lies at the end of the scale"),
    ],
)
def test_an_interval_that_cannot_be_trusted_is_words(
    value: float, draws: np.ndarray, n_addresses: int, words: str
) -> None:
    interval = address_interval(value, draws, scale=Scale.LOGIT, n_addresses=n_addresses)

    assert (None, None) == (interval.low, interval.high)
    assert words in interval.note


def test_a_resample_draws_as_many_addresses_as_there_are() -> None:
    draws = address_draws(30, 50, seed=2)

    assert (50, 30) == draws.shape
    assert (draws.sum(axis=1) == 30).all()
    assert np.array_equal(draws, address_draws(30, 50, seed=2))
