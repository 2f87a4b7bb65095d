"""From which score an alert is reviewed."""

from __future__ import annotations

import numpy as np

from alertmill.errors import NoAlertsToMeasureError


def choose_threshold(score: np.ndarray, *, n_days: int, review_budget: int) -> float:
    """Score at or above which ``review_budget`` alerts a day lie, on average over the days.

    Parameters
    ----------
    score : ndarray of shape (n_alerts,)
        Scores of all validation alerts, labelled or not: each takes review time.
    n_days : int
        Days that the alerts come from.
    review_budget : int
        Alerts reviewed a day. When there are fewer alerts, all are flagged.

    Returns
    -------
    float
        Half-way between the last alert within the budget and the first beyond it. Where scores
        tie across the budget, the whole tie is flagged or not, whichever comes closer to it.

    Raises
    ------
    NoAlertsToMeasureError
        If there are no alerts.

    Examples
    --------
    >>> choose_threshold(np.array([0.9, 0.7, 0.5, 0.1]), n_days=2, review_budget=1)
    0.6
    """
    if not len(score):
        raise NoAlertsToMeasureError.of("validation")
    levels, counts = np.unique(-score, return_counts=True)
    flagged = np.cumsum(counts)
    wanted = min(n_days * review_budget, len(score))
    chosen = int(np.argmin(np.abs(flagged - wanted)))
    last = -levels[chosen]
    if chosen + 1 == len(levels):
        return float(last)
    beyond = -levels[chosen + 1]
    middle = float((last + beyond) / 2)
    return middle if middle > beyond else float(last)
