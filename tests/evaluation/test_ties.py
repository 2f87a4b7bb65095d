"""Alerts of one score share their places: no number depends on how addresses are spelt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alertmill.evaluation.curves import budget_table
from alertmill.evaluation.evaluate import evaluate
from alertmill.evaluation.lifts import lift_by_tenth
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.permutation import swap_test
from alertmill.evaluation.probabilities import bin_shares
from alertmill.evaluation.samples import Sample, equal_weights
from alertmill.tables.daily import daily_performance
from alertmill.tables.score_distributions import calibration_table

N_ALERTS, N_ADDRESSES, BUDGET = 400, 80, 20
WHO = np.random.default_rng(5).integers(0, N_ADDRESSES, N_ALERTS)
DAY = np.random.default_rng(6).integers(0, 8, N_ALERTS)
TRUTH = (np.random.default_rng(9).random(N_ADDRESSES) < 0.3).astype(int)[WHO]


def make_frame(spelling: int, *, digits: int) -> pl.DataFrame:
    """Draw alerts whose scores are rounded; only the names of addresses follow the spelling."""
    names = np.random.default_rng(spelling).permutation(N_ADDRESSES)
    score = 0.1 + 0.5 * np.random.default_rng(7).random(N_ALERTS) + 0.3 * TRUTH
    is_labelled = np.random.default_rng(8).random(N_ALERTS) < 0.8
    y = [int(true) if known else None for true, known in zip(TRUTH, is_labelled, strict=True)]
    return pl.DataFrame(
        {
            "processing_date": [date(2024, 1, 1) + timedelta(int(day)) for day in DAY],
            "address": [f"a{names[who]:03d}" for who in WHO],
            "alert_id": [f"{number:05d}" for number in range(N_ALERTS)],
            "split": ["validation" if day < 4 else "test" for day in DAY],
            "is_new_address": WHO > 50,
            "y": pl.Series(y, dtype=pl.Int8),
            "score": np.round(score, digits),
        }
    )


def metrics_of(frame: pl.DataFrame) -> dict[str, float | None]:
    measured = evaluate(frame, review_budget=BUDGET, n_bootstrap=50, seed=1).metrics
    return {f"{m.split} {m.segment} {m.metric}": m.value for m in measured}


def table_of(make: Callable[[pl.DataFrame], pl.DataFrame], frame: pl.DataFrame) -> np.ndarray:
    return make(frame).select(pl.selectors.numeric()).fill_null(-1).to_numpy()


@settings(max_examples=10, deadline=None)
@given(spelling=st.integers(1, 10**6), digits=st.sampled_from([0, 1, 2]))
def test_no_metric_depends_on_the_spelling_of_addresses(spelling: int, digits: int) -> None:
    before, after = (metrics_of(make_frame(name, digits=digits)) for name in (0, spelling))

    assert before.keys() == after.keys()
    assert {
        name: value for name, value in before.items() if value != pytest.approx(after[name])
    } == {}


TABLES: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "lift by tenth": lambda frame: lift_by_tenth(frame, n_bootstrap=50, seed=1).select("lift"),
    "budget": lambda frame: budget_table(frame, review_budget=BUDGET),
    "daily": lambda frame: daily_performance(frame, review_budget=BUDGET),
    "calibration": lambda frame: calibration_table(frame).select("mean_score", "share", "n_alerts"),
}


@pytest.mark.parametrize("name", TABLES)
def test_no_table_depends_on_the_spelling_of_addresses(name: str) -> None:
    one, other = (table_of(TABLES[name], make_frame(spelling, digits=1)) for spelling in (1, 2))

    assert one.shape == other.shape
    assert np.allclose(one, other)


def test_a_constant_score_is_a_random_order() -> None:
    """Precision is the base rate of the days, and every tenth has a lift of one."""
    frame = make_frame(1, digits=2).with_columns(score=pl.lit(0.3))
    test = frame.filter(split="test")
    rate = test.drop_nulls("y")["y"].mean()
    # the queue takes the same share of labelled alerts of every day in the mean
    by_day = test.group_by("processing_date").agg(
        true=(pl.col("y") == 1).sum() * BUDGET / pl.len(),
        known=pl.col("y").is_not_null().sum() * BUDGET / pl.len(),
    )

    found = metrics_of(frame)

    assert found["test_all all lift_at_top_10_percent"] == pytest.approx(1)
    assert found["test_all all precision_at_budget"] == pytest.approx(
        by_day["true"].sum() / by_day["known"].sum()
    )
    assert found["test_all all calibration_error"] == pytest.approx(abs(0.3 - (rate or 0)))  # type: ignore[operator]  # mean of labels
    lifts = lift_by_tenth(frame, n_bootstrap=50, seed=1).filter(split="test_all", segment="all")
    assert lifts["lift"].to_list() == pytest.approx([1] * 10)


def test_a_swap_test_shares_places_as_the_metric_does() -> None:
    """The value of each model in the test is the metric's; only swaps may differ."""
    frame = make_frame(1, digits=1).filter(split="test")
    sample = Sample.of(frame, "score", budget=BUDGET, threshold=0.0)
    constant = np.full(len(sample.y), 0.5)

    p_values = [
        swap_test(s, constant, metric="precision_at_budget", n_permutations=200, seed=1)
        for s in (sample, Sample.of(make_frame(2, digits=1).filter(split="test"), "score",
                                    budget=BUDGET, threshold=0.0))
    ]  # fmt: skip

    own = METRIC_BY_NAME["precision_at_budget"].compute(sample, equal_weights(sample))[0]
    other = sample.scored(constant)
    rival = METRIC_BY_NAME["precision_at_budget"].compute(other, equal_weights(other))[0]
    assert own > rival
    assert max(p_values) < 0.1


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=1, max_size=60), st.integers(1, 12))
def test_bins_hold_as_many_scores_each_and_equal_scores_alike(
    scores: list[float], n_bins: int
) -> None:
    shares = bin_shares(np.array(scores), n_bins)

    sizes = shares.sum(axis=0)
    assert np.allclose(shares.sum(axis=1), 1)
    assert np.allclose(sizes, np.round(sizes))
    assert sizes.max() - sizes.min() <= 1 + 1e-9
    for score in set(scores):
        alike = shares[np.array(scores) == score]
        assert np.allclose(alike, alike[0])


def test_without_ties_bins_are_those_of_the_ranks() -> None:
    scores = np.random.default_rng(1).permutation(37) / 37

    ranks = np.argsort(np.argsort(scores))
    assert np.array_equal(ranks * 10 // 37, bin_shares(scores, 10).argmax(axis=1))
    assert set(np.unique(bin_shares(scores, 10))) == {0.0, 1.0}
