"""Which trials a search makes, in which order, and the point that each tries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from alertmill.parameters import TuningParameters
from alertmill.training.models.search_spaces import Point, SearchSpace
from alertmill.training.tuning.results import Method

if TYPE_CHECKING:
    import optuna


_WORST_SHARE, _FEWEST_TO_COMPARE = 0.25, 5


@dataclass(frozen=True)
class Slot:
    """A trial of the plan, whoever makes it."""

    method: Method
    number: int
    """From 0 within the method."""
    point: Point | None = None
    """What is tried; None: what the sampler proposes."""
    n_startup: int = 0
    """Of a Bayesian trial: how many before it are drawn at random."""
    can_be_pruned: bool = False
    """True if it may be stopped early. The picture of a grid needs every point, and the defaults
    are what the others are compared with."""

    @property
    def key(self) -> str:
        """Name of the slot in a study; another point is another slot."""
        where = "" if self.point is None else f" {sorted(self.point.items())}"
        return f"{self.method.value} {self.number}{where}"


def plan_slots(parameters: TuningParameters, space: SearchSpace) -> list[Slot]:
    """Return the trials of all searches in the order in which they are begun.

    The default hyperparameters come first, so that the choice is never worse than they are on the
    folds. Then the searches take turns by the share that they have done: when the minutes run out,
    each has had its part of them.
    """
    n_startup = max(2, parameters.n_trials // 3)
    default = Slot(Method.BAYESIAN, 0, space.point_of(space.default))
    grid = space.grid(parameters.grid_points) if parameters.grid_points else []
    free = Slot(Method.RANDOM, 0, n_startup=n_startup, can_be_pruned=parameters.prune)
    searches = (
        [Slot(Method.GRID, number, point) for number, point in enumerate(grid)],
        [replace(free, number=number) for number in range(parameters.n_random_trials)],
        [replace(free, method=Method.BAYESIAN, number=n) for n in range(1, parameters.n_trials)],
    )
    placed = [
        ((place + 0.5) / len(slots), turn, slot)
        for turn, slots in enumerate(searches)
        for place, slot in enumerate(slots)
    ]
    return [default, *(slot for _, _, slot in sorted(placed, key=lambda p: p[:2]))]


def propose(
    slot: Slot, space: SearchSpace, *, seed: int, before: Sequence[optuna.trial.FrozenTrial]
) -> Point:
    """Return the point that a slot tries.

    Equal arguments give equal points, in whichever process: a search that goes on after a crash
    proposes what it would have proposed. A random point depends on the seed and the slot alone.

    Parameters
    ----------
    slot : Slot
        Of the plan.
    space : SearchSpace
        Where to search.
    seed : int
        Of the whole search.
    before : sequence of FrozenTrial
        Bayesian trials that have ended, or are running elsewhere, in the order of their slots.
    """
    import optuna

    if slot.point is not None:
        return slot.point
    sequence = np.random.SeedSequence([seed, list(Method).index(slot.method), slot.number])
    own_seed = int(sequence.generate_state(1)[0])
    if slot.method is Method.RANDOM:
        sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler(own_seed)
    else:
        sampler = optuna.samplers.TPESampler(seed=own_seed, n_startup_trials=slot.n_startup)
    # In memory and in the order of the slots: the sampler's draws depend on the order of trials.
    study = optuna.create_study(direction="maximize", sampler=sampler)
    if slot.method is Method.BAYESIAN:
        study.add_trials(before)
    return dict(study.ask(fixed_distributions=distributions_of(space)).params)


def distributions_of(space: SearchSpace) -> dict[str, optuna.distributions.BaseDistribution]:
    """Return a search space in Optuna's words."""
    from optuna.distributions import FloatDistribution, IntDistribution

    return {
        d.name: IntDistribution(int(d.low), int(d.high), log=d.is_log)
        if d.kind == "int"
        else FloatDistribution(d.low, d.high, log=d.is_log)
        for d in space.dimensions
    }


def is_among_worst(value: float, reached: Sequence[float]) -> bool:
    """Return True if a trial is among the worst quarter of those that came as far.

    Never with fewer than 5 of them. Optuna's own pruners compare with completed trials alone, so
    that every pruned trial raises the bar for the next; here the pruned ones count too.

    Examples
    --------
    >>> is_among_worst(0.1, [0.1, 0.2, 0.3, 0.4, 0.5]), is_among_worst(0.1, [0.2, 0.3])
    (True, False)
    """
    enough = len(reached) >= _FEWEST_TO_COMPARE
    return enough and value < float(np.quantile(reached, _WORST_SHARE))
