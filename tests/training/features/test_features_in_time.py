"""Features of one alert are the same bits, whatever came later and whatever is built along.

From transfers on: every world is loaded, derived and extracted by the real engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from polars.testing import assert_frame_equal

from alertmill.storage import Client
from alertmill.training.data.columns import HISTORY_DAYS
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.extraction import FeatureExtractor
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureBuilder
from alertmill.training.labels.labelling import label_alerts
from tests.snapshots.hand_made import (
    derive,
    random_labels,
    random_transfers,
    store,
)
from tests.snapshots.worlds import START, World, worlds
from tests.support.databases import empty_database, unused_database

WINDOW_DAYS = 7
FIRST, LAST = date(2024, 1, 10), date(2024, 1, 14)
"""Days that are built; snapshots exist from `HISTORY_DAYS` before."""


def extract(client: Client, first: date, last: date) -> TrainingData:
    return FeatureExtractor(client).extract_training_data(
        first, last, WINDOW_DAYS, network="ethereum"
    )


def build(data: TrainingData) -> pl.DataFrame:
    return FeatureBuilder().build(data).features


def assert_same(expected: pl.DataFrame, found: pl.DataFrame) -> None:
    """Bit for bit, missing values and order included."""
    assert expected.height > 0
    assert_frame_equal(expected, found, check_exact=True)


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


# --- what came later --------------------------------------------------------------------------


def drawn_worlds(n: int) -> settings:
    """Draw so many worlds; one takes seconds, so a failing one is shown as it was drawn."""
    return settings(
        max_examples=n,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow],
    )


@drawn_worlds(1)
@given(world=worlds())
def test_without_what_came_after_a_date_features_and_targets_up_to_it_are_the_same(
    embedded_dir: Path, world: World
) -> None:
    assert_past_is_kept(embedded_dir, world)


@pytest.mark.heavy
@drawn_worlds(20)
@given(world=worlds())
def test_twenty_worlds_without_what_came_after_a_date_are_the_same_up_to_it(
    embedded_dir: Path, world: World
) -> None:
    assert_past_is_kept(embedded_dir, world)


def assert_past_is_kept(embedded_dir: Path, world: World) -> None:
    """Features and targets up to t are the same bits whether later payments exist or not."""
    first, later = world.t - timedelta(days=2), world.t + timedelta(days=2)
    past = world.without_future()
    with derived(embedded_dir, past, until=world.t) as client:
        then = extract(client, first, world.t)
    with derived(embedded_dir, world, until=later) as client:
        now, beyond = extract(client, first, world.t), extract(client, first, later)

    expected = build(then)
    assert_same(expected, build(now))
    assert_same(expected, build(beyond).filter(pl.col("processing_date") <= world.t))
    assert len(past.transfers) < len(world.transfers)
    known_before = datetime.combine(world.t, time.min, UTC)
    targets = [
        label_alerts(expected, data.address_labels, known_before=known_before)
        for data in (then, beyond)
    ]
    assert_same(*targets)


@contextmanager
def derived(folder: Path, world: World, *, until: date) -> Iterator[Client]:
    """Load a world, and derive its snapshots as far back as features look."""
    first = max(world.t - timedelta(days=2 + HISTORY_DAYS), START.date() + timedelta(days=2))
    with empty_database(unused_database(folder)) as client:
        store(client, list(world.transfers), list(world.labels))
        for day in days_from(first, until):
            derive(client, day=day, window_days=WINDOW_DAYS)
        yield client


# --- what is built along ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def snapshots(embedded_dir: Path) -> Iterator[Client]:
    """Snapshots of two weeks of payments between 150 addresses."""
    with empty_database(unused_database(embedded_dir)) as client:
        store(client, random_transfers(), random_labels())
        for day in days_from(FIRST - timedelta(days=HISTORY_DAYS), LAST):
            derive(client, day=day, window_days=WINDOW_DAYS)
        yield client


@pytest.fixture(scope="module")
def whole(snapshots: Client) -> TrainingData:
    """The whole range, extracted at once."""
    return extract(snapshots, FIRST, LAST)


@pytest.fixture(scope="module")
def features(whole: TrainingData) -> pl.DataFrame:
    """Features of the whole range."""
    return build(whole)


def test_features_look_back_beyond_the_range(features: pl.DataFrame) -> None:
    first_day = features.filter(processing_date=FIRST)

    assert first_day["alerts_before"].null_count() == 0
    assert features["alerts_before"].max() > 0  # type: ignore[operator]  # a number


@pytest.mark.parametrize("day", days_from(FIRST, LAST), ids=str)
def test_a_day_alone_is_as_in_the_range(
    snapshots: Client, features: pl.DataFrame, day: date
) -> None:
    assert_same(features.filter(processing_date=day), build(extract(snapshots, day, day)))


def test_a_range_that_begins_later_or_ends_earlier_is_as_the_whole(
    snapshots: Client, features: pl.DataFrame
) -> None:
    later, earlier = FIRST + timedelta(days=2), LAST - timedelta(days=1)
    inside = pl.col("processing_date").is_between(later, earlier)

    assert_same(features.filter(inside), build(extract(snapshots, later, earlier)))


def test_every_alert_alone_is_as_in_its_day(whole: TrainingData, features: pl.DataFrame) -> None:
    alerts = whole.alerts.filter(processing_date=LAST)

    alone = [
        build(replace(whole, alerts=alerts.filter(alert_id=alert_id)))
        for alert_id in alerts["alert_id"]
    ]

    assert len(alone) > 20
    assert_same(features.filter(processing_date=LAST), pl.concat(alone).sort(KEYS))


def test_the_number_of_threads_changes_nothing(snapshots: Client, features: pl.DataFrame) -> None:
    found = []
    for threads in ("1", "4"):
        snapshots.set_client_setting("max_threads", threads)
        found.append(build(extract(snapshots, FIRST, LAST)))

    assert_same(features, found[0])
    assert_same(features, found[1])


def test_the_order_of_extracted_rows_changes_nothing(
    whole: TrainingData, features: pl.DataFrame
) -> None:
    shuffled = {
        field.name: getattr(whole, field.name).sample(fraction=1, shuffle=True, seed=3)
        for field in fields(whole)
        if isinstance(getattr(whole, field.name), pl.DataFrame)
    }

    assert_same(features, build(replace(whole, **shuffled)))
