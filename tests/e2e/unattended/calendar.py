"""What goes wrong in a simulated year, drawn from a seed: deliveries, and killed processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np


class Mishap(StrEnum):
    """What may be wrong with the delivery of a day."""

    LATE = "comes with the delivery of the next day"
    MISSING = "never comes"
    REPEATED = "comes again a day later, with the same content"
    BROKEN = "is damaged, and comes again a day later as it should be"


class Victim(StrEnum):
    """Whose processes are killed."""

    FLOW = "flow"
    WORKER = "worker"
    SERVER = "server"
    ALL = "all of it, as by a power cut"


@dataclass(frozen=True)
class Calendar:
    """Which days have a mishap, and in which runs somebody pulls a plug."""

    mishaps: Mapping[date, Mishap]
    killed_ingestions: Mapping[date, Victim]
    killed_trainings: Mapping[int, tuple[Victim, float]]
    """By number of the training: who dies, and how many seconds after the run has begun."""

    @property
    def n_kills(self) -> int:
        """How often somebody pulls a plug."""
        return len(self.killed_ingestions) + len(self.killed_trainings)

    def is_ordinary(self, day: date) -> bool:
        """Return whether nothing goes wrong on a day or the one before it."""
        wrong = {*self.mishaps, *self.killed_ingestions}
        return not wrong & {day, day - timedelta(days=1)}

    @classmethod
    def drawn(
        cls, days: Sequence[date], *, n_trainings: int, mishap_share: float, seed: int
    ) -> Calendar:
        """Draw a calendar; the first and last two days are ordinary ones.

        Every kind of mishap and every victim comes at least once where there is room.
        """
        rng = np.random.default_rng(seed)
        inner = list(days[2:-2])
        n_mishaps = max(len(Mishap), round(mishap_share * len(inner)))
        # Two mishaps never meet: the day after each belongs to its repair.
        places = 2 * rng.choice(len(inner) // 2, size=n_mishaps, replace=False)
        kinds = [*Mishap, *rng.choice(list(Mishap), size=n_mishaps - len(Mishap))]
        mishaps = {inner[place]: Mishap(kind) for place, kind in zip(places, kinds, strict=True)}
        ordinary = [day for day in inner if day not in mishaps]
        n_killed = max(1, round(len(days) / 60))
        killed = {
            ordinary[i]: Victim.FLOW
            for i in rng.choice(len(ordinary), size=n_killed, replace=False)
        }
        n_victims = min(n_trainings, max(1, n_trainings // 8))
        numbers = rng.choice(n_trainings, size=n_victims, replace=False)
        victims = [list(Victim)[i % len(Victim)] for i in range(n_victims)]
        trainings = {
            int(number): (victim, float(rng.uniform(3, 25)))
            for number, victim in zip(numbers, victims, strict=True)
        }
        return cls(mishaps, killed, trainings)
