"""One performance of a look-alike: who plays, from when, with which money."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.simulator.scene import Scene
from alertmill.simulator.stage import HOUR_MS, Ids, Payments, join, pay


@dataclass(frozen=True)
class Act:
    """What one look-alike draws on; its random numbers and addresses are its own."""

    rng: np.random.Generator
    scene: Scene
    start: int
    name: str

    def number(self, least: int, most: int) -> int:
        """Draw a number, both ends inclusive."""
        return int(self.rng.integers(least, most, endpoint=True))

    def usd(self, median: float) -> float:
        """Draw an amount around a median."""
        return float(self.rng.lognormal(np.log(median), self.scene.parameters.lookalikes.usd_sigma))

    def own(self, least: int, most: int | None = None) -> Ids:
        """Addresses that nobody has used before."""
        return self.scene.book.new(self.name, self.number(least, most or least))

    def person(self) -> int:
        """Choose somebody."""
        return self.scene.person(self.rng, self.start)

    def payer(self) -> int:
        """Choose somebody, who acts from the own wallet or from one made for the purpose."""
        if self.rng.random() < self.scene.parameters.lookalikes.new_wallet_share:
            return int(self.own(1)[0])
        return self.person()

    def people(self, least: int, most: int) -> Ids:
        """Choose several people."""
        return self.scene.people_at(self.rng, self.start, (least, most))

    def wallet(self) -> int:
        """Choose an exchange that stays open."""
        return self.scene.services.wallet(self.rng)

    def fund(self, target: int, usd: float, *, hours_before: float = 5) -> Payments:
        """Withdraw from an exchange some hours before the start."""
        return pay(self.start - int(hours_before * HOUR_MS), self.wallet(), target, usd)

    def some_cash_out(self, paid: Payments, share: float) -> Payments:
        """Let such a share of those who are paid take it to an exchange."""
        return join(
            self.cash_out(payee, usd * 0.97, ts)
            for ts, _, payee, usd in paid.rows()
            if self.rng.random() < share
        )

    def cash_out(self, member: int, usd: float, ts: int) -> Payments:
        """Pay into an exchange, through a new deposit address, some hours after a moment."""
        gate = self.own(1)[0]
        wait = self.rng.gamma(2.0, [4.0, 1.0]) * HOUR_MS
        paid = ts + int(wait[0])
        onward = pay(paid + int(wait[1]), gate, self.wallet(), usd * 0.999)
        return join([pay(paid, member, gate, usd), onward])
