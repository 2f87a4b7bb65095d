"""What ordinary people do: they shop, pay friends, save at exchanges and try contracts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.people import People
from alertmill.simulator.scene import Scene
from alertmill.simulator.seasons import Seasons
from alertmill.simulator.services import Exchanges, Services
from alertmill.simulator.stage import HOUR_MS, Payments, generator, join

_PURPOSES = ("merchant", "friend", "deposit", "contract", "withdrawal")


@dataclass(frozen=True)
class Spending:
    """What people did, by whom it concerns."""

    to_merchants: Payments
    to_contracts: Payments
    other: Payments


def spend(scene: Scene, seasons: Seasons) -> Spending:
    """Let everyone pay at their own rate, as the seasons have it."""
    parameters, people, services = scene.parameters, scene.people, scene.services
    rng, knobs = generator(parameters, "spending"), parameters.retail
    n = rng.poisson(people.per_day * seasons.between(people.joined, people.left))
    person = np.repeat(np.arange(len(n)), n)
    ts = seasons.draw(rng, people.joined[person], people.left[person])
    occasions = _Occasions(person, ts, _amounts(rng, people.median_usd[person], parameters))
    purpose = rng.choice(
        len(_PURPOSES), len(ts), p=[getattr(knobs, f"{name}_share") for name in _PURPOSES]
    )
    by = {name: occasions.take(purpose == place) for place, name in enumerate(_PURPOSES)}
    saved = by["deposit"]
    return Spending(
        to_merchants=_shop(rng, people, services, by["merchant"], zipf=knobs.merchant_zipf),
        to_contracts=_visit(rng, people, services, by["contract"]),
        other=join(
            [
                _befriend(rng, people, by["friend"]),
                scene.exchanges.deposit(rng, saved.ts, saved.person, 2.5 * saved.usd),
                _withdraw(
                    rng, people, scene.exchanges, by["withdrawal"], share=knobs.passed_on_share
                ),
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


def _amounts(
    rng: np.random.Generator, median: np.ndarray, parameters: WorldParameters
) -> np.ndarray:
    """Lognormal around everyone's own median, with rare jumps."""
    knobs = parameters.retail
    usd = median * rng.lognormal(0, knobs.usd_sigma, len(median))
    jumps = rng.random(len(usd)) < knobs.jump_share
    return np.where(jumps, usd * (1 + rng.pareto(1.2, len(usd))).clip(1, 100), usd)


def _shop(
    rng: np.random.Generator, people: People, services: Services, at: _Occasions, *, zipf: float
) -> Payments:
    weight = (1 + np.arange(len(services.merchants))) ** -zipf
    shop = rng.choice(services.merchants, len(at.ts), p=weight / weight.sum())
    return Payments(at.ts, people.ids[at.person], shop, at.usd)


def _visit(
    rng: np.random.Generator, people: People, services: Services, at: _Occasions
) -> Payments:
    contract = rng.choice(services.open_to_all, len(at.ts))
    return Payments(at.ts, people.ids[at.person], contract, 2 * at.usd)


def _befriend(rng: np.random.Generator, people: People, at: _Occasions) -> Payments:
    """Pay one of a handful of friends: neighbours in the order of the population."""
    friend = (at.person + rng.integers(1, 7, len(at.person)) ** 2) % len(people.ids)
    alive = (people.joined[friend] <= at.ts) & (people.left[friend] >= at.ts)
    return Payments(at.ts, people.ids[at.person], people.ids[friend], at.usd).take(alive)


def _withdraw(
    rng: np.random.Generator, people: People, exchanges: Exchanges, at: _Occasions, *, share: float
) -> Payments:
    """Take money out of an exchange; a part of it is paid on within hours."""
    amount = 3 * at.usd
    out = Payments(at.ts, exchanges.wallet_of(at.person, at.ts), people.ids[at.person], amount)
    passes = rng.random(len(at.person)) < share
    later = at.ts + (rng.gamma(2.0, 3.0, len(at.ts)) * HOUR_MS).astype(np.int64)
    friend = people.ids[(at.person + rng.integers(1, 30, len(at.person))) % len(people.ids)]
    onward = amount * rng.uniform(0.6, 0.98, len(amount))
    return join([out, Payments(later, people.ids[at.person], friend, onward).take(passes)])
