"""Honest people who move their own money between their own wallets."""

from __future__ import annotations

import numpy as np

from alertmill.simulator import motifs
from alertmill.simulator.acts import Act
from alertmill.simulator.services import NOTES_USD
from alertmill.simulator.stage import DAY_MS, HOUR_MS, Payments, join, pay

_CASHED_SHARE = 0.5
"""Of the chains of wallets, and of woken savings, that end at an exchange."""


def consolidation(act: Act) -> Payments:
    """Bring one's own wallets together, and move the sum on."""
    own, main, usd = act.own(4, 13), act.payer(), act.usd(3_300)
    fuller = usd * act.rng.uniform(1, 1.1)
    before = act.start - 20 * DAY_MS
    filled = motifs.fan_out(act.rng, act.wallet(), own, before, 15 * 24, fuller)
    gathered = motifs.fan_in(act.rng, own, main, act.start, act.rng.uniform(0.2, 3), usd)
    return join([filled, gathered])


def migration(act: Act) -> Payments:
    """Move to new wallets, one after the other."""
    usd = act.usd(4_400)
    members = np.concatenate([[act.payer()], act.own(3, 7)])
    moved = motifs.chain(act.rng, members, act.start, hop_hours=11, keep=(0.93, 0.999), usd=usd)
    funded = act.fund(int(members[0]), usd * act.rng.uniform(1, 1.2))
    if act.rng.random() > _CASHED_SHARE:
        return join([funded, moved])
    end = act.cash_out(int(members[-1]), float(moved.usd[-1]) * 0.98, int(moved.ts.max()))
    return join([funded, moved, end])


def change_wallet(act: Act) -> Payments:
    """Spend from a new wallet every time, and send the change to the next one."""
    members, usd = act.own(5, 13), act.usd(5_000)
    moved = motifs.chain(act.rng, members, act.start, hop_hours=14, keep=(0.8, 0.97), usd=usd)
    shops = act.rng.choice(act.scene.services.merchants, len(moved) - 1)
    left = moved.usd[:-1] - moved.usd[1:]
    aside = (act.rng.uniform(-3, 3, len(left)) * HOUR_MS).astype(np.int64)
    bought = Payments(moved.ts[1:] + aside, members[1:-1], shops, left * 0.97)
    end = act.cash_out(int(members[-1]), float(moved.usd[-1]) * 0.98, int(moved.ts.max()))
    return join([act.fund(int(members[0]), usd * 1.01), moved, bought, end])


def traveller(act: Act) -> Payments:
    """Follow yields: over bridges and contracts from one's own wallet to the next."""
    own, usd = act.own(2, 5), act.usd(4_400)
    members = np.concatenate([[act.person()], own])
    path = motifs.over(act.rng, members, act.scene.services.open_to_all)
    moved = motifs.chain(act.rng, path, act.start, hop_hours=10, keep=(0.93, 1.01), usd=usd)
    return join([act.fund(int(members[0]), usd * act.rng.uniform(1, 1.2)), moved])


def privacy(act: Act) -> Payments:
    """Use a mixer for reasons of one's own."""
    n, person, target = act.number(1, 5), act.payer(), act.own(1)[0]
    notes = act.rng.choice(NOTES_USD, n, p=[0.45, 0.47, 0.08])
    ts = act.start + (act.rng.random(n) * 2 * DAY_MS).astype(np.int64)
    funded = act.fund(person, float(notes.sum()) * act.rng.uniform(1.0, 1.3), hours_before=3)
    services = act.scene.services
    ends = np.full(n, person), np.full(n, target)
    return join(
        [funded, services.mix(act.rng, int(act.rng.choice(services.mixers)), notes, ts, ends)]
    )


def whale(act: Act) -> Payments:
    """Move much, rarely."""
    scene, usd = act.scene, act.usd(20_000)
    person = scene.position(act.rng, act.start)
    moments = act.start + (np.sort(act.rng.random(3)) * 20 * DAY_MS).astype(np.int64)
    bought = pay(act.start, act.wallet(), int(scene.people.ids[person[0]]), usd)
    parts = usd * act.rng.dirichlet(np.ones(3)) * 0.95
    return join([bought, scene.exchanges.deposit(act.rng, moments, np.repeat(person, 3), parts)])


def dormant_holder(act: Act) -> Payments:
    """Wake after months, and sort out old savings."""
    old, usd = act.own(1)[0], act.usd(5_000)
    asleep = act.scene.clock.start + int(act.rng.uniform(1, 20) * DAY_MS)
    filled = pay(asleep, act.wallet(), old, usd * 1.1)
    hours = act.rng.uniform(2, 72)
    woken = motifs.fan_out(act.rng, old, act.people(1, 5), act.start, hours, usd)
    return join([filled, woken, act.some_cash_out(woken, _CASHED_SHARE)])
