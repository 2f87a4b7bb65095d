"""The sentences and tables of the queue's report, on nothing, one, many and ties."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest

from alertmill.scoring import queue
from alertmill.scoring.folder import (
    ROW_SCHEMA,
    DayRecord,
    OutsideRange,
    RefusedValues,
    UnknownCategory,
)

DAY = date(2024, 1, 8)


def record(**told: object) -> DayRecord:
    fixed = dict.fromkeys(
        ("model_id", "model_version", "model_run_id", "snapshot_batch_id", "snapshot_digest"), "x"
    )
    return DayRecord.model_validate({"day": DAY, "is_again": False, "n_alerts": 0, **fixed, **told})


def change(before: float, new: tuple[str, ...] = ()) -> str:
    return json.dumps(
        {
            "since": "2024-01-05",
            "score_before": before,
            "new_reasons": list(new),
            "gone_reasons": ["f9"],
        }
    )


def reasons(*parts: float) -> str:
    return json.dumps(
        [
            {"feature": f"f{n}", "value": 1.0, "contribution": part, "sentence": f"Feature {n}: 1"}
            for n, part in enumerate(parts)
        ]
    )


def rows(
    scores: list[float], *, budget: int, changes: list[str | None] | None = None
) -> pl.DataFrame:
    n = len(scores)
    return pl.DataFrame(
        {
            "processing_date": [DAY] * n,
            "address": [f"a{place}" for place in range(n)],
            "alert_id": [f"id{place}" for place in range(n)],
            "typology_type": [("peel", "mix")[place % 2] for place in range(n)],
            "score": scores,
            "raw_score": scores,
            "day_rank": range(1, n + 1),
            "day_percentile": [1.0] * n,
            "is_in_queue": [place < budget for place in range(n)],
            "is_sampled": [place == budget for place in range(n)],
            "review_probability": [1.0] * n,
            "reasons_json": [reasons(1.0, 0.5, -0.25)] * n,
            "change_json": changes or [None] * n,
        },
        schema=ROW_SCHEMA,
    )


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (record(), "2024-01-08 has no alerts that were scored: there is nothing to review."),
        (
            record(n_scored=1, n_in_queue=1),
            (
                "1 alert of 2024-01-08 was scored: 1 in the review queue, 0 drawn for review below "
                "it, 0 closed unseen."
            ),
        ),
        (
            record(n_scored=1200, n_in_queue=20, n_sampled=35, is_again=True),
            (
                "1,200 alerts of 2024-01-08 were, again, scored: 20 in the review queue, 35 drawn "
                "for review below it, 1,145 closed unseen."
            ),
        ),
    ],
)
def test_the_work_of_a_day_adds_up(day: DayRecord, sentence: str) -> None:
    assert sentence == queue.work_sentence(day, "alert")


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (rows([], budget=1), "The queue is empty."),
        (
            rows([0.5], budget=1),
            "The address of the one alert in the queue was not scored in the 90 days before.",
        ),
        (
            rows([0.5], budget=1, changes=[change(0.1)]),
            (
                "The address of the one alert in the queue was scored in the 90 days before; its "
                "score rose since."
            ),
        ),
        (
            rows([0.5, 0.4], budget=2),
            "No address of an alert in the queue was scored in the 90 days before.",
        ),
        (
            rows([0.5, 0.4], budget=2, changes=[change(0.1), change(0.4)]),
            (
                "Every address of an alert in the queue was scored in the 90 days before; 1 of 2 "
                "scores rose since."
            ),
        ),
        (
            rows([0.5, 0.4], budget=2, changes=[change(0.9), None]),
            (
                "1 of the 2 alerts in the queue is new: its address was not scored in the 90 days "
                "before. 1 is repeated; its score did not rise since."
            ),
        ),
        (
            rows([0.5, 0.4, 0.3, 0.2], budget=4, changes=[change(0.1), change(0.1), None, None]),
            (
                "2 of the 4 alerts in the queue are new: their addresses were not scored in the 90 "
                "days before. 2 are repeated; 2 of 2 scores rose since."
            ),
        ),
    ],
)
def test_new_and_repeated_alerts_are_counted(scores: pl.DataFrame, sentence: str) -> None:
    assert sentence == queue.novelty_sentence(scores, "alert")


@pytest.mark.parametrize(
    ("scores", "budget", "sentence"),
    [
        ([], 1, "There is no cut."),
        ([0.5], 1, "Every alert of the day is in the queue, so nothing is cut."),
        (
            [0.5, 0.25],
            1,
            "The queue ends at a score of 0.500; every alert below it scores lower.",
        ),
        (
            [0.5, 0.5, 0.25],
            1,
            (
                "The queue ends at a score of 0.500. 1 alert below it has the same score: the "
                "score before calibration, then the address and the id decided the order."
            ),
        ),
        (
            [0.5] * 4,
            2,
            (
                "The queue ends at a score of 0.500. 2 alerts below it have the same score: the "
                "score before calibration, then the address and the id decided the order."
            ),
        ),
    ],
)
def test_the_cut_says_whether_scores_decided_it(
    scores: list[float], budget: int, sentence: str
) -> None:
    assert sentence == queue.cut_sentence(rows(scores, budget=budget), "alert")


def test_the_queue_says_what_raises_and_what_lowers_a_score() -> None:
    found = queue.queue_table(rows([0.5, 0.4, 0.1], budget=2, changes=[change(0.25), None, None]))

    assert [1, 2] == found["rank"].to_list()
    assert ["2024-01-05, 0.25", "never"] == found["last scored"].to_list()
    assert ["+ Feature 0: 1; + Feature 1: 1; \u2212 Feature 2: 1"] * 2 == found["why"].to_list()


def test_the_sample_lies_below_the_queue() -> None:
    assert ["id2"] == queue.sample_table(rows([0.5, 0.4, 0.1], budget=2))["alert"].to_list()


def test_the_largest_rise_comes_first() -> None:
    changes = [change(0.4), change(0.1, ("f1", "f2")), None]

    found = queue.change_table(rows([0.5, 0.4, 0.3], budget=3, changes=changes))

    assert ["a1", "a0"] == found["address"].to_list()
    assert ["f1, f2", ""] == found["new reasons"].to_list()
    assert ["f9", "f9"] == found["gone reasons"].to_list()


@pytest.mark.parametrize("table", [queue.queue_table, queue.sample_table, queue.change_table])
def test_no_rows_make_an_empty_table(table: object) -> None:
    assert callable(table)
    assert table(rows([], budget=1)).is_empty()


def test_typologies_are_counted_by_what_becomes_of_them() -> None:
    found = queue.typology_table(rows([0.5, 0.4, 0.1, 0.05], budget=1))

    assert [("peel", 2, 1, 0, 0.5), ("mix", 2, 0, 1, 0.0)] == found.rows()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (
            record(),
            (
                "The model knows every category of the day. No number lies outside of what the "
                "model has seen in training."
            ),
        ),
        (
            record(
                unknown=[UnknownCategory(feature="f", category="c", n_alerts=2)],
                outside=[
                    OutsideRange(
                        feature="f",
                        n_alerts=1,
                        trained_low=0,
                        trained_high=1,
                        day_low=0,
                        day_high=2,
                    )
                ],
            ),
            (
                "1 category was not among those of the training; it counts as missing. 1 feature "
                "has numbers outside of what the model has seen in training; it scores them like "
                "the nearest that it has seen."
            ),
        ),
        (
            record(
                unknown=[UnknownCategory(feature="f", category=c, n_alerts=2) for c in "cd"],
                outside=None,
            ),
            (
                "2 categories were not among those of the training; they count as missing. Whether "
                "numbers lie outside of the training could not be compared: the training run x no "
                "longer holds its features."
            ),
        ),
    ],
)
def test_what_the_model_has_not_seen_is_said(day: DayRecord, sentence: str) -> None:
    assert sentence == queue.unseen_sentence(day)


def test_a_feature_that_was_always_missing_has_no_range() -> None:
    one = OutsideRange(
        feature="f", n_alerts=1, trained_low=None, trained_high=None, day_low=0, day_high=1234.5
    )

    (row,) = queue.outside_table(record(outside=[one])).rows()

    assert ("f", 1, "always missing", "0 to 1,234") == row


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (record(), "The snapshot of 2024-01-08 holds no alerts."),
        (record(n_alerts=1), "The one alert of the snapshot of 2024-01-08 was scored."),
        (record(n_alerts=1200), "All 1,200 alerts of the snapshot of 2024-01-08 were scored."),
        (
            record(n_alerts=1200, n_unscored=1, unscored_because="it was lost"),
            "1 of 1,200 alerts of the snapshot of 2024-01-08 has no score: it was lost.",
        ),
        (
            record(n_alerts=3, n_unscored=3, unscored_because="they were lost"),
            "3 of 3 alerts of the snapshot of 2024-01-08 have no score: they were lost.",
        ),
    ],
)
def test_coverage_names_what_has_no_score(day: DayRecord, sentence: str) -> None:
    assert sentence == queue.coverage_sentence(day)


def test_refused_values_stand_in_the_coverage() -> None:
    refused = [RefusedValues(feature="f", reason="above the range", n_alerts=7)]

    found = queue.coverage_table(record(n_alerts=9, n_scored=9, refused=refused))

    assert ("f counts as missing: above the range", 7) == found.rows()[-1]
