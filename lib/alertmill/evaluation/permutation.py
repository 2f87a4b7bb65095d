"""Is one score better than another? The test swaps both scores of whole addresses.

Under the null hypothesis the two models are interchangeable, so for every address a coin may decide
which of its two scores is whose. Alerts of an address are never separated, because they are not
independent. Ranking metrics swap ranks instead of scores, because scores of different models need
not share a unit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertmill.evaluation.samples import Sample

SIGNIFICANCE_LEVEL = 0.05
"""Of the p-value after Holm."""
_SWAPS_PER_RIVAL = 40
_CHUNK_VALUES = 500_000

_RowMetric = Callable[[Sample, np.ndarray], np.ndarray]
"""Metric of each row of a score matrix of shape (n_scorings, n_alerts)."""


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
    measure = _ROW_METRICS[metric]
    own, rival = _ranks(sample.score), _ranks(rival_score)
    observed = _difference(measure, sample, own[None, :], rival[None, :])[0]
    rng = np.random.default_rng(seed)
    size = max(1, _CHUNK_VALUES // len(own))
    exceeding = 0
    for start in range(0, n_permutations, size):
        n_swaps = min(size, n_permutations - start)
        swapped = rng.integers(0, 2, size=(n_swaps, sample.n_addresses), dtype=np.int8) == 1
        is_swapped = swapped[:, sample.address]
        differences = _difference(
            measure,
            sample,
            np.where(is_swapped, rival, own),
            np.where(is_swapped, own, rival),
        )
        exceeding += _count_exceeding(differences, observed)
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


def _difference(
    measure: _RowMetric, sample: Sample, own: np.ndarray, rival: np.ndarray
) -> np.ndarray:
    return measure(sample, own) - measure(sample, rival)


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


def _average_precision(sample: Sample, scores: np.ndarray) -> np.ndarray:
    y, _, last = _sorted_ties(sample, scores)
    true_so_far = np.take_along_axis(np.cumsum(y, axis=1), last, axis=1)
    return np.asarray((y * true_so_far / (last + 1)).sum(axis=1) / sample.n_positives)


def _roc_auc(sample: Sample, scores: np.ndarray) -> np.ndarray:
    y, first, last = _sorted_ties(sample, scores)
    falling_rank = 1 + (first + last) / 2
    n_positives, n_negatives = sample.n_positives, sample.n_negatives
    above = (y * falling_rank).sum(axis=1) - n_positives * (n_positives + 1) / 2
    return np.asarray(1 - above / (n_positives * n_negatives))


def _precision_at_budget(sample: Sample, scores: np.ndarray) -> np.ndarray:
    n = scores.shape[1]
    # ranks are whole or half: doubled, they are whole
    falling = sample.day * (2 * n + 1) - (2 * scores).astype(np.int64)
    order = np.argsort(falling, axis=1)  # ties may fall in any order: they share their places
    first, last = _ends_of_ties(np.take_along_axis(falling, order, axis=1))
    # days keep their places in the sorted row, whatever the scores
    waiting = first - np.searchsorted(sample.day, sample.day, side="left")
    reviewed = np.clip((sample.budget - waiting) / (last - first + 1), 0.0, 1.0)
    counted = sample.inside & ~np.isnan(sample.y)
    n_true = (reviewed * np.where(counted, np.nan_to_num(sample.y), 0.0)[order]).sum(axis=1)
    n_labelled = (reviewed * counted[order]).sum(axis=1)
    out = np.zeros_like(n_true)
    return np.asarray(np.divide(n_true, n_labelled, out=out, where=n_labelled > 0))


def _sorted_ties(sample: Sample, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels from the highest score down, and the first and last place of each place's tie."""
    chosen = scores[:, sample.labelled]
    order = np.argsort(-chosen, axis=1)  # ties may fall in any order: they are treated as one
    first, last = _ends_of_ties(np.take_along_axis(chosen, order, axis=1))
    return sample.y[sample.labelled][order], first, last


def _ends_of_ties(ordered: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last place of the tie of each place, for rows that are sorted."""
    changes = ordered[:, 1:] != ordered[:, :-1]
    n = ordered.shape[1]
    places = np.arange(n)
    edge = np.ones((len(ordered), 1), dtype=bool)
    first = np.maximum.accumulate(np.where(np.hstack([edge, changes]), places, 0), axis=1)
    ends = np.where(np.hstack([changes, edge]), places, n)
    return first, np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]


_ROW_METRICS: dict[str, _RowMetric] = {
    "average_precision": _average_precision,
    "roc_auc": _roc_auc,
    "precision_at_budget": _precision_at_budget,
}
