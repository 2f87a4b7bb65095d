"""Ordinary people: who they are, and since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alertmill.simulator.parameters import WorldParameters
from alertmill.simulator.stage import DAY_MS, AddressBook, Clock, Ids, generator


@dataclass(frozen=True)
class People:
    """The population and its habits; every array has one entry a person."""

    ids: Ids
    joined: np.ndarray
    left: np.ndarray
    per_day: np.ndarray
    median_usd: np.ndarray

    def active_at(self, ts: int) -> np.ndarray:
        """Positions of those who have joined a week before ``ts`` and are still there."""
        return np.flatnonzero((self.joined < ts - 7 * DAY_MS) & (self.left > ts))


def populate(parameters: WorldParameters, book: AddressBook, clock: Clock) -> People:
    """Draw the people; some join on the way, and some leave."""
    rng, n, knobs = generator(parameters, "people"), parameters.n_retail, parameters.retail
    joins = rng.random(n) < knobs.joining_share
    leaves = rng.random(n) < knobs.leaving_share
    joined = np.where(joins, rng.uniform(clock.live, clock.end, n), clock.start)
    left = np.where(leaves, rng.uniform(np.maximum(joined, clock.live), clock.end), clock.end)
    return People(
        ids=book.new("person", n),
        joined=joined,
        left=left,
        per_day=rng.gamma(knobs.rate_shape, knobs.payments_per_day / knobs.rate_shape, n),
        median_usd=rng.lognormal(np.log(knobs.median_usd), knobs.median_sigma, n),
    )
