"""Ordinary people: they shop, pay friends, save at exchanges and try contracts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.snapshots.simulator.parameters import WorldParameters
from alertmill.snapshots.simulator.services import Exchanges, Services
from alertmill.snapshots.simulator.stage import (
    HOUR_MS,
    AddressBook,
    Clock,
    Ids,
    Payments,
    generator,
    join,
)

_MEAN_PER_DAY, _RATE_SHAPE = 0.45, 0.6
_THIN = 0.12
"""Activity before the first window, as a share of later activity."""
_PURPOSES = ("merchant", "friend", "deposit", "contract", "withdrawal")
_SHARES = (0.45, 0.23, 0.12, 0.12, 0.08)
_ZIPF = 0.9
_JOINING, _LEAVING = 0.35, 0.2
"""Shares of the people who come and go within the range."""
_JUMPING = 0.02
"""Share of the payments far above a person's habit."""


@dataclass(frozen=True)
class People:
    """The population and its habits; every array has one entry a person."""

    ids: Ids
    joined: np.ndarray
    left: np.ndarray
    per_day: np.ndarray
    median_usd: np.ndarray

    def active_at(self, ts: int) -> np.ndarray:
        """Positions of those who have joined a week before ``ts`` and are still there."""
        week = 7 * 24 * HOUR_MS
        return np.flatnonzero((self.joined < ts - week) & (self.left > ts))


def populate(parameters: WorldParameters, book: AddressBook, clock: Clock) -> People:
    """Draw the people: 35 % join on the way, 20 % leave."""
    rng, n = generator(parameters, "people"), parameters.n_retail
    joins = rng.random(n) < _JOINING
    leaves = rng.random(n) < _LEAVING
    joined = np.where(joins, rng.uniform(clock.live, clock.end, n), clock.start)
    left = np.where(leaves, rng.uniform(np.maximum(joined, clock.live), clock.end), clock.end)
    return People(
        ids=book.new("person", n),
        joined=joined,
        left=left,
        per_day=rng.gamma(_RATE_SHAPE, _MEAN_PER_DAY / _RATE_SHAPE, n),
        median_usd=rng.lognormal(np.log(90), 1.0, n),
    )


@dataclass(frozen=True)
class Spending:
    """What people did, by whom it concerns."""

    to_merchants: Payments
    to_contracts: Payments
    other: Payments


def spend(
    parameters: WorldParameters,
    people: People,
    services: Services,
    exchanges: Exchanges,
    clock: Clock,
) -> Spending:
    """Let everyone pay: thinly before the first window, at their own rate after it."""
    rng = generator(parameters, "spending")
    before = _occasions(rng, people, clock.start, clock.live, _THIN)
    after = _occasions(rng, people, clock.live, clock.end, 1.0)
    person = np.concatenate([before[0], after[0]])
    low, high = (np.concatenate([before[i], after[i]]) for i in (1, 2))
    ts = clock.waking_times(rng, low, high)
    occasions = _Occasions(person, ts, _amounts(rng, people.median_usd[person]))
    purpose = rng.choice(len(_PURPOSES), len(ts), p=_SHARES)
    by = {name: occasions.take(purpose == place) for place, name in enumerate(_PURPOSES)}
    saved = by["deposit"]
    return Spending(
        to_merchants=_shop(rng, people, services, by["merchant"]),
        to_contracts=_visit(rng, people, services, by["contract"]),
        other=join(
            [
                _befriend(rng, people, by["friend"]),
                exchanges.deposit(rng, saved.ts, saved.person, 2.5 * saved.usd),
                _withdraw(rng, people, exchanges, by["withdrawal"]),
            ]
        ),
    )


@dataclass(frozen=True)
class _Occasions:
    """Moments at which a person spends."""

    person: np.ndarray
    ts: np.ndarray
    usd: np.ndarray

    def take(self, index: np.ndarray) -> _Occasions:
        return _Occasions(self.person[index], self.ts[index], self.usd[index])


def _occasions(
    rng: np.random.Generator, people: People, start: int, end: int, thinning: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who pays how often between two moments: positions, and the span of each."""
    low, high = np.maximum(people.joined, start), np.minimum(people.left, end)
    days = np.maximum(high - low, 0) / (24 * HOUR_MS)
    n = rng.poisson(people.per_day * days * thinning)
    return np.repeat(np.arange(len(n)), n), np.repeat(low, n), np.repeat(high, n)


def _amounts(rng: np.random.Generator, median: np.ndarray) -> np.ndarray:
    """Lognormal around everyone's own median, with one jump in fifty."""
    usd = median * rng.lognormal(0, 0.9, len(median))
    jumps = rng.random(len(usd)) < _JUMPING
    return np.where(jumps, usd * (1 + rng.pareto(1.2, len(usd))).clip(1, 100), usd)


def _shop(rng: np.random.Generator, people: People, services: Services, at: _Occasions) -> Payments:
    weight = (1 + np.arange(len(services.merchants))) ** -_ZIPF
    shop = rng.choice(services.merchants, len(at.ts), p=weight / weight.sum())
    return Payments(at.ts, people.ids[at.person], shop, at.usd)


def _visit(
    rng: np.random.Generator, people: People, services: Services, at: _Occasions
) -> Payments:
    pool = np.concatenate([services.contracts, services.bridges])
    return Payments(at.ts, people.ids[at.person], rng.choice(pool, len(at.ts)), 2 * at.usd)


def _befriend(rng: np.random.Generator, people: People, at: _Occasions) -> Payments:
    """Pay one of a handful of friends: neighbours in the order of the population."""
    friend = (at.person + rng.integers(1, 7, len(at.person)) ** 2) % len(people.ids)
    alive = (people.joined[friend] <= at.ts) & (people.left[friend] >= at.ts)
    return Payments(at.ts, people.ids[at.person], people.ids[friend], at.usd).take(alive)


def _withdraw(
    rng: np.random.Generator, people: People, exchanges: Exchanges, at: _Occasions
) -> Payments:
    """Take money out of an exchange; a third of it is paid on within hours."""
    amount = 3 * at.usd
    out = Payments(at.ts, exchanges.wallet_of(at.person, at.ts), people.ids[at.person], amount)
    passes = rng.random(len(at.person)) < 1 / 3
    later = at.ts + (rng.gamma(2.0, 3.0, len(at.ts)) * HOUR_MS).astype(np.int64)
    friend = people.ids[(at.person + rng.integers(1, 30, len(at.person))) % len(people.ids)]
    onward = amount * rng.uniform(0.6, 0.98, len(amount))
    return join([out, Payments(later, people.ids[at.person], friend, onward).take(passes)])
