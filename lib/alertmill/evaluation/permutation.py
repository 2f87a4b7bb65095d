"""Is one score better than another? The test swaps both scores of whole addresses.

Under the null hypothesis the two models are interchangeable, so for every address a coin may decide
which of its two scores is whose. Alerts of an address are never separated, because they are not
independent. Ranking metrics swap ranks instead of scores, because scores of different models need
not share a unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from alertmill.evaluation.samples import Sample, starts_of_ties

SIGNIFICANCE_LEVEL = 0.05
"""Of the p-value after Holm."""
_SWAPS_PER_RIVAL = 40
_CHUNK_VALUES = 500_000


def swap_test(
    sample: Sample, rival_score: np.ndarray, *, metric: str, n_permutations: int, seed: int
) -> float:
    """Two-sided p-value of the difference in a metric between two scores of the same alerts.

    Parameters
    ----------
    sample : Sample
        Alerts with the score of one model.
    rival_score : ndarray of shape (n_alerts,)
        Score of the other model, in the same order.
    metric : str
        average_precision, roc_auc, precision_at_budget or brier_score.
    n_permutations : int
        Random swaps; the smallest possible p-value is 1 / (n_permutations + 1).
    seed : int
        Seed of the swaps.
    """
    if metric == "brier_score":
        return _swap_losses(sample, rival_score, n_permutations=n_permutations, seed=seed)
    both = _BothOrders.of(sample, rival_score, metric)
    observed = both.differences(np.zeros((1, sample.n_addresses), dtype=bool))[0]
    rng = np.random.default_rng(seed)
    size = max(1, _CHUNK_VALUES // len(sample.score))
    exceeding = 0
    for start in range(0, n_permutations, size):
        n_swaps = min(size, n_permutations - start)
        swapped = rng.integers(0, 2, size=(n_swaps, sample.n_addresses), dtype=np.int8) == 1
        exceeding += _count_exceeding(both.differences(swapped), observed)
    return (1 + exceeding) / (1 + n_permutations)


def count_permutations(n_rivals: int, *, n_bootstrap: int) -> int:
    """As many swaps as resamples, and more for so many rivals that no p-value could pass Holm.

    The smallest p-value of n swaps is 1 / (n + 1), and the correction multiplies it by the number
    of rivals: 40 swaps a rival take it to half the level.

    Examples
    --------
    >>> count_permutations(5, n_bootstrap=400), count_permutations(25, n_bootstrap=400)
    (400, 1000)
    """
    return max(n_bootstrap, _SWAPS_PER_RIVAL * n_rivals)


def holm(p_values: list[float]) -> list[float]:
    """Adjust p-values so that the chance of any false finding stays at the level (Holm 1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]


def _count_exceeding(differences: np.ndarray, observed: float) -> int:
    # Sums in another order differ in the last bits; a swap that changes nothing must still count.
    return int((np.abs(differences) >= abs(observed) - 1e-12).sum())


def _swap_losses(
    sample: Sample, rival_score: np.ndarray, *, n_permutations: int, seed: int
) -> float:
    rows = sample.labelled
    y = sample.y[rows]
    gain = (sample.score[rows] - y) ** 2 - (rival_score[rows] - y) ** 2
    by_address = np.bincount(sample.address[rows], weights=gain, minlength=sample.n_addresses)
    rng = np.random.default_rng(seed)
    signs = rng.integers(0, 2, size=(n_permutations, sample.n_addresses), dtype=np.int8) * 2.0 - 1.0
    differences = signs @ by_address / len(rows)
    exceeding = _count_exceeding(differences, float(by_address.sum() / len(rows)))
    return (1 + exceeding) / (1 + n_permutations)


def _ranks(score: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[inverse])


@dataclass(frozen=True)
class _Places:
    """Where some entries stand in the orders of many swaps, shape (n_swaps, n_entries) each."""

    present: np.ndarray
    """Whether the entry is the one that its alert has."""
    before: np.ndarray
    """Alerts above its tie."""
    until: np.ndarray
    """Alerts down to the end of its tie."""
    before_day: np.ndarray
    """Alerts of the days before."""


_Measure = Callable[["_BothOrders", _Places], np.ndarray]


@dataclass(frozen=True)
class _BothOrders:
    """Every alert twice, at its rank by either model, in one falling order.

    A swap only decides at which of its two places an alert stands, so the order is made once, and
    the places under a swap are counted along it.
    """

    measure: _Measure
    budget: int
    n_positives: int
    n_negatives: int
    address: np.ndarray
    is_rival: np.ndarray
    """Of every entry; the other arrays are of those that are looked at."""
    looked_at: np.ndarray
    y: np.ndarray
    first: np.ndarray
    """Entries above the tie of this one."""
    end: np.ndarray
    """Entries down to the end of its tie."""
    first_of_day: np.ndarray

    @classmethod
    def of(cls, sample: Sample, rival_score: np.ndarray, metric: str) -> Self:
        """Order the labelled alerts, or those of each day where the queues are measured."""
        is_daily = metric == "precision_at_budget"
        rows = np.arange(len(sample.y)) if is_daily else sample.labelled
        rank = np.r_[_ranks(sample.score)[rows], _ranks(rival_score)[rows]]
        alert = np.r_[rows, rows]
        day = sample.day[alert] if is_daily else np.zeros_like(alert)
        order = np.lexsort((-rank, day))
        if is_daily:
            reached = _within_reach(alert[order], day[order], rank[order], sample.budget)
            order = order[reached]
        day, alert = day[order], alert[order]
        starts = starts_of_ties(day, rank[order])
        lengths = np.diff(np.r_[starts, len(order)])
        counted = (sample.inside & ~np.isnan(sample.y)) if is_daily else sample.y == 1
        looked_at = np.flatnonzero(counted[alert])
        return cls(
            measure=_MEASURES[metric],
            budget=sample.budget,
            n_positives=sample.n_positives,
            n_negatives=sample.n_negatives,
            address=sample.address[alert],
            is_rival=order >= len(rows),
            looked_at=looked_at,
            y=sample.y[alert[looked_at]],
            first=np.repeat(starts, lengths)[looked_at],
            end=np.repeat(starts + lengths, lengths)[looked_at],
            first_of_day=np.searchsorted(day, day[looked_at], side="left"),
        )

    def differences(self, swapped: np.ndarray) -> np.ndarray:
        """Return the first model's metric minus the second's after each swap of addresses.

        Parameters
        ----------
        swapped : ndarray of shape (n_swaps, n_addresses)
            Whether the two scores of an address change places.
        """
        own, rival = self.measured(swapped)
        return np.asarray(own - rival)

    def measured(self, swapped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the metric of both, shape (n_swaps,) each."""
        present = swapped[:, self.address] == self.is_rival
        until = np.zeros((len(present), present.shape[1] + 1), dtype=np.int32)
        np.cumsum(present, axis=1, out=until[:, 1:])
        at = (self.first, self.end, self.first_of_day)
        own = _Places(present[:, self.looked_at], *(until[:, place] for place in at))
        # Whatever entry is not the first model's is the second's.
        others = (
            place - counted
            for place, counted in zip(at, (own.before, own.until, own.before_day), strict=True)
        )
        return self.measure(self, own), self.measure(self, _Places(~own.present, *others))


def _within_reach(alert: np.ndarray, day: np.ndarray, rank: np.ndarray, budget: int) -> np.ndarray:
    """Whether some swap can bring an entry of a day's order into the queue.

    An alert with both its entries above another is above it whatever is swapped.
    """
    starts = starts_of_ties(day, rank)
    first = np.repeat(starts, np.diff(np.r_[starts, len(day)]))
    is_second = np.ones(len(alert), dtype=bool)
    is_second[np.unique(alert, return_index=True)[1]] = False
    both_above = np.r_[0, np.cumsum(is_second)]
    first_of_day = np.searchsorted(day, day, side="left")
    return np.asarray(both_above[first] - both_above[first_of_day] < budget)


def _average_precision(orders: _BothOrders, places: _Places) -> np.ndarray:
    last = np.searchsorted(orders.first, orders.first, side="right") - 1
    true_so_far = np.cumsum(places.present, axis=1)[:, last]
    precision = true_so_far / np.maximum(places.until, 1)
    return np.asarray((places.present * precision).sum(axis=1) / orders.n_positives)


def _roc_auc(orders: _BothOrders, places: _Places) -> np.ndarray:
    falling_rank = (places.before + places.until + 1) / 2
    n_positives, n_negatives = orders.n_positives, orders.n_negatives
    above = (places.present * falling_rank).sum(axis=1) - n_positives * (n_positives + 1) / 2
    return np.asarray(1 - above / (n_positives * n_negatives))


def _precision_at_budget(orders: _BothOrders, places: _Places) -> np.ndarray:
    left = orders.budget - (places.before - places.before_day)
    tied = np.maximum(places.until - places.before, 1)
    reviewed = np.clip(left / tied, 0.0, 1.0) * places.present
    n_true, n_labelled = reviewed @ orders.y, reviewed.sum(axis=1)
    out = np.zeros_like(n_true)
    return np.asarray(np.divide(n_true, n_labelled, out=out, where=n_labelled > 0))


_MEASURES: dict[str, _Measure] = {
    "average_precision": _average_precision,
    "roc_auc": _roc_auc,
    "precision_at_budget": _precision_at_budget,
}
