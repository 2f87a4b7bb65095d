"""An alert is labelled with what was known of its address at the time, and by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from alertmill.errors import (
    ConfigurationError,
    DuplicateRowsError,
    LabelStrategyError,
    MissingColumnsError,
    WrongTypeError,
)
from alertmill.training.data.rows import KEYS
from alertmill.training.labels.labelling import (
    DECISION_COLUMNS,
    LABEL_STATUS,
    AddressLabelStrategy,
    decide_by_last_words,
    label_alerts,
)
from alertmill.vocabulary import LabelKnowledge, RiskLevel
from tests.training.training_data import make_alerts, make_label, make_labels, milliseconds

CUT = datetime(2024, 2, 1, tzinfo=UTC)
BEFORE, LATER_BEFORE, AFTER = date(2024, 1, 10), date(2024, 1, 20), date(2024, 2, 10)


def y_of(*labels: dict[str, object], known_before: datetime = CUT) -> int | None:
    """Label of an alert of the address ``a``."""
    alerts = make_alerts((0, "a", "1"))
    labelled = label_alerts(alerts, make_labels(*labels), known_before=known_before)
    return labelled["y"].item()


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("critical", 1),
        ("high", 1),
        ("medium", 0),
        ("low", 0),
        ("HIGH", 1),
        ("", None),
        (None, None),
    ],
)
def test_the_risk_level_decides_and_no_level_is_no_label(
    level: str | None, expected: int | None
) -> None:
    assert expected == y_of(make_label("a", risk_level=level))


def test_an_address_without_a_label_is_unlabelled() -> None:
    assert y_of(make_label("b")) is None
    assert y_of() is None


def test_a_label_counts_from_the_moment_it_is_known() -> None:
    label = make_label("a", known_at=milliseconds(BEFORE))
    moment = datetime.combine(BEFORE, datetime.min.time(), UTC)

    assert y_of(label, known_before=moment) is None
    assert 1 == y_of(label, known_before=moment + timedelta(milliseconds=1))


def test_a_revision_after_the_cut_changes_nothing_before_it() -> None:
    first = make_label("a", risk_level="low", known_at=milliseconds(BEFORE))
    revised = make_label("a", risk_level="critical", known_at=milliseconds(AFTER))

    assert 0 == y_of(first, revised)
    assert 1 == y_of(first, revised, known_before=datetime(2024, 3, 1, tzinfo=UTC))


def test_a_revoked_label_counts_until_it_is_revoked() -> None:
    early = make_label("a", known_at=milliseconds(BEFORE), revoked_at=milliseconds(LATER_BEFORE))
    late = make_label("a", known_at=milliseconds(BEFORE), revoked_at=milliseconds(AFTER))

    assert y_of(early) is None
    assert 1 == y_of(late)


def test_a_label_of_assumed_age_counts_always_and_yields_to_a_dated_one() -> None:
    assumed = make_label("a", known_at=0, known_at_source="assumed")
    dated = make_label("a", risk_level="low", known_at=milliseconds(BEFORE))
    long_ago = datetime(2001, 1, 1, tzinfo=UTC)

    assert 1 == y_of(assumed, known_before=long_ago)
    assert 0 == y_of(assumed, dated)


def test_the_last_word_of_a_source_replaces_its_earlier_ones() -> None:
    first = make_label("a", risk_level="critical", trust_level="official")
    last = make_label("a", risk_level="low", known_at=milliseconds(BEFORE))

    assert 0 == y_of(first, last)


def test_a_last_word_without_a_level_takes_the_label_back() -> None:
    first = make_label("a", risk_level="critical")
    last = make_label("a", risk_level="", known_at=milliseconds(BEFORE))

    assert y_of(first, last) is None
    assert 0 == y_of(first, last, make_label("a", risk_level="low", source="other"))


def test_among_sources_trust_decides_then_confidence_then_risk() -> None:
    official = make_label("a", risk_level="low", source="x", trust_level="official")
    community = make_label("a", risk_level="critical", source="y", trust_level="community")
    surer = make_label("a", risk_level="low", source="z", confidence_score=0.9)
    sure = make_label("a", risk_level="critical", source="y")
    as_sure = make_label("a", risk_level="low", source="x")

    assert 0 == y_of(official, community)
    assert 0 == y_of(surer, sure)
    assert 1 == y_of(sure, as_sure)


def test_an_unknown_trust_level_yields_to_every_known_one() -> None:
    strange = make_label("a", risk_level="critical", source="x", trust_level="hearsay")
    last_known = make_label("a", risk_level="low", source="y", trust_level="blacklisted")

    assert 0 == y_of(strange, last_known)


def test_weights_are_confidences_with_a_mean_of_one_and_one_where_unlabelled() -> None:
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"), (0, "c", "3"))
    labels = make_labels(
        make_label("a", confidence_score=0.9), make_label("b", confidence_score=0.3)
    )

    weights = label_alerts(alerts, labels, known_before=CUT)["weight"]

    assert pytest.approx([1.5, 0.5, 1.0]) == weights.to_list()


def test_weights_stay_positive_without_confidence() -> None:
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"))
    labels = make_labels(
        make_label("a", confidence_score=0.0), make_label("b", confidence_score=None)
    )

    assert (label_alerts(alerts, labels, known_before=CUT)["weight"] > 0).all()


def test_rows_keep_their_order_and_number() -> None:
    alerts = make_alerts((3, "b", "1"), (1, "a", "2"), (2, "a", "3"))
    labels = make_labels(make_label("a"), make_label("a", source="other"))

    labelled = label_alerts(alerts, labels, known_before=CUT)

    assert_frame_equal(alerts.select(KEYS), labelled.select(KEYS))
    assert [None, 1, 1] == labelled["y"].to_list()
    assert [*KEYS, "y", "weight", "label_status"] == labelled.columns
    assert [pl.Int8, pl.Float64, LABEL_STATUS] == labelled.dtypes[-3:]


def test_a_strategy_may_draw_the_line_elsewhere() -> None:
    strict = AddressLabelStrategy(positive=(RiskLevel.CRITICAL,), negative=(RiskLevel.LOW,))
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"))
    labels = make_labels(make_label("a"), make_label("b", risk_level="critical"))

    labelled = label_alerts(alerts, labels, known_before=CUT, strategy=strict)

    assert [None, 1] == labelled["y"].to_list()


@settings(max_examples=100, deadline=None)
@given(
    versions=st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.sampled_from(["x", "y"]),
            st.sampled_from(["low", "high", ""]),
            st.integers(0, 60),
            st.none() | st.integers(0, 60),
        ),
        max_size=12,
    ),
    cut=st.integers(0, 60),
)
def test_what_becomes_known_later_never_changes_a_label(
    versions: list[tuple[str, str, str, int, int | None]], cut: int
) -> None:
    labels = make_labels(
        *(
            make_label(address, source=source, risk_level=level, known_at=at, revoked_at=revoked)
            for address, source, level, at, revoked in versions
        )
    )
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"))
    moment = datetime.fromtimestamp(cut / 1000, UTC)
    at_the_time = labels.filter(pl.col("known_at") < cut).with_columns(
        revoked_at=pl.when(pl.col("revoked_at") < cut).then("revoked_at")
    )

    assert_frame_equal(
        label_alerts(alerts, at_the_time, known_before=moment),
        label_alerts(alerts, labels.reverse(), known_before=moment),
    )


def test_a_cut_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="without a time zone"):
        y_of(make_label("a"), known_before=CUT.replace(tzinfo=None))


def test_a_missing_column_is_named_with_its_table() -> None:
    with pytest.raises(MissingColumnsError, match=r"^address_labels lacks the columns known_at;"):
        label_alerts(make_alerts(), make_labels().drop("known_at"), known_before=CUT)


# --- status -----------------------------------------------------------------------------------


def statuses_of(
    alerts: pl.DataFrame, *labels: dict[str, object], maturity_days: int = 0
) -> list[str]:
    """What becomes of each alert at the cut."""
    labelled = label_alerts(
        alerts, make_labels(*labels), known_before=CUT, maturity_days=maturity_days
    )
    return labelled["label_status"].to_list()


def test_sources_that_disagree_are_decided_and_counted() -> None:
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"), (0, "c", "3"), (0, "d", "4"))
    labels = [
        make_label("a", source="x", trust_level="official"),
        make_label("a", source="y", risk_level="low"),
        make_label("b", source="x"),
        make_label("b", source="y", risk_level="critical"),
        make_label("c", source="x"),
        make_label("c", source="y", risk_level=""),
    ]

    labelled = label_alerts(alerts, make_labels(*labels), known_before=CUT)

    assert ["conflicting", "labelled", "labelled", "unlabelled"] == labelled[
        "label_status"
    ].to_list()
    assert [1, 1, 1, None] == labelled["y"].to_list()


def test_a_source_that_corrects_itself_is_no_conflict() -> None:
    first = make_label("a", risk_level="critical")
    last = make_label("a", risk_level="low", known_at=milliseconds(BEFORE))

    assert ["labelled"] == statuses_of(make_alerts((0, "a", "1")), first, last)


def test_an_alert_is_young_until_the_maturity_has_passed() -> None:
    alerts = make_alerts((23, "a", "old enough"), (24, "a", "just"), (25, "a", "a day short"))

    found = statuses_of(alerts, make_label("a"), maturity_days=7)

    assert ["labelled", "labelled", "too_young"] == found


def test_a_young_alert_teaches_nothing_and_weighs_nothing() -> None:
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"), (30, "c", "3"))
    labels = make_labels(
        make_label("a", confidence_score=0.9),
        make_label("b", confidence_score=0.3),
        make_label("c", confidence_score=1.0),
    )

    labelled = label_alerts(alerts, labels, known_before=CUT, maturity_days=7)

    assert [1, 1, None] == labelled["y"].to_list()
    assert pytest.approx([1.5, 0.5, 1.0]) == labelled["weight"].to_list()


def test_a_label_of_unknown_age_makes_no_alert_young() -> None:
    alerts = make_alerts((30, "a", "assumed"), (30, "b", "dated"), (30, "c", "none"))
    assumed = make_label("a", known_at=0, known_at_source="assumed")
    dated = make_label("b", known_at=milliseconds(BEFORE), known_at_source="first_delivery")

    found = statuses_of(alerts, assumed, dated, maturity_days=7)

    assert ["labelled", "too_young", "too_young"] == found


def test_as_of_gives_every_alert_the_same_time_to_be_labelled() -> None:
    alerts = make_alerts((0, "a", "1"), (2, "a", "2"), (3, "a", "3"), (8, "a", "4"))
    on_day_nine = make_labels(make_label("a", known_at=milliseconds(date(2024, 1, 9))))

    labelled = label_alerts(
        alerts, on_day_nine, known_before=CUT, knowledge=LabelKnowledge.AS_OF, maturity_days=6
    )

    assert [None, None, 1, 1] == labelled["y"].to_list()


def test_as_of_never_looks_beyond_the_cut() -> None:
    assumed = make_label("a", known_at=0, known_at_source="assumed")
    later = make_label("a", risk_level="low", known_at=milliseconds(date(2024, 2, 3)))

    labelled = label_alerts(
        make_alerts((30, "a", "1")),
        make_labels(assumed, later),
        known_before=CUT,
        knowledge=LabelKnowledge.AS_OF,
        maturity_days=10,
    )

    assert [(1, "labelled")] == labelled.select("y", "label_status").rows()


# --- other strategies -------------------------------------------------------------------------


class ByType:
    """Scams are positive, exchanges negative."""

    def label_addresses(self, known_labels: pl.DataFrame) -> pl.DataFrame:
        """Read the type of the address."""
        kind = pl.col("address_type")
        y = pl.when(kind == "scam").then(1).when(kind == "exchange").then(0)
        return decide_by_last_words(known_labels, y=y)


class Answering:
    """Gives a made-up answer."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def label_addresses(self, known_labels: pl.DataFrame) -> pl.DataFrame:
        """Return the answer."""
        del known_labels
        return self.answer  # type: ignore[return-value]  # the point of the test


ANSWER = pl.DataFrame(
    {
        "address": ["a", "b"],
        "y": [1, None],
        "confidence": [0.5, 0.5],
        "known_at": [0, 0],
        "is_conflicting": [False, False],
    }
)


def test_a_strategy_may_read_any_column_of_the_labels() -> None:
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"), (0, "c", "3"))
    labels = make_labels(
        make_label("a", address_type="exchange"),
        make_label("b", address_type="scam"),
        make_label("c"),
    )

    labelled = label_alerts(alerts, labels, known_before=CUT, strategy=ByType())

    assert [0, 1, None] == labelled["y"].to_list()


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        ({"a": 1}, LabelStrategyError, "Answering returned a dict"),
        (ANSWER.drop("known_at"), MissingColumnsError, "Answering lacks the columns known_at"),
        (
            ANSWER.with_columns(y=pl.lit(2)),
            WrongTypeError,
            "the columns y do not hold 0, 1 or null",
        ),
        (
            ANSWER.with_columns(address=pl.lit("a"), y=pl.lit(1)),
            DuplicateRowsError,
            "1 repeated keys",
        ),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(
    answer: object, error: type[Exception], message: str
) -> None:
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"))

    with pytest.raises(error, match=message):
        label_alerts(alerts, make_labels(), known_before=CUT, strategy=Answering(answer))


def test_a_null_verdict_is_no_label() -> None:
    assert set(DECISION_COLUMNS) == set(ANSWER.columns)
    labelled = label_alerts(
        make_alerts((0, "a", "1"), (0, "b", "2")),
        make_labels(),
        known_before=CUT,
        strategy=Answering(ANSWER),
    )

    assert ["labelled", "unlabelled"] == labelled["label_status"].to_list()


class Watching(AddressLabelStrategy):
    """Remembers what it was shown."""

    shown: ClassVar[list[pl.DataFrame]] = []

    def label_addresses(self, known_labels: pl.DataFrame) -> pl.DataFrame:
        """Label as usual."""
        self.shown.append(known_labels)
        return super().label_addresses(known_labels)


def test_a_strategy_is_never_shown_what_came_later() -> None:
    labels = make_labels(
        make_label("a", known_at=milliseconds(AFTER)),
        make_label("b", revoked_at=milliseconds(AFTER)),
        make_label("c", revoked_at=milliseconds(BEFORE)),
    )
    Watching.shown.clear()

    label_alerts(make_alerts((0, "a", "1")), labels, known_before=CUT, strategy=Watching())

    (shown,) = Watching.shown
    assert ["b"] == shown["address"].to_list()
    assert [None] == shown["revoked_at"].to_list()
    assert labels.columns == shown.columns
