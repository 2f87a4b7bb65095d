"""An alert is labelled with what was known of its address at the time, and by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from alertmill.errors import ConfigurationError, MissingColumnsError
from alertmill.training.labels import AddressLabelStrategy, label_alerts
from alertmill.training.rows import KEYS
from alertmill.vocabulary import RiskLevel
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
    assert [*KEYS, "y", "weight"] == labelled.columns
    assert [pl.Int8, pl.Float64] == labelled.dtypes[-2:]


def test_a_strategy_may_draw_the_line_elsewhere() -> None:
    strict = AddressLabelStrategy(positive=(RiskLevel.CRITICAL,), negative=(RiskLevel.LOW,))
    alerts = make_alerts((0, "a", "1"), (0, "b", "2"))
    labels = make_labels(make_label("a"), make_label("b", risk_level="critical"))

    labelled = label_alerts(alerts, labels, known_before=CUT, strategy=strict)

    assert [None, 1] == labelled["y"].to_list()


@settings(max_examples=200, deadline=None)
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
