"""Predictions with a known truth, for tests of the evaluation, the plots and the explanation."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from alertmill.evaluation.origins import SCORE_SCHEMA
from alertmill.evaluation.samples import Sample
from alertmill.vocabulary import Severity


def make_predictions(
    *,
    n_addresses: int = 120,
    n_days: int = 8,
    positive_share: float = 0.25,
    labelled_share: float = 0.8,
    separation: float = 1.5,
    seed: int = 5,
) -> pl.DataFrame:
    """Draw validation and test alerts.

    ``separation`` is how far true alerts score above false ones, in standard deviations. An address
    has one truth, one label, and alerts of alike scores on some days of both splits.
    """
    rng = np.random.default_rng(seed)
    is_true = rng.random(n_addresses) < positive_share
    is_labelled = rng.random(n_addresses) < labelled_share
    first_day = rng.integers(0, 2 * n_days - 1, n_addresses)
    own = rng.normal(separation * is_true, 1.0)
    day, address = np.nonzero(
        (np.arange(2 * n_days)[:, None] >= first_day)
        & (rng.random((2 * n_days, n_addresses)) < 0.6)
    )
    log_odds = own[address] + rng.normal(0, 0.4, len(day)) - 1.5
    other = own[address] + rng.normal(0, 1.5, len(day)) - 1.5
    is_seen = np.isin(address, address[day < n_days])
    return (
        pl.DataFrame(
            {
                "processing_date": [date.fromordinal(738_900 + int(d)) for d in day],
                "address": [f"0x{a:04x}" for a in address],
                "alert_id": [f"{d:02d}{a:04x}" for d, a in zip(day, address, strict=True)],
                "split": np.where(day < n_days, "validation", "test"),
                "is_new_address": (day >= n_days) & ~is_seen,
                "y": pl.Series(is_true[address].astype(int), dtype=pl.Int8),
                "typology_type": np.array(["PEEL_CHAIN", "STRUCTURING", "PING_PONG"])[address % 3],
                "severity": [list(Severity)[int(d) % 4].value for d in day],
                "suspected_address_type": np.where(address % 2, "wallet", "merchant"),
                "volume_usd": rng.lognormal(9, 2, len(day)),
                "raw_score": 1 / (1 + np.exp(-2 * log_odds)),
                "score": 1 / (1 + np.exp(-log_odds)),
                "score_rule": np.round(100 / (1 + np.exp(-other))),
                "score_logistic": 1 / (1 + np.exp(-(0.5 * log_odds + 0.5 * other))),
            }
        )
        .with_columns(pl.when(pl.Series(is_labelled[address])).then("y").alias("y"))
        .sort("processing_date", "address", "alert_id")
    )


def sample_of(y: np.ndarray, score: np.ndarray) -> Sample:
    """Make a sample of one alert an address, all on one day."""
    n = len(y)
    return Sample(
        y=y.astype(float),
        score=score,
        day=np.zeros(n, dtype=int),
        address=np.arange(n),
        n_addresses=n,
        inside=np.ones(n, dtype=bool),
        budget=5,
        threshold=0.5,
        in_queue=np.ones(n, dtype=bool),
    )


def make_origin_scores(
    n_ranges: int = 3,
    *,
    n_addresses: int = 60,
    labelled_share: float = 0.9,
    positive_share: float = 0.3,
    separation: float = 1.2,
    seed: int = 3,
) -> pl.DataFrame:
    """Draw test alerts of addresses that come and go; the last range is that of the run."""
    n_days = 4
    rng = np.random.default_rng(seed)
    is_true = rng.random(n_addresses) < positive_share
    is_labelled = rng.random(n_addresses) < labelled_share
    own = rng.normal(separation * is_true, 1.0)
    day, address = np.nonzero(rng.random((n_ranges * n_days, n_addresses)) < 0.4)
    first = date(2024, 1, 1)
    return pl.DataFrame(
        {
            "origin": [first + int(d) // n_days * n_days * timedelta(days=1) for d in day],
            "is_shipped": day // n_days == n_ranges - 1,
            "processing_date": [first + int(d) * timedelta(days=1) for d in day],
            "address": [f"0x{a:04x}" for a in address],
            "alert_id": [f"{d:02d}{a:04x}" for d, a in zip(day, address, strict=True)],
            "y": [int(is_true[a]) if is_labelled[a] else None for a in address],
            "raw_score": own[address] + rng.normal(0, 0.3, len(day)),
        },
        schema=SCORE_SCHEMA,
    )
