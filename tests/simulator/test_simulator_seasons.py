"""What changes in the simulated economy: by day, by week, and on the way."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from alertmill.simulator import World, WorldParameters, simulate
from alertmill.simulator.seasons import Seasons
from alertmill.simulator.stage import DAY_MS, Clock

PARAMETERS = WorldParameters(n_retail=1_000, n_schemes=1)
CLOCK = Clock.of(PARAMETERS)


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(PARAMETERS)


@pytest.fixture(scope="module")
def activity() -> pl.DataFrame:
    """Activity of every day of the range in ordinary days' worth."""
    days = np.arange(CLOCK.live, CLOCK.end, DAY_MS)
    done = Seasons.of(PARAMETERS, CLOCK).between(days, days + DAY_MS)
    date = pl.from_epoch(pl.Series("ts", days), time_unit="ms").dt.date()
    return pl.DataFrame({"date": date, "done": done})


def test_an_ordinary_weekday_grows_half_a_percent_a_week(activity: pl.DataFrame) -> None:
    mondays = activity.filter(
        pl.col("date").dt.weekday() == 1, ~pl.col("date").dt.day().is_in([1, 2, 3, 15, 16, 17])
    )
    weeks = (mondays["date"][-1] - mondays["date"][0]).days / 7

    assert mondays["done"][-1] / mondays["done"][0] == pytest.approx(1.005**weeks)


def test_less_is_done_on_a_weekend_and_more_after_payday(activity: pl.DataFrame) -> None:
    by_date = dict(activity.iter_rows())
    day = next(iter(by_date)).replace(year=2024, month=1)

    saturday, friday = by_date[day.replace(day=13)], by_date[day.replace(day=12)]
    payday, before = by_date[day.replace(day=15)], by_date[day.replace(day=12)]
    assert saturday / friday == pytest.approx(PARAMETERS.drift.weekend, rel=0.01)
    assert payday / before == pytest.approx(PARAMETERS.drift.payday, rel=0.01)


def test_times_are_drawn_within_their_bounds_and_as_the_seasons_have_it() -> None:
    seasons, n = Seasons.of(PARAMETERS, CLOCK), 200_000
    low, high = np.full(n, CLOCK.live), np.full(n, CLOCK.end)
    drawn = seasons.draw(np.random.default_rng(0), low, high)

    assert ((drawn >= low) & (drawn < high)).all()
    days = np.arange(CLOCK.live, CLOCK.end, DAY_MS)
    expected = seasons.between(days, days + DAY_MS)
    counted = np.bincount((drawn - CLOCK.live) // DAY_MS)
    assert counted / n == pytest.approx(expected / expected.sum(), rel=0.1)


def test_the_price_has_one_step_of_thirty_percent(world: World) -> None:
    native = world.transfers.filter(pl.col("amount_usd") > 50, asset_symbol="ETH")
    price = (
        native.group_by(pl.col("block_timestamp") // DAY_MS)
        .agg(price=(pl.col("amount_usd") / pl.col("amount")).median())
        .sort("block_timestamp")["price"]
    )
    changes = (price / price.shift(1)).drop_nulls().log()

    assert 1 == (changes < -0.2).sum()
    assert changes.filter(changes > -0.2).std() == pytest.approx(0.03, abs=0.01)


def test_nobody_pays_into_an_exchange_that_has_closed(world: World) -> None:
    known = world.labels.filter(label="known_exchange")["address"]
    closes_at = CLOCK.at(PARAMETERS.drift.exchange_closes_at)
    used = (
        world.transfers.filter(pl.col("block_timestamp") > closes_at + DAY_MS)
        .filter(pl.col("to_address").is_in(known.implode()))["to_address"]
        .n_unique()
    )

    assert (4, 3) == (known.n_unique(), used)
