"""How many true alerts lie below the review queue, estimated from what is drawn there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from alertmill.wording import counted, percent

LEVEL = 0.90
LEAST_DECIDED = 30
"""Decided alerts below the queue with which an estimate begins."""
_DRAWS = 20_000
_PRIOR = 0.5


@dataclass(frozen=True)
class MissedPositives:
    """The share of all true alerts that lie below the queue, or why it is not known."""

    n_decided: int
    """Alerts that were drawn below the queue and decided."""
    n_confirmed: int
    """Of them."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    """Ends of the `LEVEL` interval."""
    note: str = ""
    """Why there is no estimate; empty if there is one."""

    @property
    def sentence(self) -> str:
        """The estimate with its basis, for a reader."""
        if self.low is None or self.high is None:
            return f"How many true alerts are closed unseen is not known: {self.note}."
        low, high = round(100 * self.low), round(100 * self.high)
        span = f"About {low}" if low == high else f"Between {low} and {high}"
        drawn = f"{self.n_confirmed:,} of the {counted(self.n_decided, 'alert')} drawn there"
        return (
            f"{span} of 100 true alerts lie below the queue and are closed unseen "
            f"({percent(LEVEL, 0)} interval by address; {drawn} and decided so far "
            f"{'was' if self.n_confirmed == 1 else 'were'} confirmed)."
        )


def estimate_missed(reviews: pl.DataFrame, *, n_below: int, seed: int) -> MissedPositives:
    """Estimate which share of the true alerts lies below the queue.

    Below the queue the share of true alerts is a weighted mean of the decided ones, each with one
    over the probability with which it was drawn (Hájek 1971). Its interval is the beta interval of
    Jeffreys with the number of alerts that as many independent ones would be: alerts of one address
    tend to be true together (Korn and Graubard 1998). The queue is treated alike; where all of it
    is decided, nothing of it is uncertain. Decisions about alerts that nobody drew are left out:
    nobody knows how likely it was that they were looked at.

    Parameters
    ----------
    reviews : DataFrame
        Alerts in the queue or drawn below it, perhaps others: address, is_in_queue, is_sampled,
        review_probability and y (1 confirmed, 0 dismissed, null: not decided).
    n_below : int
        Scored alerts below the queue, drawn or not.
    seed : int
        Of the draws behind the interval.
    """
    queue = reviews.filter("is_in_queue")
    drawn = reviews.filter(
        ~pl.col("is_in_queue") & pl.col("is_sampled") & pl.col("y").is_not_null()
    )
    decided = queue.drop_nulls("y")
    n_confirmed = int(drawn["y"].sum())
    if drawn.height < LEAST_DECIDED:
        note = (
            f"{counted(drawn.height, 'alert')} drawn below the queue {_is_or_are(drawn.height)} "
            f"decided, and it takes {LEAST_DECIDED}"
        )
        return MissedPositives(drawn.height, n_confirmed, note=note)
    if decided.is_empty():
        note = "no alert of the queue is decided"
        return MissedPositives(drawn.height, n_confirmed, note=note)
    rng = np.random.default_rng(seed)
    mean_below, draws_below = _share(drawn, n_below, rng)
    mean_queue, draws_queue = _share(decided, queue.height, rng)
    value = _missed_share(mean_below * n_below, mean_queue * queue.height)
    draws = _missed_share(draws_below * n_below, draws_queue * queue.height)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    if not mean_below and not mean_queue:
        note = "no alert was confirmed yet, neither in the queue nor below it"
        return MissedPositives(drawn.height, n_confirmed, note=note)
    return MissedPositives(
        drawn.height, n_confirmed, value=float(value), low=float(low), high=float(high)
    )


def _share(decided: pl.DataFrame, n_all: int, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """Return the share of true alerts among ``n_all``, and draws of what it may be."""
    y = decided["y"].to_numpy().astype(float)
    weight = 1 / decided["review_probability"].to_numpy()
    mean = float(np.average(y, weights=weight))
    left = 1 - decided.height / n_all
    if left <= 0:
        return mean, np.full(_DRAWS, mean)
    n = _independent(decided["address"], y, weight, mean) / left
    return mean, rng.beta(mean * n + _PRIOR, (1 - mean) * n + _PRIOR, _DRAWS)


def _independent(address: pl.Series, y: np.ndarray, weight: np.ndarray, mean: float) -> float:
    """Return how many independent alerts would know the share as well as these do."""
    n_addresses = address.n_unique()
    if mean in (0.0, 1.0) or n_addresses == 1:
        return float(n_addresses)
    residuals = pl.DataFrame({"address": address, "residual": weight * (y - mean)})
    sums = (
        residuals.group_by("address", maintain_order=True)
        .agg(pl.col("residual").sum())["residual"]
        .to_numpy()
    )
    variance = float(np.sum(sums**2)) / float(weight.sum()) ** 2 * n_addresses / (n_addresses - 1)
    return min(mean * (1 - mean) / variance, float(len(y)))


def _missed_share(below: float | np.ndarray, queue: float | np.ndarray) -> np.ndarray:
    total = np.asarray(below) + queue
    return np.divide(below, total, out=np.zeros_like(total), where=total > 0)


def _is_or_are(n: int) -> str:
    return "is" if n == 1 else "are"
