"""How much of what a search has gained is noise: the same hyperparameters with other seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from alertmill.training.models.search_spaces import SearchSpace
from alertmill.training.tuning.gain import Gain
from alertmill.training.tuning.results import best_row

if TYPE_CHECKING:
    from alertmill.training.tuning.objective import FoldObjective

CHOSEN, DEFAULT = "chosen", "default"
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "candidate": pl.String,
    "seed": pl.Int64,
    "is_search_seed": pl.Boolean,
    "value": pl.Float64,
    "fold_values": pl.List(pl.Float64),
}


def measure_other_seeds(
    trials: pl.DataFrame, space: SearchSpace, objective: FoldObjective, *, seed: int, n_seeds: int
) -> pl.DataFrame:
    """Measure the best trial and the defaults on the same folds with the seeds after the search's.

    The best of many trials was chosen for its luck as well; another seed has no part in that luck.
    If the defaults are the best, they are measured once and stand there twice.

    Parameters
    ----------
    trials : DataFrame
        As in `Tuning.trials`; the defaults are among the complete ones.
    space : SearchSpace
        Where was searched.
    objective : FoldObjective
        On what the trials were measured.
    seed : int
        Of the search.
    n_seeds : int
        How many others.

    Returns
    -------
    DataFrame
        As `Tuning.seeds`; no rows if there are no other seeds, or the defaults were not measured.
    """
    default = default_trial(trials, space)
    if n_seeds == 0 or default.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    candidates = {CHOSEN: best_row(trials), DEFAULT: default.row(0, named=True)}
    found: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
    rows: list[tuple[object, ...]] = []
    for name, trial in candidates.items():
        point = tuple(trial[n] for n in space.names)
        if point not in found:
            found[point] = [
                (other, *_measure(objective, space, trial, other))
                for other in range(seed + 1, seed + 1 + n_seeds)
            ]
        rows.append((name, seed, True, trial["value"], trial["fold_values"]))
        rows += [(name, other, False, *measured) for other, *measured in found[point]]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def measure_gain(
    trials: pl.DataFrame, seeds: pl.DataFrame, folds: pl.DataFrame, space: SearchSpace
) -> Gain | None:
    """Summarise what the best trial gained over the defaults, fold by fold and seed by seed.

    With other seeds, if there are any: in those the choice had no part.

    Parameters
    ----------
    trials, seeds, folds : DataFrame
        As in `Tuning`.
    space : SearchSpace
        Where was searched.

    Returns
    -------
    Gain or None
        None if the defaults were not measured.
    """
    default = default_trial(trials, space)
    if default.is_empty():
        return None
    others = seeds.filter(~pl.col("is_search_seed"))
    if others.is_empty():
        own = np.array(best_row(trials)["fold_values"]) - default["fold_values"][0].to_numpy()
        return Gain.of(own[None, :], test_share=share_tested(folds), n_seeds=0)
    chosen, before = (
        np.array(others.filter(candidate=name)["fold_values"].to_list())
        for name in (CHOSEN, DEFAULT)
    )
    return Gain.of(chosen - before, test_share=share_tested(folds), n_seeds=len(chosen))


def share_tested(folds: pl.DataFrame) -> float:
    """Return the mean over the folds of alerts measured on, over alerts trained on."""
    return float(np.mean((folds["validation_n_alerts"] / folds["train_n_alerts"]).to_numpy()))


def default_trial(trials: pl.DataFrame, space: SearchSpace) -> pl.DataFrame:
    """Return the first complete trial of the default hyperparameters; no row if there is none."""
    is_default = [pl.col(n) == getattr(space.default, n) for n in space.names]
    return trials.filter(pl.col("value").is_not_null(), *is_default).head(1)


def _measure(
    objective: FoldObjective, space: SearchSpace, trial: dict[str, float], seed: int
) -> tuple[float, tuple[float, ...]]:
    measured = objective.measure(space.at(trial), seed=seed)
    return measured.value, measured.fold_values
