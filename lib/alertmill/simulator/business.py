"""What services do on their own account: pay out takings, return deposits, pay wages, mix."""

from __future__ import annotations

import numpy as np

from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.scene import Scene
from alertmill.simulator.services import NOTES_USD
from alertmill.simulator.stage import (
    DAY_MS,
    HOUR_MS,
    Clock,
    Ids,
    Payments,
    generator,
    join,
)

_PAID_OUT = 0.92
"""Of what came in since the last time."""
_TO_NEW_WALLETS = 0.5
"""Of the notes that ordinary people mix."""


def run_shops(scene: Scene, received: Payments) -> Payments:
    """Merchants pay suppliers or cash out; suppliers pay each other or cash out."""
    parameters, services, clock = scene.parameters, scene.services, scene.clock
    rng = generator(parameters, "merchant")
    paid = _takings(rng, parameters, clock, services.merchants, received)
    to_exchange = rng.random(len(paid)) < parameters.services.cashed_share
    supplier = rng.choice(services.suppliers, len(paid))
    wallet = services.hot_wallets[paid.sender % (len(services.hot_wallets) - 1)]
    out = Payments(paid.ts, paid.sender, np.where(to_exchange, wallet, supplier), paid.usd)
    rng = generator(parameters, "supplier")
    spent = _takings(rng, parameters, clock, services.suppliers, out.take(~to_exchange))
    wallet = services.hot_wallets[spent.sender % (len(services.hot_wallets) - 1)]
    return join([out, Payments(spent.ts, spent.sender, wallet, spent.usd)])


def _takings(
    rng: np.random.Generator,
    parameters: WorldParameters,
    clock: Clock,
    owners: Ids,
    received: Payments,
) -> Payments:
    """Sum up what each owner pays out on the evenings on which it does; to nobody yet."""
    n_days = int((clock.end - clock.start) // DAY_MS) + 1
    pays = rng.random((len(owners), n_days)) < parameters.services.sweeping_share
    pays[:, -1] = True
    days = np.where(pays, np.arange(n_days), n_days)
    next_pay = np.minimum.accumulate(days[:, ::-1], axis=1)[:, ::-1]
    inside = received.take(received.ts < clock.end)
    owner = np.searchsorted(owners, inside.recipient)
    totals = np.zeros((len(owners), n_days))
    np.add.at(totals, (owner, next_pay[owner, (inside.ts - clock.start) // DAY_MS]), inside.usd)
    who, when = np.nonzero(totals > 1)
    ts = clock.start + when * DAY_MS + rng.uniform(20, 24, len(who)) * HOUR_MS
    return Payments(ts.astype(np.int64), owners[who], owners[who], _PAID_OUT * totals[who, when])


def return_deposits(scene: Scene, received: Payments) -> Payments:
    """Return back most of what contracts took, with a little gain or loss."""
    knobs = scene.parameters.services
    rng = generator(scene.parameters, "contract")
    kept = rng.random(len(received)) < knobs.returned_share
    wait = rng.gamma(3.0, knobs.returned_hours / 3, len(received)) * HOUR_MS
    usd = received.usd * rng.normal(1.0, knobs.returned_sigma, len(received)).clip(0.7, 1.3)
    ts = received.ts + wait.astype(np.int64)
    return Payments(ts, received.recipient, received.sender, usd).take(kept)


def pay_wages(scene: Scene) -> Payments:
    """Pay miners daily and staff every other week: fan-outs that are nobody's crime."""
    knobs, people, clock = scene.parameters.services, scene.people, scene.clock
    days = np.arange(clock.live, clock.end, DAY_MS)
    batches = []
    for place, payer in enumerate(scene.services.payers):
        rng = generator(scene.parameters, "payer", place)
        n_staff = min(len(people.ids), int(rng.integers(*knobs.staff, endpoint=True)))
        staff = rng.choice(len(people.ids), n_staff, replace=False)
        due = days if place == 0 else days[int(rng.integers(14)) :: 14]
        ts = np.repeat(due, len(staff)) + rng.uniform(9, 11, len(due) * len(staff)) * HOUR_MS
        median = knobs.miner_usd if place == 0 else knobs.salary_usd
        usd = np.tile(rng.lognormal(np.log(median), 0.4, len(staff)), len(due))
        usd *= rng.normal(1, 0.03, len(usd))
        paid = np.tile(staff, len(due))
        wages = Payments(ts.astype(np.int64), np.full(len(ts), payer), people.ids[paid], usd)
        batches.append(wages.take((people.joined[paid] < ts) & (ts < people.left[paid])))
    return join(batches)


def visit_mixers(scene: Scene) -> Payments:
    """Let ordinary people mix the smallest note, half of them towards a new wallet."""
    knobs, clock = scene.parameters.services, scene.clock
    batches = []
    for place, mixer in enumerate(scene.services.mixers):
        rng = generator(scene.parameters, "mixer_visits", place)
        n = rng.poisson(knobs.mixer_visits_per_day * clock.days)
        ts = rng.integers(clock.live, clock.end, n)
        people, others = scene.people.ids[rng.integers(len(scene.people.ids), size=(2, n))]
        fresh = scene.book.new(f"mixed_wallet-{place}", n)
        ends = people, np.where(rng.random(n) < _TO_NEW_WALLETS, fresh, others)
        notes = np.full(n, NOTES_USD[0])
        batches.append(scene.services.mix(rng, int(mixer), notes, ts, ends))
    return join(batches)
