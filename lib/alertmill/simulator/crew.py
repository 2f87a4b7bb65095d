"""The people behind one scheme: recruited from lent accounts and fresh addresses."""

from __future__ import annotations

import numpy as np

from alertmill.simulator import motifs
from alertmill.simulator.people import People
from alertmill.simulator.scene import Scene
from alertmill.simulator.stage import DAY_MS, HOUR_MS, Ids, Payments, join, pay


class Crew:
    """Recruits the members of one scheme and remembers who did what.

    Its random numbers and its fresh addresses are its own, so that no scheme moves another one.
    """

    def __init__(self, rng: np.random.Generator, scene: Scene, scheme_id: str, start: int) -> None:
        self.rng, self.start = rng, start
        self.services, self.clock = scene.services, scene.clock
        self.knobs = scene.parameters.schemes
        self.roles: dict[int, str] = {}
        self.preparation: list[Payments] = []
        self._kind, self._book = f"{scheme_id} mule", scene.book
        self._camouflage = scene.parameters.hardness.camouflage
        self._free = scene.people.ids[self._lenders_first(scene.people)]
        self._ways_out: dict[str, int] = {}

    def _lenders_first(self, people: People) -> np.ndarray:
        """Positions of those who are there, in any order, but first those with little going on."""
        there = self.rng.permutation(people.active_at(self.start))
        busy = people.per_day > np.quantile(people.per_day, self.knobs.lending_share)
        return np.asarray(there[np.argsort(busy[there], kind="stable")])

    def number(self, span: tuple[int, int]) -> int:
        """Draw a number, both ends inclusive."""
        return int(self.rng.integers(*span, endpoint=True))

    def usd(self, median: float | None = None) -> float:
        """Draw the money of the scheme."""
        median = median or self.knobs.total_usd
        return float(self.rng.lognormal(np.log(median), self.knobs.total_sigma))

    def recruit(self, role: str, n: int = 1) -> Ids:
        """Find members: lent accounts of ordinary people, or fresh addresses."""
        lent = min(int(self.rng.binomial(n, self._camouflage)), len(self._free))
        taken, self._free = self._free[:lent], self._free[lent:]
        members = np.concatenate([taken, self.fresh(role, n - lent)])
        self.roles |= dict.fromkeys(map(int, members), role)
        return self.rng.permutation(members)

    def fresh(self, role: str, n: int = 1) -> Ids:
        """Make members of addresses that nobody has used before."""
        members = self._book.new(self._kind, n)
        self.roles |= dict.fromkeys(map(int, members), role)
        return members

    def strangers(self, n: int) -> Ids:
        """People who pay or are paid without knowing what for; they are no members."""
        return self.rng.choice(self._free, n)

    def wallet(self) -> int:
        """Choose an exchange that stays open."""
        return self.services.wallet(self.rng)

    def enter(self, member: int, usd: float) -> Payments:
        """Bring the money to a member before the start, from an exchange or from victims."""
        n = self.number((1, 4))
        from_exchange = self.rng.random() < self.knobs.entry_share
        sources = np.full(n, self.wallet()) if from_exchange else self.strangers(n)
        start = max(self.start - 2 * DAY_MS, self.clock.start)
        return motifs.fan_in(self.rng, sources, member, start, 1.5, usd)

    def fund(self, member: int, usd: float, ts: int) -> Payments:
        """Hand a member what it pays some hours later, from an exchange or from a victim."""
        from_exchange = self.rng.random() < self.knobs.entry_share
        source = self.wallet() if from_exchange else int(self.strangers(1)[0])
        before = ts - int(self.rng.gamma(2.0, 4.0) * HOUR_MS)
        return pay(before, source, member, usd * self.rng.uniform(1.0, 1.1))

    def leave(self, member: int, usd: float, ts: int) -> Payments:
        """Take money out some hours later: over the scheme's deposit address, or to a holder."""
        when = ts + int(self.rng.gamma(2.0, 4.0) * HOUR_MS)
        amount = usd * self.rng.uniform(0.95, 0.995)
        if self.rng.random() >= self.knobs.exit_share:
            return pay(when, member, self._way_out("holder"), amount)
        gate, later = self._way_out("exit"), when + int(self.rng.gamma(2.0, 1.0) * HOUR_MS)
        onward = pay(later, gate, self.wallet(), amount * 0.999)
        return join([pay(when, member, gate, amount), onward])

    def _way_out(self, role: str) -> int:
        if role not in self._ways_out:
            found = self.fresh(role) if role == "exit" else self.recruit(role)
            self._ways_out[role] = int(found[0])
        return self._ways_out[role]
