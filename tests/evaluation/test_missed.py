"""The share of true alerts below the queue is estimated, with an interval that holds the truth."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from alertmill.evaluation.missed import LEVEL, MissedPositives, estimate_missed
from alertmill.scoring.places import with_places

DAY = date(2024, 1, 8)
N_WORLDS = 300


def world(seed: int, *, per_address: int = 1, n: int = 9000) -> tuple[pl.DataFrame, float]:
    """Scored alerts whose drawn and queued ones are decided, and the true share below the queue."""
    rng = np.random.default_rng(seed)
    n_addresses = n // per_address
    score = np.repeat(rng.beta(0.4, 6, n_addresses), per_address)
    score = np.clip(score + rng.normal(0, 0.01, n), 0, 1)
    is_true = np.repeat(rng.random(n_addresses), per_address) < 0.5 * score + 0.01
    alerts = pl.DataFrame(
        {
            "address": [f"a{place // per_address}" for place in range(n)],
            "alert_id": [f"{place:06}" for place in range(n)],
            "typology_type": [("peel", "mix", "burst")[place % 3] for place in range(n)],
            "score": score,
            "raw_score": score,
            "truth": is_true.astype(np.int8),
        }
    )
    placed = with_places(alerts, review_budget=600, sample_share=0.03, seed=seed, day=DAY)
    missed = placed.filter(~pl.col("is_in_queue"))["truth"].sum() / placed["truth"].sum()
    is_seen = pl.col("is_in_queue") | pl.col("is_sampled")
    return placed.with_columns(y=pl.when(is_seen).then("truth")), float(missed)


def estimated(reviews: pl.DataFrame, seed: int) -> MissedPositives:
    n_below = reviews.filter(~pl.col("is_in_queue")).height
    return estimate_missed(reviews, n_below=n_below, seed=seed)


@pytest.mark.parametrize("per_address", [1, 10])
def test_nine_of_ten_intervals_hold_the_truth(per_address: int) -> None:
    inside = 0
    for seed in range(N_WORLDS):
        reviews, truth = world(seed, per_address=per_address)
        found = estimated(reviews, seed)
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= truth <= found.high

    # Two standard errors of 300 worlds are 3.5 points.
    assert LEVEL - 0.035 <= inside / N_WORLDS <= LEVEL + 0.055


@pytest.mark.slow
def test_the_estimate_is_right_on_average() -> None:
    errors = []
    for seed in range(100):
        reviews, truth = world(seed)
        found = estimated(reviews, seed)
        assert found.value is not None
        errors.append(found.value - truth)

    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(len(errors)) + 0.01


def test_decisions_about_alerts_that_nobody_drew_change_nothing() -> None:
    reviews, _ = world(1)
    is_other = ~(pl.col("is_in_queue") | pl.col("is_sampled"))
    more = reviews.with_columns(y=pl.when(is_other).then(pl.lit(1)).otherwise(pl.col("y")))

    assert estimated(reviews, 1) == estimated(more, 1)


def reviews_of(*, drawn: list[int | None], queue: list[int | None]) -> pl.DataFrame:
    n = len(drawn) + len(queue)
    return pl.DataFrame(
        {
            "address": [f"a{place}" for place in range(n + 1000)],
            "is_in_queue": [True] * len(queue) + [False] * (len(drawn) + 1000),
            "is_sampled": [False] * len(queue) + [True] * len(drawn) + [False] * 1000,
            "review_probability": [1.0] * len(queue) + [0.03] * (len(drawn) + 1000),
            "y": [*queue, *drawn, *[None] * 1000],
        },
        schema_overrides={"y": pl.Int8},
    )


@pytest.mark.parametrize(
    ("drawn", "queue", "sentence"),
    [
        ([], [], "0 alerts drawn below the queue are decided, and it takes 30."),
        ([1], [1], "1 alert drawn below the queue is decided, and it takes 30."),
        ([0] * 29 + [None], [1], "29 alerts drawn below the queue are decided, and it takes 30."),
        ([0] * 40, [None], "no alert of the queue is decided."),
        ([0] * 40, [0], "no alert was confirmed yet, neither in the queue nor below it."),
    ],
)
def test_too_little_is_said_to_be_too_little(
    drawn: list[int | None], queue: list[int | None], sentence: str
) -> None:
    found = estimated(reviews_of(drawn=drawn, queue=queue), 1)

    assert found.value is None
    assert f"How many true alerts are closed unseen is not known: {sentence}" == found.sentence


def test_no_confirmed_alert_below_the_queue_leaves_an_upper_end() -> None:
    found = estimated(reviews_of(drawn=[0] * 200, queue=[1] * 100), 1)

    assert 0 == found.value
    assert found.high is not None
    assert 0 < found.high < 0.3


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            MissedPositives(210, 3, value=0.05, low=0.02, high=0.09),
            (
                "Between 2 and 9 of 100 true alerts lie below the queue and are closed unseen "
                "(90 % interval by address; 3 of the 210 alerts drawn there and decided so far "
                "were confirmed)."
            ),
        ),
        (
            MissedPositives(2100, 1, value=0.001, low=0.0, high=0.004),
            (
                "About 0 of 100 true alerts lie below the queue and are closed unseen "
                "(90 % interval by address; 1 of the 2,100 alerts drawn there and decided so far "
                "was confirmed)."
            ),
        ),
    ],
)
def test_the_sentence_is_that_of_a_headline(found: MissedPositives, sentence: str) -> None:
    assert sentence == found.sentence
