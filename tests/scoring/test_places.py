"""Every alert has one rank; the sample below the queue is drawn with the probability it names."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from alertmill.scoring.places import with_places

DAY = date(2024, 1, 8)


def day_of(scores: list[float]) -> pl.DataFrame:
    n = len(scores)
    return pl.DataFrame(
        {
            "address": [f"a{place % 7}" for place in range(n)],
            "alert_id": [f"{place:05}" for place in range(n)],
            "typology_type": [("peel", "mix", "burst")[place % 3] for place in range(n)],
            "score": scores,
            "raw_score": scores,
        },
        schema_overrides={"score": pl.Float64, "raw_score": pl.Float64},
    )


@given(
    scores=st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=60),
    budget=st.integers(1, 80),
    share=st.floats(0, 1),
    seed=st.integers(0, 1000),
)
def test_queue_and_sample_divide_the_day(
    scores: list[float], budget: int, share: float, seed: int
) -> None:
    placed = with_places(
        day_of(scores), review_budget=budget, sample_share=share, seed=seed, day=DAY
    )

    n_below = max(len(scores) - budget, 0)
    assert list(range(1, len(scores) + 1)) == placed["day_rank"].to_list()
    assert placed["score"].is_sorted(descending=True)
    assert min(budget, len(scores)) == placed["is_in_queue"].sum()
    assert not placed.filter("is_in_queue")["is_sampled"].any()
    assert abs(placed["is_sampled"].sum() - share * n_below) < 1


@given(seed=st.integers(0, 1000), share=st.floats(0.01, 0.5))
def test_each_typology_gives_its_share_of_the_sample(seed: int, share: float) -> None:
    scores = np.random.default_rng(seed).random(300).tolist()

    placed = with_places(day_of(scores), review_budget=20, sample_share=share, seed=seed, day=DAY)

    below = placed.filter(~pl.col("is_in_queue")).group_by("typology_type")
    drawn = below.agg(pl.len(), pl.col("is_sampled").sum())
    assert all(abs(n - share * size) < 1 + 1e-9 for _, size, n in drawn.iter_rows())


def test_every_alert_below_the_queue_is_drawn_as_often_as_its_probability_says() -> None:
    alerts, n_days, share = day_of(np.linspace(0, 1, 60).tolist()), 1500, 0.1

    drawn = np.zeros(60)
    for n in range(n_days):
        placed = with_places(
            alerts, review_budget=10, sample_share=share, seed=7, day=DAY + timedelta(days=n)
        )
        drawn += placed["is_sampled"].to_numpy()

    standard_error = np.sqrt(share * (1 - share) / n_days)
    assert np.abs(drawn[10:] / n_days - share).max() < 4.5 * standard_error
    assert not drawn[:10].any()


def test_the_same_day_and_seed_draw_the_same_alerts_in_whatever_order_they_come() -> None:
    alerts = day_of([0.5] * 200)
    one, other = (
        with_places(rows, review_budget=20, sample_share=0.1, seed=7, day=DAY)
        for rows in (alerts, alerts.reverse())
    )

    assert one.equals(other)


def test_percentiles_go_from_the_highest_down() -> None:
    placed = with_places(
        day_of([0.1, 0.4, 0.2, 0.3]), review_budget=1, sample_share=0, seed=1, day=DAY
    )

    assert [100, 75, 50, 25] == placed["day_percentile"].to_list()
