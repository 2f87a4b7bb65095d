"""The world as its actors find it: who is there, and what can be used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.people import People
from alertmill.simulator.services import Exchanges, Services
from alertmill.simulator.stage import AddressBook, Clock, Ids


@dataclass(frozen=True)
class Scene:
    """Everything an act draws on."""

    parameters: WorldParameters
    people: People
    services: Services
    exchanges: Exchanges
    book: AddressBook
    clock: Clock

    def position(self, rng: np.random.Generator, ts: int, n: int = 1) -> np.ndarray:
        """Choose positions of people who are there at ``ts``, each at most once."""
        there = self.people.active_at(ts)
        chosen: np.ndarray = rng.choice(there, min(n, len(there)), replace=False)
        return chosen

    def person(self, rng: np.random.Generator, ts: int) -> int:
        """Choose somebody who is there at ``ts``."""
        return int(self.people.ids[self.position(rng, ts)[0]])

    def people_at(self, rng: np.random.Generator, ts: int, span: tuple[int, int]) -> Ids:
        """Choose so many people who are there at ``ts``, between two numbers, both inclusive."""
        n = int(rng.integers(*span, endpoint=True))
        chosen: Ids = self.people.ids[self.position(rng, ts, n)]
        return chosen
