"""Planted laundering: who takes part, in which role, and what moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alertmill.simulator import motifs
from alertmill.simulator.crew import Crew
from alertmill.simulator.scene import Scene
from alertmill.simulator.services import NOTES_USD
from alertmill.simulator.stage import (
    DAY_MS,
    HOUR_MS,
    Ids,
    Payments,
    generator,
    join,
    pay,
)

LATE = "late_bridge_hopping"
_STEPS = np.array([(np.sqrt(5) - 1) / 2, np.sqrt(2) - 1])
"""From scheme to scheme in kind and time: irrational, so that both are filled evenly."""
_LIMITS = (0.3, 0.4, 0.3)
"""How often structuring stays under each threshold."""


@dataclass(frozen=True)
class Scheme:
    """One planted scheme."""

    scheme_id: str
    typology: str
    payments: Payments
    members: Ids
    roles: tuple[str, ...]
    """Same positions as ``members``."""
    preparation: Payments
    """What members did long before the scheme; it happened, but is no act of the scheme."""


def plant(scene: Scene) -> list[Scheme]:
    """Plant the schemes, each with a stream of random numbers of its own."""
    parameters, clock = scene.parameters, scene.clock
    shares = np.array([getattr(parameters.schemes, name) for name in _PLOTS])
    bounds = np.cumsum(shares / shares.sum())
    first = generator(parameters, "schedule").random(2)
    schemes = []
    for place in range(parameters.n_schemes):
        rng = generator(parameters, "scheme", place)
        kind, when = (first + place * _STEPS) % 1
        typology = list(_PLOTS)[min(int(np.searchsorted(bounds, kind)), len(bounds) - 1)]
        start = int(clock.live - 2 * DAY_MS + when * (clock.end - clock.live - 2 * DAY_MS))
        start += int(rng.uniform(0, DAY_MS))
        turns_late = rng.random() < parameters.drift.late_share
        if turns_late and start > clock.at(parameters.drift.late_from):
            typology = LATE
        schemes.append(_play(rng, scene, f"scheme-{place:04d}", typology, start))
    return schemes


def _play(
    rng: np.random.Generator, scene: Scene, scheme_id: str, typology: str, start: int
) -> Scheme:
    crew = Crew(rng, scene, scheme_id, start)
    payments = (_late if typology == LATE else _PLOTS[typology])(crew)
    payments = payments.take(payments.ts < scene.clock.end)
    return Scheme(
        scheme_id=scheme_id,
        typology=typology,
        payments=payments,
        members=np.array(list(crew.roles), dtype=np.int64),
        roles=tuple(crew.roles.values()),
        preparation=join(crew.preparation),
    )


def _end(payments: Payments) -> int:
    return int(payments.ts.max())


def _cash_out(crew: Crew, spread: Payments) -> Payments:
    """Let those who are paid take the money out, each some hours after the payment."""
    return join(crew.leave(payee, usd, ts) for ts, _, payee, usd in spread.rows())


def _structuring(crew: Crew) -> Payments:
    knobs, smurf = crew.knobs, int(crew.recruit("smurf")[0])
    n = crew.number(knobs.payments_under_limit)
    payees = crew.rng.choice(crew.recruit("collector", crew.number((1, 3))), n)
    days = crew.rng.uniform(3, 12)
    limit = crew.rng.choice(motifs.THRESHOLDS_USD, p=_LIMITS)
    usd = limit * knobs.under_limit[0], limit * knobs.under_limit[1]
    paid = motifs.just_under(crew.rng, smurf, payees, crew.start, days=days, usd=usd)
    collected = [
        crew.leave(int(who), float(paid.usd[payees == who].sum()), _end(paid))
        for who in np.unique(payees)
    ]
    return join([crew.enter(smurf, float(paid.usd.sum()) * 1.02), paid, *collected])


def _fan_in(crew: Crew) -> Payments:
    """Gather from smurfs, who are handed the money first, and from people who owe something."""
    centre, usd = int(crew.recruit("collector")[0]), crew.usd()
    n, share = crew.number(crew.knobs.fan_in_sources), crew.knobs.fan_in_share
    smurfs = crew.recruit("smurf", max(1, n // 4))
    others = crew.strangers(n - len(smurfs))
    days = crew.rng.uniform(1, 8)
    gathered = motifs.fan_in(crew.rng, smurfs, centre, crew.start, days, usd * share)
    cover = motifs.fan_in(crew.rng, others, centre, crew.start, days, usd * (1 - share))
    funded = [crew.fund(smurf, part, ts) for ts, smurf, _, part in gathered.rows()]
    end = max(_end(gathered), _end(cover))
    return join([*funded, gathered, cover, crew.leave(centre, usd, end)])


def _fan_out(crew: Crew) -> Payments:
    """Spread over recruited mules, who cash out, and over people who are paid for something."""
    centre, usd = int(crew.recruit("distributor")[0]), crew.usd()
    n, share = crew.number(crew.knobs.fan_out_targets), crew.knobs.fan_out_share
    mules = crew.recruit("mule", max(1, n // 4))
    others = crew.strangers(n - len(mules))
    spread = motifs.fan_out(crew.rng, centre, mules, crew.start, 30, usd * share)
    cover = motifs.fan_out(crew.rng, centre, others, crew.start, 30, usd * (1 - share))
    return join([crew.enter(centre, usd * 1.01), spread, cover, _cash_out(crew, spread)])


def _gather_scatter(crew: Crew) -> Payments:
    """Gather from many, and pay out to mules, who cash out, and to others."""
    centre, usd = int(crew.recruit("hub")[0]), crew.usd()
    sources = crew.strangers(crew.number(crew.knobs.gathered_from))
    n, share = crew.number(crew.knobs.scattered_to), crew.knobs.scattered_share
    mules = crew.recruit("mule", max(1, n // 3))
    others = crew.strangers(n - len(mules))
    gathered = motifs.fan_in(crew.rng, sources, centre, crew.start, 2, usd)
    after, left = _end(gathered), usd * 0.97
    spread = motifs.fan_out(crew.rng, centre, mules, after, 36, left * share)
    cover = motifs.fan_out(crew.rng, centre, others, after, 36, left * (1 - share))
    return join([gathered, spread, cover, _cash_out(crew, spread)])


def _scatter_gather(crew: Crew) -> Payments:
    source, sink = (int(member) for member in crew.recruit("organiser", 2))
    mules, usd = crew.recruit("mule", crew.number(crew.knobs.mules)), crew.usd()
    hours = crew.knobs.mule_hours
    relayed = motifs.relay(crew.rng, (source, mules, sink), crew.start, hours=hours, usd=usd)
    out = crew.leave(sink, usd * 0.97, _end(relayed))
    return join([crew.enter(source, usd * 1.01), relayed, out])


def _bipartite(crew: Crew) -> Payments:
    sources = crew.recruit("organiser", crew.number((2, 3)))
    sinks = crew.recruit("collector", crew.number((2, 3)))
    part = crew.usd() / len(sources)
    batches = [crew.enter(int(source), part) for source in sources]
    for source in sources:
        paid = motifs.fan_out(crew.rng, int(source), sinks, crew.start, 24, part * 0.98)
        batches += [paid, _cash_out(crew, paid)]
    return join(batches)


def _stack(crew: Crew) -> Payments:
    source, usd = int(crew.recruit("organiser")[0]), crew.usd()
    first = crew.recruit("mule", crew.number((2, 4)))
    sink = int(crew.recruit("collector")[0])
    spread = motifs.fan_out(crew.rng, source, first, crew.start, 20, usd)
    layers = []
    for member, part, ts in zip(first, spread.usd, spread.ts, strict=True):
        path = int(member), crew.recruit("mule", 2), sink
        after, hours = int(ts) + 4 * HOUR_MS, crew.knobs.mule_hours
        layers.append(motifs.relay(crew.rng, path, after, hours=hours, usd=float(part) * 0.98))
    return join([crew.enter(source, usd * 1.01), spread, *layers])


def _peel(crew: Crew) -> Payments:
    knobs = crew.knobs
    members = crew.fresh("peeler", crew.number(knobs.peel_hops) + 1)
    usd, keep = crew.usd(knobs.peel_usd), (1 - knobs.peeled[1], 1 - knobs.peeled[0])
    moved = motifs.chain(
        crew.rng, members, crew.start, hop_hours=knobs.peel_hours, keep=keep, usd=usd
    )
    peeled = []
    for place in range(1, len(members) - 1):
        left = float(moved.usd[place - 1] - moved.usd[place])
        peeled.append(crew.leave(int(members[place]), left, int(moved.ts[place])))
    last = crew.leave(int(members[-1]), float(moved.usd[-1]), _end(moved))
    return join([crew.enter(int(members[0]), usd * 1.01), moved, *peeled, last])


def _layering(crew: Crew) -> Payments:
    knobs, usd = crew.knobs, crew.usd()
    members = crew.recruit("layer", crew.number(knobs.layers) + 1)
    return _through(crew, members, knobs.layering_hours, knobs.layering_keep, usd)


def _cycle(crew: Crew) -> Payments:
    members, usd = crew.recruit("layer", crew.number(crew.knobs.cycle_members)), crew.usd()
    path = np.concatenate([np.tile(members, crew.number(crew.knobs.cycle_rounds)), members[:1]])
    moved = motifs.chain(crew.rng, path, crew.start, hop_hours=10, keep=(0.93, 0.999), usd=usd)
    return join([crew.enter(int(members[0]), usd * 1.01), moved])


def _mixer(crew: Crew) -> Payments:
    member, target = (int(crew.recruit(role)[0]) for role in ("depositor", "recipient"))
    n = crew.number(crew.knobs.mixer_notes)
    notes = crew.rng.choice(NOTES_USD, n, p=[0.35, 0.55, 0.1])
    ts = crew.start + (crew.rng.random(n) * 2 * DAY_MS).astype(np.int64)
    mixer, usd = int(crew.rng.choice(crew.services.mixers)), float(notes.sum())
    ends = np.full(n, member), np.full(n, target)
    mixed = crew.services.mix(crew.rng, mixer, notes, ts, ends)
    return join([crew.enter(member, usd * 1.02), mixed, crew.leave(target, usd, _end(mixed))])


def _velocity(crew: Crew) -> Payments:
    member, sink = int(crew.recruit("mule")[0]), int(crew.recruit("collector")[0])
    n, hours = crew.number(crew.knobs.velocity_passes), crew.knobs.velocity_hours
    usd = crew.usd() * crew.rng.dirichlet(np.full(n, 3.0))
    moved = motifs.in_and_out(
        crew.rng, crew.strangers(n), (member, sink), crew.start, hours=hours, usd=usd
    )
    return join([moved, crew.leave(sink, float(usd.sum()) * 0.95, _end(moved))])


def _dormant(crew: Crew) -> Payments:
    """Wake an address that was filled months ago; the filling is no act of the scheme."""
    member, usd = int(crew.fresh("sleeper")[0]), crew.usd()
    asleep = crew.clock.start + int(crew.rng.uniform(1, 20) * DAY_MS)
    crew.preparation.append(pay(asleep, crew.wallet(), member, usd * 1.05))
    targets = crew.recruit("mule", crew.number(crew.knobs.dormant_targets))
    woken = motifs.fan_out(crew.rng, member, targets, crew.start, 60, usd)
    return join([woken, _cash_out(crew, woken)])


def _late(crew: Crew) -> Payments:
    """Hop through bridges and contracts: a way of hiding that earlier data do not show."""
    members = crew.recruit("hopper", crew.number(crew.knobs.hops))
    path = motifs.over(crew.rng, members, crew.services.open_to_all)
    return _through(crew, path, 6, (0.94, 0.995), crew.usd())


def _through(
    crew: Crew, path: Ids, hop_hours: float, keep: tuple[float, float], usd: float
) -> Payments:
    moved = motifs.chain(crew.rng, path, crew.start, hop_hours=hop_hours, keep=keep, usd=usd)
    out = crew.leave(int(path[-1]), float(moved.usd[-1]), _end(moved))
    return join([crew.enter(int(path[0]), usd * 1.01), moved, out])


_PLOTS: dict[str, Callable[[Crew], Payments]] = {
    "structuring": _structuring,
    "fan_in": _fan_in,
    "fan_out": _fan_out,
    "gather_scatter": _gather_scatter,
    "scatter_gather": _scatter_gather,
    "bipartite": _bipartite,
    "stack": _stack,
    "peel_chain": _peel,
    "layering": _layering,
    "cycle": _cycle,
    "mixer": _mixer,
    "velocity": _velocity,
    "dormant": _dormant,
}
"""By the knob that says which share of the schemes is so."""
