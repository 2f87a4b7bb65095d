"""Planted laundering: who takes part, in which role, and what moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from alertmill.snapshots.simulator import motifs
from alertmill.snapshots.simulator.scene import Scene
from alertmill.snapshots.simulator.services import NOTES_USD, mix
from alertmill.snapshots.simulator.stage import (
    DAY_MS,
    HOUR_MS,
    NO_PAYMENTS,
    Ids,
    Payments,
    generator,
    join,
)

LATE = "late_bridge_hopping"
LATE_FROM, LATE_SHARE = 0.65, 0.25
"""From this share of the range on, so many schemes hop through bridges and contracts."""
ENTRY_SHARE = 0.5
"""Of the schemes whose money comes from an exchange, not from victims."""
EXIT_SHARE = 0.6
"""Of the money that leaves through a fresh deposit address of an exchange."""


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


class Crew:
    """Recruits the members of one scheme and remembers who did what."""

    def __init__(self, rng: np.random.Generator, scene: Scene, scheme_id: str, start: int) -> None:
        self.rng, self.start = rng, start
        self._kind = f"{scheme_id} mule"
        self.services, self.clock = scene.services, scene.clock
        self.roles: dict[int, str] = {}
        self.preparation: list[Payments] = [NO_PAYMENTS]
        self._book = scene.book
        self._camouflage = scene.parameters.quality.camouflage
        self._free = scene.people.ids[rng.permutation(scene.people.active_at(start))]

    def recruit(self, role: str, n: int = 1) -> Ids:
        """Find members: lent accounts of ordinary people, or fresh addresses."""
        lent = int(self.rng.binomial(n, self._camouflage))
        lent = min(lent, len(self._free))
        taken, self._free = self._free[:lent], self._free[lent:]
        members = self.rng.permutation(np.concatenate([taken, self.fresh(n - lent)]))
        self.roles |= dict.fromkeys(map(int, members), role)
        return members

    def fresh(self, n: int) -> Ids:
        """Addresses that nobody has used before."""
        return self._book.new(self._kind, n)

    def strangers(self, n: int) -> Ids:
        """People who pay without knowing what for; they are no members."""
        return self.rng.choice(self._free, n)

    def wallet(self) -> int:
        """Choose an exchange that stays open."""
        return int(self.rng.choice(self.services.hot_wallets[:-1]))

    def enter(self, member: int, usd: float, before: int) -> Payments:
        """Bring the money to a member, from an exchange or from victims."""
        n = int(self.rng.integers(1, 5))
        from_exchange = self.rng.random() < ENTRY_SHARE
        sources = np.full(n, self.wallet()) if from_exchange else self.strangers(n)
        start = max(before - 2 * DAY_MS, self.clock.start)
        return motifs.fan_in(self.rng, sources, member, start, 1.5, usd)

    def leave(self, member: int, usd: float, ts: int) -> Payments:
        """Take the money out: through a fresh deposit address, or to a holder."""
        when = np.array([ts + int(self.rng.gamma(2.0, 4.0) * HOUR_MS)])
        amount = np.array([usd * self.rng.uniform(0.95, 0.995)])
        if self.rng.random() < EXIT_SHARE:
            gate = self.fresh(1)
            self.roles[int(gate[0])] = "exit"
            later = when + int(self.rng.gamma(2.0, 1.0) * HOUR_MS)
            wallet = np.array([self.wallet()])
            onward = Payments(later, gate, wallet, amount * 0.999)
            return join([Payments(when, np.array([member]), gate, amount), onward])
        holder = self.recruit("holder")
        return Payments(when, np.array([member]), holder, amount)


_Plot = Callable[[Crew], Payments]


def plant(scene: Scene) -> list[Scheme]:
    """Plant the schemes, each with a stream of random numbers of its own."""
    parameters, clock = scene.parameters, scene.clock
    names, shares = list(_PLOTS), np.array([share for share, _ in _PLOTS.values()])
    schemes = []
    for place in range(parameters.n_schemes):
        rng = generator(parameters, "scheme", place)
        start = int(rng.uniform(clock.live - 2 * DAY_MS, clock.end - 4 * DAY_MS))
        scheme_id = f"scheme-{place:04d}"
        crew = Crew(rng, scene, scheme_id, start)
        typology = str(rng.choice(names, p=shares / shares.sum()))
        if start > clock.at(LATE_FROM) and rng.random() < LATE_SHARE:
            typology = LATE
        payments = _late(crew) if typology == LATE else _PLOTS[typology][1](crew)
        payments = payments.take(payments.ts < clock.end)
        members = np.array(list(crew.roles), dtype=np.int64)
        roles = tuple(crew.roles.values())
        preparation = join(crew.preparation)
        schemes.append(Scheme(scheme_id, typology, payments, members, roles, preparation))
    return schemes


def _total(crew: Crew, median: float = 9_000) -> float:
    return float(crew.rng.lognormal(np.log(median), 0.7))


def _end(payments: Payments) -> int:
    return int(payments.ts.max())


def _structuring(crew: Crew) -> Payments:
    smurf = int(crew.recruit("smurf")[0])
    n = int(crew.rng.integers(6, 23))
    payees = crew.rng.choice(crew.recruit("collector", int(crew.rng.integers(1, 4))), n)
    paid = motifs.just_under(crew.rng, smurf, payees, crew.start, crew.rng.uniform(3, 12))
    collected = [
        crew.leave(int(who), float(paid.usd[payees == who].sum()), _end(paid))
        for who in np.unique(payees)
    ]
    return join([crew.enter(smurf, paid.usd.sum() * 1.02, crew.start), paid, *collected])


def _fan_in(crew: Crew) -> Payments:
    centre = int(crew.recruit("collector")[0])
    n, usd = int(crew.rng.integers(6, 36)), _total(crew, 6_000)
    sources = np.concatenate([crew.recruit("smurf", n // 3), crew.strangers(n - n // 3)])
    days = crew.rng.uniform(1, 8)
    gathered = motifs.fan_in(crew.rng, sources, centre, crew.start, days, usd)
    return join([gathered, crew.leave(centre, usd, _end(gathered))])


def _fan_out(crew: Crew) -> Payments:
    centre, usd = int(crew.recruit("distributor")[0]), _total(crew)
    targets = crew.recruit("mule", int(crew.rng.integers(8, 25)))
    spread = motifs.fan_out(crew.rng, centre, targets, crew.start, 30, usd)
    return join([crew.enter(centre, usd * 1.01, crew.start), spread])


def _gather_scatter(crew: Crew) -> Payments:
    centre, usd = int(crew.recruit("hub")[0]), _total(crew)
    sources = crew.strangers(int(crew.rng.integers(5, 16)))
    targets = crew.recruit("mule", int(crew.rng.integers(5, 16)))
    gathered = motifs.fan_in(crew.rng, sources, centre, crew.start, 2, usd)
    spread = motifs.fan_out(crew.rng, centre, targets, _end(gathered), 36, usd * 0.97)
    return join([gathered, spread])


def _scatter_gather(crew: Crew) -> Payments:
    source, sink = (int(m) for m in crew.recruit("organiser", 2))
    middles, usd = crew.recruit("mule", int(crew.rng.integers(4, 12))), _total(crew)
    relayed = motifs.relay(crew.rng, source, middles, sink, crew.start, usd)
    entered = crew.enter(source, usd * 1.01, crew.start)
    return join([entered, relayed, crew.leave(sink, usd * 0.97, _end(relayed))])


def _bipartite(crew: Crew) -> Payments:
    sources = crew.recruit("organiser", int(crew.rng.integers(2, 4)))
    sinks = crew.recruit("collector", int(crew.rng.integers(2, 4)))
    usd = _total(crew)
    batches = [crew.enter(int(s), usd / len(sources), crew.start) for s in sources]
    for source in sources:
        part = usd / len(sources) * 0.98
        batches.append(motifs.fan_out(crew.rng, int(source), sinks, crew.start, 24, part))
    return join(batches)


def _stack(crew: Crew) -> Payments:
    source, usd = int(crew.recruit("organiser")[0]), _total(crew)
    first = crew.recruit("mule", int(crew.rng.integers(2, 5)))
    sink = int(crew.recruit("collector")[0])
    spread = motifs.fan_out(crew.rng, source, first, crew.start, 20, usd)
    entered = crew.enter(source, usd * 1.01, crew.start)
    layers = []
    for place, member in enumerate(first):
        second = crew.recruit("mule", 2)
        part, ts = float(spread.usd[place]) * 0.98, int(spread.ts[place]) + 4 * HOUR_MS
        layers.append(motifs.relay(crew.rng, int(member), second, sink, ts, part))
    return join([entered, spread, *layers])


def _peel(crew: Crew) -> Payments:
    members = crew.recruit("peeler", int(crew.rng.integers(5, 14)))
    usd = _total(crew, 12_000)
    keep = (0.82, 0.97)
    moved = motifs.chain(crew.rng, members, crew.start, hop_hours=9, keep=keep, usd=usd)
    peeled = []
    for place in range(1, len(members) - 1):
        left = float(moved.usd[place - 1] - moved.usd[place])
        peeled.append(crew.leave(int(members[place]), left, int(moved.ts[place])))
    last = crew.leave(int(members[-1]), float(moved.usd[-1]), _end(moved))
    return join([crew.enter(int(members[0]), usd * 1.01, crew.start), moved, *peeled, last])


def _layering(crew: Crew) -> Payments:
    members, usd = crew.recruit("layer", int(crew.rng.integers(4, 9))), _total(crew)
    moved = motifs.chain(crew.rng, members, crew.start, hop_hours=8, keep=(0.95, 0.999), usd=usd)
    entered = crew.enter(int(members[0]), usd * 1.01, crew.start)
    return join([entered, moved, crew.leave(int(members[-1]), moved.usd[-1], _end(moved))])


def _cycle(crew: Crew) -> Payments:
    members, usd = crew.recruit("layer", int(crew.rng.integers(3, 7))), _total(crew, 6_000)
    rounds = int(crew.rng.integers(1, 3))
    path = np.concatenate([np.tile(members, rounds), members[:1]])
    moved = motifs.chain(crew.rng, path, crew.start, hop_hours=10, keep=(0.93, 0.999), usd=usd)
    return join([crew.enter(int(members[0]), usd * 1.01, crew.start), moved])


def _mixer(crew: Crew) -> Payments:
    member, target = int(crew.recruit("depositor")[0]), int(crew.recruit("recipient")[0])
    n = int(crew.rng.integers(2, 10))
    notes = crew.rng.choice(NOTES_USD, n, p=[0.35, 0.55, 0.1])
    ts = crew.start + (crew.rng.random(n) * 2 * DAY_MS).astype(np.int64)
    ends = np.full(n, member), np.full(n, target)
    mixed = mix(crew.rng, int(crew.rng.choice(crew.services.mixers)), notes, ts, ends)
    left = crew.leave(target, float(notes.sum()) * 0.99, _end(mixed))
    return join([crew.enter(member, float(notes.sum()) * 1.02, crew.start), mixed, left])


def _velocity(crew: Crew) -> Payments:
    member, sink = int(crew.recruit("mule")[0]), int(crew.recruit("collector")[0])
    n = int(crew.rng.integers(2, 9))
    usd = crew.rng.lognormal(np.log(1_600), 0.7, n)
    moved = motifs.in_and_out(crew.rng, crew.strangers(n), member, sink, crew.start, usd)
    return join([moved, crew.leave(sink, float(usd.sum()) * 0.95, _end(moved))])


def _dormant(crew: Crew) -> Payments:
    member, usd = crew.fresh(1), _total(crew, 6_000)
    crew.roles[int(member[0])] = "sleeper"
    asleep = np.array([crew.clock.start + int(crew.rng.uniform(1, 20) * DAY_MS)])
    filled = Payments(asleep, np.array([crew.wallet()]), member, np.array([usd * 1.05]))
    crew.preparation.append(filled)
    targets = crew.recruit("mule", int(crew.rng.integers(2, 7)))
    return motifs.fan_out(crew.rng, int(member[0]), targets, crew.start, 60, usd)


def _late(crew: Crew) -> Payments:
    """Hop through bridges and contracts: a way of hiding that earlier data do not show."""
    members, usd = crew.recruit("hopper", int(crew.rng.integers(3, 7))), _total(crew)
    pool = np.concatenate([crew.services.contracts, crew.services.bridges])
    through = crew.rng.choice(pool, len(members) - 1)
    path = np.empty(2 * len(members) - 1, dtype=np.int64)
    path[0::2], path[1::2] = members, through
    moved = motifs.chain(crew.rng, path, crew.start, hop_hours=6, keep=(0.94, 0.995), usd=usd)
    entered = crew.enter(int(members[0]), usd * 1.01, crew.start)
    return join([entered, moved, crew.leave(int(members[-1]), moved.usd[-1], _end(moved))])


_PLOTS: dict[str, tuple[float, _Plot]] = {
    "structuring": (13, _structuring),
    "fan_in": (11, _fan_in),
    "fan_out": (8, _fan_out),
    "gather_scatter": (9, _gather_scatter),
    "scatter_gather": (9, _scatter_gather),
    "bipartite": (2, _bipartite),
    "stack": (2, _stack),
    "peel_chain": (10, _peel),
    "layering": (10, _layering),
    "cycle": (6, _cycle),
    "mixer": (7, _mixer),
    "velocity": (9, _velocity),
    "dormant": (4, _dormant),
}
"""Share of the schemes, and how one is played."""
