"""The world as look-alikes and schemes find it: who is there, and what can be used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.snapshots.simulator.parameters import WorldParameters
from alertmill.snapshots.simulator.retail import People
from alertmill.snapshots.simulator.services import Exchanges, Services
from alertmill.snapshots.simulator.stage import AddressBook, Clock, Ids


@dataclass(frozen=True)
class Scene:
    """Everything an act draws on."""

    parameters: WorldParameters
    people: People
    services: Services
    exchanges: Exchanges
    book: AddressBook
    clock: Clock

    def person(self, rng: np.random.Generator, ts: int, n: int = 1) -> Ids:
        """Choose positions of people who are there at ``ts``, each at most once."""
        return rng.choice(self.people.active_at(ts), n, replace=False)

    def wallet(self, rng: np.random.Generator) -> int:
        """Choose one of the exchanges that stay open."""
        return int(rng.choice(self.services.hot_wallets[:-1]))
