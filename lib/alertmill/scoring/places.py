"""Where an alert stands in its day: rank, review queue, and the sample below the queue."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

_PERCENT = 100.0


def with_places(
    scored: pl.DataFrame, *, review_budget: int, sample_share: float, seed: int, day: date
) -> pl.DataFrame:
    """Add rank, percentile, queue and sample to the scores of one day.

    Below the queue a systematic sample is drawn from the alerts in the order of their typology and
    rank, with a random start (Cochran, Sampling Techniques, 3rd edition, chapter 8). Every alert is
    drawn with the same known probability, and each typology and range of scores gives its share.

    Parameters
    ----------
    scored : DataFrame
        Alerts of one day with address, alert_id, typology_type, score and raw_score. Equal scores
        are told apart by raw_score, then by address and alert_id.
    review_budget : int
        Length of the queue.
    sample_share : float
        Probability with which an alert below the queue is drawn, 0 to 1.
    seed : int
        With the day, decides the start of the sample.

    Returns
    -------
    DataFrame
        The rows by rank, with the columns day_rank, day_percentile, is_in_queue, is_sampled and
        review_probability.
    """
    ranked = scored.sort(
        "score", "raw_score", "address", "alert_id", descending=[True, True, False, False]
    ).with_columns(day_rank=pl.int_range(1, pl.len() + 1, dtype=pl.UInt32))
    is_in_queue = pl.col("day_rank") <= review_budget
    placed = ranked.with_columns(
        day_percentile=_PERCENT * (pl.len() - pl.col("day_rank") + 1) / pl.len(),
        is_in_queue=is_in_queue,
        review_probability=pl.when(is_in_queue).then(1.0).otherwise(sample_share),
    )
    drawn = _drawn(placed, share=sample_share, seed=seed, day=day)
    return placed.with_columns(is_sampled=pl.col("day_rank").is_in(drawn.implode()))


def _drawn(placed: pl.DataFrame, *, share: float, seed: int, day: date) -> pl.Series:
    """Return the ranks that the sample below the queue holds."""
    below = placed.filter(~pl.col("is_in_queue")).sort("typology_type", "day_rank")
    start = np.random.default_rng([seed, day.toordinal()]).random()
    steps = np.floor(np.arange(below.height + 1) * share + start)
    return below["day_rank"].filter(pl.Series(np.diff(steps) > 0, dtype=pl.Boolean))
