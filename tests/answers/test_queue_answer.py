"""What report 10 advises, on nothing, one and many."""

from __future__ import annotations

from pathlib import Path

import pytest

from alertmill.answers.of_queue import answer_queue, queue_advice
from alertmill.parameters import ScoringParameters
from alertmill.scoring.folder import DayRecord, OutsideRange, ScoringRun, UnknownCategory
from alertmill.vocabulary import Network
from tests.scoring.test_queue import DAY, record, rows


@pytest.mark.parametrize(
    ("day", "advice"),
    [
        (record(), "There is nothing to do."),
        (record(n_in_queue=3), "Review the queue from the top."),
        (
            record(n_in_queue=3, n_sampled=1),
            "Review the queue from the top, and the 1 alert drawn below it as carefully.",
        ),
        (
            record(n_in_queue=3, n_unscored=1),
            (
                "1 alert without a score is in no queue: look at it by hand, then review the queue "
                "from the top."
            ),
        ),
        (
            record(n_in_queue=3, n_unscored=1200),
            (
                "1,200 alerts without a score are in no queue: look at them by hand, then review "
                "the queue from the top."
            ),
        ),
    ],
)
def test_what_cannot_be_scored_comes_first(day: DayRecord, advice: str) -> None:
    assert advice == queue_advice(day, "alert")


def run_of(day: DayRecord, tmp_path: Path) -> ScoringRun:
    run = ScoringRun(tmp_path / "run", ScoringParameters(network=Network.ETHEREUM))
    if day.n_scored:
        run.keep_rows(DAY, rows([0.5, 0.4, 0.1], budget=1))
    run.keep_day(day)
    return run


def test_the_answer_counts_each_feature_with_values_never_seen_once(tmp_path: Path) -> None:
    unknown = UnknownCategory(feature="f", category="c", n_alerts=2)
    outside = OutsideRange(
        feature="g", n_alerts=1, trained_low=0, trained_high=1, day_low=0, day_high=2
    )
    day = record(
        n_alerts=3,
        n_scored=3,
        n_in_queue=1,
        n_sampled=1,
        unknown=[unknown, unknown],
        outside=[outside],
    )

    answer = answer_queue(run_of(day, tmp_path))

    assert ["1", "1", "2"] == [number.value for number in answer.numbers]
    assert 2 == len(answer.sentences)
    assert "1 closed unseen" in answer.text
    assert str(DAY) in answer.about


def test_a_day_without_alerts_has_an_answer(tmp_path: Path) -> None:
    answer = answer_queue(run_of(record(outside=None), tmp_path))

    assert "there is nothing to review. The queue is empty." in answer.text
    assert ["0", "0", "not known"] == [number.value for number in answer.numbers]
