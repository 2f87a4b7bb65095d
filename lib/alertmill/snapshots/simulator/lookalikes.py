"""Honest people who move money as launderers do: the reason why most alerts are false."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from alertmill.snapshots.simulator import motifs
from alertmill.snapshots.simulator.scene import Scene
from alertmill.snapshots.simulator.services import NOTES_USD, mix
from alertmill.snapshots.simulator.stage import (
    DAY_MS,
    HOUR_MS,
    Payments,
    generator,
    join,
)

_PER_60_DAYS_AND_6000 = {
    "collector": 140,
    "consolidation": 160,
    "broker": 120,
    "privacy": 90,
    "payer_under_limit": 70,
    "migration": 60,
    "loop": 40,
    "airdrop": 25,
    "whale": 60,
    "awakening": 40,
    "rotation": 60,
}


_Act = Callable[[np.random.Generator, Scene, int], Payments]


def act(scene: Scene) -> Payments:
    """Play every look-alike as often as the size of the population asks for."""
    clock = scene.clock
    scale = clock.days / 60 * scene.parameters.n_retail / 6_000
    batches = []
    for kind, often in _PER_60_DAYS_AND_6000.items():
        for place in range(max(1, round(often * scale))):
            rng = generator(scene.parameters, kind, place)
            start = int(rng.uniform(clock.live, clock.end - 2 * DAY_MS))
            batches.append(_ACTS[kind](rng, scene, start))
    return join(batches)


def _total(rng: np.random.Generator, median: float) -> float:
    return float(rng.lognormal(np.log(median), 0.8))


def _collector(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Collect invoices or a crowd fund, and take it to the exchange."""
    centre = scene.person(rng, start)
    givers = scene.people.ids[scene.person(rng, start, int(rng.integers(6, 35)))]
    usd, days = _total(rng, 3_500), rng.uniform(1, 8)
    gathered = motifs.fan_in(rng, givers, scene.people.ids[centre][0], start, days, usd)
    due = np.array([start + int((days + rng.uniform(0, 2)) * DAY_MS)])
    saved = scene.exchanges.deposit(rng, due, centre, np.array([usd * rng.uniform(0.5, 0.98)]))
    return join([gathered, saved])


def _consolidation(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Bring one's own wallets together, and move the sum on."""
    own = scene.book.new("own_wallet", int(rng.integers(4, 14)))
    main, usd = scene.people.ids[scene.person(rng, start)][0], _total(rng, 5_000)
    filled = motifs.fan_out(
        rng, scene.wallet(rng), own, start - 20 * DAY_MS, 15 * 24, usd * rng.uniform(1, 1.1)
    )
    return join([filled, motifs.fan_in(rng, own, main, start, rng.uniform(0.2, 3), usd)])


def _broker(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Trade for others: in and out within hours, again and again."""
    broker = scene.people.ids[scene.person(rng, start)][0]
    n = int(rng.integers(2, 12))
    clients = scene.people.ids[scene.person(rng, start, n)]
    usd = rng.lognormal(np.log(900), 0.8, n)
    return motifs.in_and_out(rng, clients, broker, scene.wallet(rng), start, usd)


def _privacy(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Use a mixer for reasons of one's own."""
    n = int(rng.integers(1, 6))
    person = scene.people.ids[scene.person(rng, start)][0]
    target = scene.book.new("private_wallet", 1)[0]
    notes = rng.choice(NOTES_USD, n, p=[0.6, 0.35, 0.05])
    ts = start + (rng.random(n) * 2 * DAY_MS).astype(np.int64)
    funded = Payments(
        np.array([start - 3 * HOUR_MS]),
        np.array([scene.wallet(rng)]),
        np.array([person]),
        np.array([notes.sum() * rng.uniform(1.0, 1.3)]),
    )
    ends = np.full(n, person), np.full(n, target)
    return join([funded, mix(rng, int(rng.choice(scene.services.mixers)), notes, ts, ends)])


def _payer_under_limit(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Pay rents and instalments that happen to lie just under a limit."""
    payer = scene.people.ids[scene.person(rng, start)][0]
    n = int(rng.integers(4, 16))
    payees = rng.choice(scene.services.suppliers, n)
    return motifs.just_under(rng, payer, payees, start, rng.uniform(6, 20))


def _migration(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Move to new wallets, one after the other."""
    hops = scene.book.new("migrated_wallet", int(rng.integers(2, 6)))
    members = np.concatenate([scene.people.ids[scene.person(rng, start)], hops])
    usd = _total(rng, 4_000)
    return motifs.chain(rng, members, start, hop_hours=14, keep=(0.93, 0.999), usd=usd)


def _loop(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Lend in a circle of friends."""
    friends = scene.people.ids[scene.person(rng, start, int(rng.integers(3, 6)))]
    members = np.concatenate([friends, friends[:1]])
    usd = _total(rng, 1_500)
    return motifs.chain(rng, members, start, hop_hours=12, keep=(0.8, 0.99), usd=usd)


def _airdrop(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Give a little to many at once."""
    sender = scene.book.new("airdrop", 1)
    n = min(int(rng.integers(20, 150)), len(scene.people.active_at(start)))
    usd = _total(rng, 4_000)
    funded = Payments(
        np.array([start - 5 * HOUR_MS]), np.array([scene.wallet(rng)]), sender, np.array([usd])
    )
    targets = scene.people.ids[scene.person(rng, start, n)]
    return join([funded, motifs.fan_out(rng, sender[0], targets, start, 8, usd * 0.99)])


def _whale(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Move much, rarely."""
    person, usd = scene.person(rng, start), _total(rng, 25_000)
    moments = start + (np.sort(rng.random(3)) * 20 * DAY_MS).astype(np.int64)
    bought = Payments(
        np.array([start]), np.array([scene.wallet(rng)]), scene.people.ids[person], np.array([usd])
    )
    parts = usd * rng.dirichlet(np.ones(3)) * 0.95
    return join([bought, scene.exchanges.deposit(rng, moments, np.repeat(person, 3), parts)])


def _awakening(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Wake after months, and sort out old savings."""
    old = scene.book.new("sleeper", 1)
    usd = _total(rng, 5_000)
    asleep = np.array([scene.clock.start + int(rng.uniform(1, 20) * DAY_MS)])
    filled = Payments(asleep, np.array([scene.wallet(rng)]), old, np.array([usd * 1.1]))
    targets = scene.people.ids[scene.person(rng, start, int(rng.integers(1, 5)))]
    woken = motifs.fan_out(rng, old[0], targets, start, rng.uniform(2, 72), usd)
    return join([filled, woken])


def _rotation(rng: np.random.Generator, scene: Scene, start: int) -> Payments:
    """Process payments for others: gather from some, pay out to others."""
    centre = scene.people.ids[scene.person(rng, start)][0]
    usd = _total(rng, 6_000)
    givers = scene.people.ids[scene.person(rng, start, int(rng.integers(5, 14)))]
    takers = scene.people.ids[scene.person(rng, start, int(rng.integers(5, 14)))]
    after = start + int(rng.uniform(1.5, 4) * DAY_MS)
    return join(
        [
            motifs.fan_in(rng, givers, centre, start, 2, usd),
            motifs.fan_out(rng, centre, takers, after, 40, usd * rng.uniform(0.85, 0.99)),
        ]
    )


_ACTS: dict[str, _Act] = {
    "collector": _collector,
    "consolidation": _consolidation,
    "broker": _broker,
    "privacy": _privacy,
    "payer_under_limit": _payer_under_limit,
    "migration": _migration,
    "loop": _loop,
    "airdrop": _airdrop,
    "whale": _whale,
    "awakening": _awakening,
    "rotation": _rotation,
}
