"""AM102, AM106: whether the scores, and the alerts as a whole, still are those of the training."""

from __future__ import annotations

from alertmill.checks.check import Verdict, issue, not_applicable, passed, tip
from alertmill.monitoring.adversarial import (
    LEAST_ADDRESSES,
    AdversarialValidation,
    tell_apart,
)
from alertmill.monitoring.comparison import LEVEL, compare_scores
from alertmill.monitoring.of_features import LEAST_DISTANCE, NO_TRAINING, obstacle
from alertmill.monitoring.question import MonitoringQuestion
from alertmill.monitoring.watched import Watched
from alertmill.wording import counted, percent

APART = 0.6
"""Lower end of the interval of the area from which two sides are apart."""
WIDE_APART = 0.75
"""From which they have so little in common that a training is due."""


class ScoresMoved(MonitoringQuestion):
    """Scores that move change how many alerts the queue holds that are worth it."""

    code = "AM102"
    title = "scores moved since the training"
    looks_at = (
        "scores against those of the test of the training, which the model was not fitted on, one "
        f"alert an address, at {percent(LEVEL, 0)}; moved by a distance of {LEAST_DISTANCE} at "
        "least"
    )
    advice = "See which features moved, and whether the share of true alerts did."

    def ask(self, watched: Watched) -> Verdict:
        """Compare the scores of addresses."""
        before, now = watched.trained_scores, watched.now_scores
        if reason := obstacle(before, now, NO_TRAINING):
            return not_applicable(reason)
        distance, p = compare_scores(before, now)
        told = (
            f"the scores of {counted(now.height, 'address')} lie a distance of {distance:.2f} from "
            f"those of {counted(before.height, 'address')} of the test"
        )
        has_moved = p < LEVEL and distance >= LEAST_DISTANCE
        return tip(told) if has_moved else passed(told)


class ToldApart(MonitoringQuestion):
    """What moves in no feature alone may move in several together."""

    code = "AM106"
    title = "a model tells today from the training"
    looks_at = (
        "adversarial validation: ROC AUC of a model that tells the watched days from the training, "
        f"by address; the lower end of its 95 % interval above {APART}"
    )
    advice = "See in the table by which features they differ; train again if the world moved."

    def ask(self, watched: Watched) -> Verdict:
        """Return whether both sides can be told apart beyond chance."""
        found = adversarial_validation(watched)
        if isinstance(found, str):
            return not_applicable(found)
        low, high = found.interval.low, found.interval.high
        if low is None or high is None:
            return not_applicable(found.interval.note)
        told = f"ROC AUC {found.roc_auc:.2f} ({low:.2f} to {high:.2f}), where 0.5 tells nothing"
        if low <= APART:
            return passed(told)
        top = found.top.head(5)
        return issue(told, top) if low > WIDE_APART else tip(told, top)


def adversarial_validation(watched: Watched) -> AdversarialValidation | str:
    """Return how well watched days are told from the training, or why that cannot be tried."""
    if reason := obstacle(watched.trained, watched.now, NO_TRAINING):
        return reason
    n = min(watched.now.height, watched.trained.height)
    if n < LEAST_ADDRESSES:
        return f"{counted(n, 'address')} on one side, and it takes {LEAST_ADDRESSES}"
    return tell_apart(
        watched.trained, watched.now, watched.model.catalogue, seed=watched.range.seed
    )
