"""The threshold keeps the review budget."""

from __future__ import annotations

import numpy as np
import pytest

from alertmill.errors import NoAlertsToMeasureError
from alertmill.evaluation.thresholds import choose_threshold


def flagged(score: list[float], *, n_days: int, review_budget: int) -> int:
    threshold = choose_threshold(np.array(score), n_days=n_days, review_budget=review_budget)
    return int((np.array(score) >= threshold).sum())


def test_the_threshold_flags_the_budget_on_average_over_the_days() -> None:
    assert flagged([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], n_days=2, review_budget=2) == 4


def test_a_tie_across_the_budget_is_flagged_where_that_comes_closer() -> None:
    assert flagged([0.9, 0.5, 0.5, 0.1], n_days=1, review_budget=2) in (1, 3)
    assert flagged([0.9, 0.8, 0.5, 0.5, 0.5, 0.5, 0.1], n_days=1, review_budget=3) == 2


def test_fewer_alerts_than_the_budget_are_all_flagged() -> None:
    assert flagged([0.3, 0.2], n_days=1, review_budget=50) == 2


def test_no_alerts_are_an_error_that_names_the_split() -> None:
    with pytest.raises(NoAlertsToMeasureError, match="no validation alerts"):
        choose_threshold(np.array([]), n_days=0, review_budget=5)
