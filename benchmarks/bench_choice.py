"""Which rule should choose between the best trial of a search and the defaults: by simulation.

A trial's value on a fold is the level of the fold, the trial's own worth, an effect of the trial
on these alerts, which folds partly share because their training rows overlap, and what the seed
does. Each rule looks at differences that a search can see and ships the best trial or the defaults;
what it shipped is judged by the worth, which no rule sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from measuring import print_markdown

from alertmill.training.tuning.gain import corrected_standard_error

N_SEARCHES, SEED = 4_000, 7
N_FOLDS, N_TRIALS, N_SEEDS = 3, 16, 5
SHARED = 0.4
"""Correlation of a trial's effects on two folds: test rows over all rows (Nadeau and Bengio)."""
TEST_SHARE = SHARED / (1 - SHARED)
ROWS, SEEDS_OF_FOLD = 0.05, 0.05
"""Standard deviations of a trial's effect on the alerts of a fold and of a seed's on a fold; in
runs of the demo both are between 0.02 and 0.08."""
CLEARLY_BETTER = 0.02
DEFAULT = 0


@dataclass(frozen=True)
class World:
    """How much the trials differ in truth."""

    name: str
    spread: float
    """Standard deviation of the worth of a trial."""
    head_start: float
    """By how many of these the defaults are better than an average trial."""


WORLDS = (
    World("all trials are worth the same", 0.0, 0.0),
    World("good defaults, small differences", 0.02, 1.5),
    World("good defaults, large differences", 0.06, 1.5),
    World("average defaults, small differences", 0.02, 0.0),
    World("average defaults, large differences", 0.06, 0.0),
)


@dataclass(frozen=True)
class Searches:
    """What many searches see of their best trial against the defaults, and what it is worth."""

    is_default: np.ndarray
    own_seed: np.ndarray
    """Differences with the seed of the search, of shape (n_searches, 1, n_folds)."""
    other_seeds: np.ndarray
    """With other seeds, of shape (n_searches, n_seeds, n_folds)."""
    worth: np.ndarray


Rule = Callable[[Searches], np.ndarray]
"""In which searches the best trial ships."""


def beats(differences: np.ndarray, *, times: float, share: float = TEST_SHARE) -> np.ndarray:
    """Return in which searches the mean difference exceeds so many of its standard errors."""
    flat = differences.reshape(len(differences), -1)
    errors = np.array([corrected_standard_error(row, test_share=share) for row in flat])
    return np.asarray(flat.mean(axis=1) > times * errors)


def over_folds(searches: Searches) -> np.ndarray:
    """Return the differences per fold, the mean over the seeds."""
    return searches.other_seeds.mean(axis=1, keepdims=True)


RULES: dict[str, Rule] = {
    "the best trial, always": lambda s: np.ones(len(s.worth), dtype=bool),
    "one error, the search's seed": lambda s: beats(s.own_seed, times=1),
    "above 0 with other seeds": lambda s: beats(s.other_seeds, times=0),
    "one error over folds, uncorrected": lambda s: beats(over_folds(s), times=1, share=0.0),
    "one error over folds": lambda s: beats(over_folds(s), times=1),
    "one error over folds and seeds": lambda s: beats(s.other_seeds, times=1),
    "two errors over folds and seeds": lambda s: beats(s.other_seeds, times=2),
}


def main() -> None:
    """Print for every world and rule what it ships and what that is worth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", type=int, default=N_FOLDS)
    parser.add_argument("--seeds", type=int, default=N_SEEDS, help="other seeds than the search's")
    parser.add_argument("--trials", type=int, default=N_TRIALS)
    sizes = parser.parse_args()
    print(
        f"{N_SEARCHES:,} searches a world, {sizes.trials} trials, {sizes.folds} folds, "
        f"{sizes.seeds} other seeds\n"
    )
    heads = ["world", "rule", "best trial ships", "and is worse", "clear gain missed", "worth"]
    print_markdown(heads, judge(sizes.folds, sizes.seeds, sizes.trials))


def judge(n_folds: int, n_seeds: int, n_trials: int) -> Iterator[list[str]]:
    """Judge every rule in every world.

    Shares are of all searches: in which the best trial ships, in which it ships and is worse than
    the defaults, in which it is clearly better and does not ship; then the mean worth of what
    ships, above that of the defaults.
    """
    for world in WORLDS:
        found = search(np.random.default_rng(SEED), world, n_folds, n_seeds, n_trials)
        for name, rule in RULES.items():
            ships, worth = rule(found) & ~found.is_default, found.worth
            shares = (ships, ships & (worth < 0), ~ships & (worth > CLEARLY_BETTER))
            told = [f"{share.mean():.0%}" for share in shares]
            yield [world.name, name, *told, f"{(ships * worth).mean():+.3f}"]


def search(
    rng: np.random.Generator, world: World, n_folds: int, n_seeds: int, n_trials: int
) -> Searches:
    """Search many times in one world."""
    shape = (N_SEARCHES, n_trials, n_folds)
    worth = world.spread * rng.standard_normal(shape[:2])
    worth[:, DEFAULT] = world.spread * world.head_start
    common, own = rng.standard_normal((*shape[:2], 1)), rng.standard_normal(shape)
    expected = worth[:, :, None] + ROWS * (np.sqrt(SHARED) * common + np.sqrt(1 - SHARED) * own)
    values = expected + SEEDS_OF_FOLD * rng.standard_normal(shape)
    each, best = np.arange(N_SEARCHES), values.mean(axis=2).argmax(axis=1)
    again = SEEDS_OF_FOLD * rng.standard_normal((2, N_SEARCHES, n_seeds, n_folds))
    differences = (expected[each, best] - expected[:, DEFAULT])[:, None, :]
    return Searches(
        is_default=best == DEFAULT,
        own_seed=(values[each, best] - values[:, DEFAULT])[:, None, :],
        other_seeds=differences + again[0] - again[1],
        worth=worth[each, best] - worth[:, DEFAULT],
    )


if __name__ == "__main__":
    main()
