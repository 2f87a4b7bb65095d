"""ROC AUC of one column, one vote per address, with a bound that few addresses widen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from alertmill.training.leaks.subject import Votes

MARGIN = 0.05
"""A value above the limit counts when its lower bound is not further than this below it: 22
addresses that are told apart without a mistake are enough, 10 are not, which chance can do."""

_Z = 2.33
"""Of a one-sided bound at 99 %: some hundred features are looked at."""
_STEPS = 40


@dataclass(frozen=True)
class Area:
    """A ROC AUC of at least 0.5, and how many addresses it rests on."""

    value: float
    n_positive: float
    """Addresses of the one group; an address counts in part if part of its rows is missing."""
    n_negative: float
    how: str = ""
    """How missing values were placed, in words."""

    def exceeds(self, limit: float) -> bool:
        """Return True if it is above the limit, and few addresses do not explain why."""
        return self.value > limit and self.lower_bound > limit - MARGIN

    @property
    def lower_bound(self) -> float:
        """Least area of which this one would be no surprise, at 99 %.

        By the variance of Hanley and McNeil (1982) at the bound itself, so that an area of 1 from
        three addresses is not taken for certain.
        """
        low, high = 0.5, self.value
        for _ in range(_STEPS):
            middle = (low + high) / 2
            error = math.sqrt(variance(middle, self.n_positive, self.n_negative))
            low, high = (middle, high) if self.value - middle > _Z * error else (low, middle)
        return low


def variance(area: float, n_positive: float, n_negative: float) -> float:
    """Return the variance of a ROC AUC on so many addresses, after Hanley and McNeil (1982)."""
    m, n = max(n_positive, 1.0), max(n_negative, 1.0)
    above_two_negatives, below_two_positives = area / (2 - area), 2 * area**2 / (1 + area)
    return (
        area * (1 - area)
        + (m - 1) * (above_two_negatives - area**2)
        + (n - 1) * (below_two_positives - area**2)
    ) / (m * n)


def areas_of(values: np.ndarray, votes: Votes) -> list[Area]:
    """Return the areas of a numeric column, with missing values left out, lowest and highest.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        Missing is nan.
    votes : Votes
        Groups and weights of the same rows.
    """
    is_present = ~np.isnan(values)
    present = Votes(votes.y[is_present], votes.unit[is_present], votes.weight[is_present])
    total, inside = _weights(votes), _weights(present)
    above = ranked_above(values[is_present], present)
    among_present = _area(above, inside, present, "among the alerts that have a value")
    if is_present.all():
        return [] if among_present is None else [among_present]
    gone = (total[0] - inside[0], total[1] - inside[1])
    ties = gone[0] * gone[1] / 2
    placed = [
        among_present,
        _area(above + inside[0] * gone[1] + ties, total, votes, "with missing as the lowest value"),
        _area(
            above + gone[0] * inside[1] + ties, total, votes, "with missing as the highest value"
        ),
    ]
    return [area for area in placed if area is not None]


def ranked_above(values: np.ndarray, votes: Votes) -> float:
    """Sum the weights of the pairs whose positive member has the larger value; ties count half."""
    _, place = np.unique(values, return_inverse=True)
    positive = np.bincount(place, votes.weight * votes.y)
    negative = np.bincount(place, votes.weight * ~votes.y)
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum())


def count_addresses(votes: Votes) -> tuple[float, float]:
    """Count the addresses of both groups, by how evenly they share the weight of the rows."""
    share = np.bincount(votes.unit, votes.weight)
    is_positive = np.bincount(votes.unit, votes.y) > 0
    return _effective(share[is_positive]), _effective(share[~is_positive])


def _area(above: float, weights: tuple[float, float], votes: Votes, how: str) -> Area | None:
    pairs = weights[0] * weights[1]
    if pairs <= 0:
        return None
    return Area(max(above / pairs, 1 - above / pairs), *count_addresses(votes), how)


def _weights(votes: Votes) -> tuple[float, float]:
    return float(votes.weight[votes.y].sum()), float(votes.weight[~votes.y].sum())


def _effective(share: np.ndarray) -> float:
    squares = float((share**2).sum())
    return float(share.sum()) ** 2 / squares if squares else 0.0
