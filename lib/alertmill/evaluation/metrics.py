"""The metrics, each computed for many weightings of the same alerts at once.

Every function takes a `Sample` and `Weights` of it, and returns one value per weighting; nan where
the metric is undefined. With all weights 1 a value equals scikit-learn's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from alertmill.evaluation.probabilities import (
    brier_score,
    calibration_bias,
    calibration_error,
    calibration_slope,
    log_loss,
    smooth_calibration_error,
)
from alertmill.evaluation.samples import (
    Sample,
    Weights,
    ratio,
    share_of_tie,
    starts_of_ties,
    weighted_mean,
)

TOP_SHARE = 0.1
"""Share of the labelled alerts that lift looks at."""
FOUND_SHARE = 0.8
"""Share of the true alerts that are to be found where saved alerts are counted."""


class Scale(StrEnum):
    """Where a metric's sampling error is about symmetric."""

    LOGIT = "logit"
    """For values between 0 and 1."""
    LOG = "log"
    """For values from 0."""
    IDENTITY = "identity"


@dataclass(frozen=True)
class Metric:
    """A metric and what it needs."""

    name: str
    compute: Callable[[Sample, Weights], np.ndarray]
    scale: Scale
    higher_is_better: bool | None
    """None where neither is better."""
    needs_probability: bool = False
    meaning: str = ""


def roc_auc(sample: Sample, weights: Weights) -> np.ndarray:
    """Chance that a true alert scores above a false one; ties count half."""
    positives, negatives = weights.tie_groups_of(sample)
    total_positives, total_negatives = positives.sum(axis=1), negatives.sum(axis=1)
    below = total_negatives[:, None] - np.cumsum(negatives, axis=1)
    wins = (positives * (below + 0.5 * negatives)).sum(axis=1)
    return ratio(wins, total_positives * total_negatives)


def average_precision(sample: Sample, weights: Weights) -> np.ndarray:
    """Mean precision over the true alerts, from the highest score down; ties as one step."""
    positives, negatives = weights.tie_groups_of(sample)
    flagged = np.cumsum(positives + negatives, axis=1)
    precision = np.divide(
        np.cumsum(positives, axis=1), flagged, out=np.zeros_like(flagged), where=flagged > 0
    )
    return ratio((positives * precision).sum(axis=1), positives.sum(axis=1))


def precision(sample: Sample, weights: Weights) -> np.ndarray:
    """Share of true alerts among the labelled ones at or above the threshold."""
    rows = sample.labelled
    flagged = sample.score[rows] >= sample.threshold
    return weighted_mean(sample.y[rows][flagged], weights.of(rows[flagged]))


def recall(sample: Sample, weights: Weights) -> np.ndarray:
    """Share of the true alerts that are at or above the threshold."""
    rows = sample.labelled[sample.y[sample.labelled] == 1]
    return weighted_mean(
        (sample.score[rows] >= sample.threshold).astype(np.float64), weights.of(rows)
    )


def f1_score(sample: Sample, weights: Weights) -> np.ndarray:
    """Harmonic mean of precision and recall at the threshold."""
    rows = sample.labelled
    flagged = (sample.score[rows] >= sample.threshold).astype(np.float64)
    y, row_weights = sample.y[rows], weights.of(rows)
    return ratio(row_weights @ (2 * y * flagged), row_weights @ (y + flagged))


def precision_at_budget(sample: Sample, weights: Weights) -> np.ndarray:
    """Share of true alerts among the labelled ones of each day's review queue, all days pooled."""
    reviewed = weights.queue_of(sample)[:, sample.labelled]
    return weighted_mean(sample.y[sample.labelled], reviewed)


def recall_at_budget(sample: Sample, weights: Weights) -> np.ndarray:
    """Share of the true alerts that reach each day's review queue, all days pooled."""
    rows = sample.labelled[sample.y[sample.labelled] == 1]
    reviewed = weights.queue_of(sample)[:, rows]
    return ratio(reviewed.sum(axis=1), weights.of(rows).sum(axis=1))


def ndcg_at_budget(sample: Sample, weights: Weights) -> np.ndarray:
    """Normalised discounted cumulative gain at the review budget, mean over the days.

    Gain 1 for a true alert, discount 1 / log2(place + 1) down to the budget, over the best that the
    day allows (Järvelin and Kekäläinen 2002). Places are those among the labelled alerts; alerts of
    one score share theirs. Days without a true alert do not count.
    """
    rows = sample.labelled
    if not len(rows):
        return np.full(len(weights.matrix), np.nan)
    order = rows[np.lexsort((-sample.score[rows], sample.day[rows]))]
    day, ordered, y = sample.day[order], weights.of(order), sample.y[order]
    ties = starts_of_ties(day, sample.score[order])
    days = starts_of_ties(day[ties])
    tied = np.add.reduceat(ordered, ties, axis=1)
    until = np.cumsum(tied, axis=1)
    waited = np.repeat((until - tied)[:, days], np.diff(np.r_[days, len(ties)]), axis=1)
    last, before = until - waited, until - tied - waited
    discount = _cumulative_discount(sample.budget)
    lengths = np.diff(np.r_[ties, len(order)])
    true = np.add.reduceat(share_of_tie(ordered, tied, lengths) * y, ties, axis=1)
    gained = np.add.reduceat((discount(last) - discount(before)) * true, days, axis=1)
    best = discount(np.add.reduceat(ordered * y, ties[days], axis=1))
    share = np.divide(gained, best, out=np.zeros_like(best), where=best > 0)
    return ratio(share.sum(axis=1), (best > 0).sum(axis=1))


def _cumulative_discount(budget: int) -> Callable[[np.ndarray], np.ndarray]:
    """Sum of the discounts of the places up to one, which stands still after the budget."""

    def total_up_to(place: np.ndarray) -> np.ndarray:
        # There may be many fewer alerts than the budget, and no place is beyond the longest queue.
        places = np.arange(min(budget, math.ceil(place.max(initial=1.0))) + 1)
        total = np.concatenate([[0.0], np.cumsum(1 / np.log2(places[1:] + 1))])
        found: np.ndarray = np.interp(place, places, total)
        return found

    return total_up_to


def lift_at_top(sample: Sample, weights: Weights) -> np.ndarray:
    """Share of true alerts in the top tenth of the labelled ones, over their share in all.

    Alerts of one score that lie on the edge of the tenth are in it in part.
    """
    positives, negatives = weights.tie_groups_of(sample)
    tied = positives + negatives
    total = tied.sum(axis=1)
    before = np.cumsum(tied, axis=1) - tied
    taken = np.clip(TOP_SHARE * total[:, None] - before, 0.0, tied)
    true = np.divide(positives, tied, out=np.zeros_like(tied), where=tied > 0)
    found = ratio((taken * true).sum(axis=1), taken.sum(axis=1))
    return ratio(found, ratio(positives.sum(axis=1), total))


def saved_at_recall(sample: Sample, weights: Weights) -> np.ndarray:
    """Share of the labelled alerts that stay closed when 80 % of the true ones are found.

    Alerts are opened from the highest score down; ties are opened together.
    """
    positives, negatives = weights.tie_groups_of(sample)
    found, opened = np.cumsum(positives, axis=1), np.cumsum(positives + negatives, axis=1)
    # A whole number of true alerts must not be missed by the last bit of a sum.
    wanted = FOUND_SHARE * found[:, -1:] * (1 - 1e-12)
    enough = np.argmax(found >= wanted, axis=1)
    needed = np.take_along_axis(opened, enough[:, None], axis=1)[:, 0]
    share = 1.0 - ratio(needed, opened[:, -1])
    return np.where(found[:, -1] > 0, share, np.nan)


def alerts_per_day(sample: Sample, weights: Weights) -> np.ndarray:
    """Alerts a day at or above the threshold, labelled or not, of the population."""
    flagged = sample.inside & (sample.score >= sample.threshold)
    return np.asarray(weights.of(flagged).sum(axis=1) / max(sample.n_days, 1))


METRICS = (
    Metric(
        "average_precision",
        average_precision,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="precision averaged over all true alerts; a random order gives the base rate",
    ),
    Metric(
        "roc_auc",
        roc_auc,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="chance that a true alert scores above a false one; a random order gives 0.5",
    ),
    Metric(
        "precision_at_budget",
        precision_at_budget,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="share of true alerts among the labelled ones that the daily review budget opens",
    ),
    Metric(
        "recall_at_budget",
        recall_at_budget,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="share of the true alerts that the daily review budget opens",
    ),
    Metric(
        "ndcg_at_budget",
        ndcg_at_budget,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="how near a day's queue is to the best order, mean over days with a true alert",
    ),
    Metric(
        "lift_at_top_10_percent",
        lift_at_top,
        Scale.LOG,
        higher_is_better=True,
        meaning="how many times more true alerts the top tenth holds than an average tenth",
    ),
    Metric(
        "alerts_saved_at_recall_80_percent",
        saved_at_recall,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="share of the alerts that stay closed when four fifths of the true ones are found",
    ),
    Metric(
        "precision",
        precision,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="share of true alerts among the labelled ones at or above the threshold",
    ),
    Metric(
        "recall",
        recall,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="share of the true alerts at or above the threshold",
    ),
    Metric(
        "f1_score",
        f1_score,
        Scale.LOGIT,
        higher_is_better=True,
        meaning="harmonic mean of precision and recall at the threshold",
    ),
    Metric(
        "alerts_per_day",
        alerts_per_day,
        Scale.LOG,
        higher_is_better=None,
        meaning="alerts a day at or above the threshold; it was chosen to give the budget",
    ),
    Metric(
        "brier_score",
        brier_score,
        Scale.LOGIT,
        higher_is_better=False,
        needs_probability=True,
        meaning="mean squared error of the probability",
    ),
    Metric(
        "log_loss",
        log_loss,
        Scale.LOG,
        higher_is_better=False,
        needs_probability=True,
        meaning="mean surprise at the outcome, in nats",
    ),
    Metric(
        "calibration_error",
        calibration_error,
        Scale.LOG,
        higher_is_better=False,
        needs_probability=True,
        meaning="mean gap between probability and true share over ten bins; by chance above 0",
    ),
    Metric(
        "smooth_calibration_error",
        smooth_calibration_error,
        Scale.LOG,
        higher_is_better=False,
        needs_probability=True,
        meaning="the same without bins, smoothed over as wide a range as the error itself",
    ),
    Metric(
        "calibration_slope",
        calibration_slope,
        Scale.IDENTITY,
        higher_is_better=None,
        needs_probability=True,
        meaning="1 is right; below 1 high probabilities are too high and low ones too low",
    ),
    Metric(
        "calibration_bias",
        calibration_bias,
        Scale.IDENTITY,
        higher_is_better=None,
        needs_probability=True,
        meaning="mean probability minus true share",
    ),
)
METRIC_BY_NAME = {metric.name: metric for metric in METRICS}
