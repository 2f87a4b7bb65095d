"""A sentence says what was scored, on no day, one and many."""

from __future__ import annotations

from datetime import date

import pytest

from alertmill.scoring.report import DayState, ScoredDay, ScoringReport, table_of_days

FIRST, LAST = date(2024, 1, 7), date(2024, 1, 8)
SCORED = ScoredDay(LAST, DayState.NEW, n_scored=1200, n_in_queue=20, n_sampled=35)
ONE = ScoredDay(LAST, DayState.REPLACED, n_scored=1, n_in_queue=1, unknown="x")
BEFORE, EMPTY = ScoredDay(FIRST, DayState.UNCHANGED), ScoredDay(FIRST, DayState.WITHOUT_ALERTS)


@pytest.mark.parametrize(
    ("first", "days", "sentence"),
    [
        (
            FIRST,
            (),
            "No snapshot of 2024-01-07 to 2024-01-08 is in the database: nothing to score.",
        ),
        (LAST, (), "No snapshot of 2024-01-08 is in the database: nothing to score."),
        (
            FIRST,
            (BEFORE, EMPTY),
            "Nothing to score: no day of 2024-01-07 to 2024-01-08 is new or changed.",
        ),
        (
            FIRST,
            (BEFORE, SCORED),
            "1,200 scores of 2024-01-08 by m: 20 in the review queue, 35 sampled below it.",
        ),
        (
            LAST,
            (ONE,),
            "1 score of 2024-01-08 by m: 1 in the review queue, 0 sampled below it. 2024-01-08: x.",
        ),
        (
            FIRST,
            (SCORED, SCORED),
            "2,400 scores of 2 days by m: 40 in the review queue, 70 sampled below it.",
        ),
    ],
)
def test_the_summary_counts_what_was_scored_now(
    first: date, days: tuple[ScoredDay, ...], sentence: str
) -> None:
    assert sentence == ScoringReport("m", first, LAST, days).summary


def test_every_day_has_a_row() -> None:
    rows = table_of_days(ScoringReport("m", FIRST, LAST, (EMPTY, SCORED)))

    assert ["without alerts", "scored"] == [row["state"] for row in rows]
    assert ["0", "1,200"] == [row["scores"] for row in rows]
