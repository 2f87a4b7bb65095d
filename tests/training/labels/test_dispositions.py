"""What reviewers decided comes before labels of the address, and never before it was known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from alertmill.errors import MissingColumnsError
from alertmill.training.labels.labelling import (
    DISPOSITION_COLUMNS,
    AddressLabelStrategy,
    DispositionStrategy,
    label_alerts,
)
from alertmill.training.labels.strategies import find_label_strategy, reads_dispositions
from alertmill.training.labels.targets import end_of_knowledge
from alertmill.vocabulary import LabelKnowledge, LabelStatus, ReviewDecision
from tests.training.training_data import make_alerts, make_label, make_labels, milliseconds

CUT = datetime(2024, 2, 1, tzinfo=UTC)
ALERTS = make_alerts((0, "a", "1"), (0, "a", "2"), (1, "a", "3"), (0, "b", "4"))
DAY = ALERTS["processing_date"][0]
EARLY, LATE, AFTER = date(2024, 1, 10), date(2024, 1, 20), date(2024, 2, 10)
SCHEMA = {
    "processing_date": pl.Date,
    "address": pl.String,
    "alert_id": pl.String,
    "decision": pl.String,
    "decided_at": pl.UInt64,
    "known_at": pl.UInt64,
}


def decided(*rows: tuple[str, date, date], alert: str = "1") -> pl.DataFrame:
    """Decisions about an alert of the address ``a``: decision, decided at, known at."""
    return pl.DataFrame(
        [
            (DAY, "a", alert, what, milliseconds(at), milliseconds(known))
            for what, at, known in rows
        ],
        schema=SCHEMA,
        orient="row",
    )


def labelled(dispositions: pl.DataFrame, *labels: dict[str, object], **how: object) -> pl.DataFrame:
    return label_alerts(
        ALERTS,
        make_labels(*labels),
        dispositions=dispositions,
        **{"known_before": CUT, "strategy": DispositionStrategy(), **how},
    )


def y_of(*rows: tuple[str, date, date]) -> int | None:
    return labelled(decided(*rows))["y"][0]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((), None),
        ((("confirmed", EARLY, EARLY),), 1),
        ((("dismissed", EARLY, EARLY),), 0),
        ((("reopened", EARLY, EARLY),), None),
        ((("confirmed", EARLY, EARLY), ("dismissed", LATE, LATE)), 0),
        ((("dismissed", LATE, LATE), ("confirmed", EARLY, EARLY)), 0),
        ((("confirmed", EARLY, EARLY), ("reopened", LATE, LATE)), None),
        ((("confirmed", EARLY, EARLY), ("dismissed", EARLY, LATE)), 0),
        ((("dismissed", EARLY, EARLY), ("confirmed", EARLY, EARLY)), 1),
    ],
    ids=[
        "none",
        "confirmed",
        "dismissed",
        "reopened",
        "corrected",
        "in any order",
        "taken back",
        "corrected at the same moment",
        "both at once",
    ],
)
def test_the_last_decision_counts(
    rows: tuple[tuple[str, date, date], ...], expected: int | None
) -> None:
    assert expected == y_of(*rows)


def test_a_decision_that_was_not_known_yet_does_not_count() -> None:
    assert 1 == y_of(("confirmed", EARLY, EARLY), ("dismissed", LATE, AFTER))


def test_a_decision_comes_before_the_label_of_the_address_and_concerns_its_alert_alone() -> None:
    label = make_label("a", risk_level="critical", known_at=milliseconds(LATE))

    found = labelled(decided(("dismissed", EARLY, EARLY)), label)

    assert [0, 1, 1, None] == found["y"].to_list()
    assert ["conflicting", "labelled", "labelled", "unlabelled"] == found["label_status"].to_list()


def test_a_decision_that_the_label_agrees_with_is_no_conflict() -> None:
    label = make_label("a", risk_level="high", known_at=milliseconds(EARLY))

    found = labelled(decided(("confirmed", LATE, LATE)), label)

    assert LabelStatus.LABELLED == found["label_status"][0]


def test_other_strategies_know_nothing_of_decisions() -> None:
    found = labelled(decided(("confirmed", EARLY, EARLY)), strategy=AddressLabelStrategy())

    assert [None] * 4 == found["y"].to_list()


def test_a_young_alert_has_no_label_although_it_was_decided() -> None:
    found = labelled(
        decided(("confirmed", EARLY, EARLY)),
        known_before=datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(days=3),
        maturity_days=30,
    )

    assert LabelStatus.TOO_YOUNG == found["label_status"][0]


def test_as_of_its_maturity_an_alert_has_what_was_decided_until_then() -> None:
    days = (CUT.date() - DAY).days
    soon, later = DAY + timedelta(days=2), DAY + timedelta(days=5)
    assert days > 5
    dispositions = decided(("confirmed", soon, soon), ("dismissed", later, later))

    found = labelled(dispositions, knowledge=LabelKnowledge.AS_OF, maturity_days=3)

    assert 1 == found["y"][0]


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(MissingColumnsError, match="decided_at"):
        labelled(decided(("confirmed", EARLY, EARLY)).drop("decided_at"))


def test_the_strategy_has_a_name() -> None:
    assert isinstance(find_label_strategy("disposition"), DispositionStrategy)
    assert (True, False) == (reads_dispositions("disposition"), reads_dispositions("address_label"))
    assert {"processing_date", "address", "alert_id", "decision"} < {*DISPOSITION_COLUMNS}


def test_knowledge_ends_with_the_last_decision() -> None:
    found = end_of_knowledge(
        ALERTS["processing_date"], make_labels(), decided(("confirmed", EARLY, AFTER))
    )

    assert datetime(2024, 2, 10, 0, 0, 0, 1000, UTC) == found


MOMENTS = st.integers(1, 40).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
HISTORY = st.lists(
    st.tuples(st.sampled_from(ReviewDecision), MOMENTS, st.integers(0, 10)), max_size=8
)


@settings(deadline=None)  # a strategy is asked once for every moment
@given(history=HISTORY, day=MOMENTS)
def test_nothing_that_becomes_known_later_changes_a_label(
    history: list[tuple[ReviewDecision, date, int]], day: date
) -> None:
    moment = datetime.combine(day, datetime.min.time(), UTC)
    rows = [(str(what), at, at + timedelta(days=delay)) for what, at, delay in history]
    at_the_time = [row for row in rows if row[2] < day]

    assert_frame_equal(
        labelled(decided(*at_the_time), known_before=moment),
        labelled(decided(*reversed(rows)), known_before=moment),
    )
