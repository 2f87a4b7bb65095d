"""Daily performance pools the last week of its own split."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from alertmill.tables.daily import daily_performance
from tests.evaluation.factories import make_predictions


def test_a_day_pools_the_last_seven_days() -> None:
    days = [date(2024, 1, 1) + timedelta(days=offset) for offset in range(8)]
    predictions = pl.DataFrame(
        {
            "processing_date": days,
            "address": "a",
            "alert_id": [str(place) for place in range(8)],
            "split": "test",
            "is_new_address": False,
            "y": [1, 0, 0, 0, 0, 0, 0, 1],
            "score": 0.5,
        }
    )

    found = daily_performance(predictions, review_budget=1)

    assert [1.0, 1 / 2] == pytest.approx(found["precision_at_budget"].to_list()[:2])
    # the first day has left the week
    assert found["precision_at_budget"][7] == pytest.approx(1 / 7)


def test_the_test_does_not_pool_validation_days() -> None:
    predictions = make_predictions()

    together = daily_performance(predictions, review_budget=5)
    alone = daily_performance(predictions.filter(pl.col("split") == "test"), review_budget=5)

    assert together.filter(pl.col("split") == "test").equals(alone)


def test_days_without_confirmed_alerts_have_no_recall() -> None:
    cleared = make_predictions().with_columns(y=pl.col("y") * 0)

    found = daily_performance(cleared, review_budget=5)

    assert found["recall_at_budget"].null_count() == found.height
    assert found["precision_at_budget"].max() == 0.0
