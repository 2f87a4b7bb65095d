"""How much of what a search has gained over the defaults is noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import polars as pl

from alertmill.training.tuning.gain import Gain
from alertmill.training.tuning.noise import CHOSEN, DEFAULT
from alertmill.training.tuning.results import Tuning, TuningChoice
from alertmill.wording import counted, percent, readable

_FEWEST_FOR_SPREAD = 2


@dataclass(frozen=True)
class SearchNoise:
    """The gain of a search over the defaults, with its own seed and with others.

    Seeds are one part of chance; which alerts and addresses there are is the other. AM008 tests
    the gain over the folds for that.
    """

    metric: str
    n_trials: int
    """Complete ones, of which the best was chosen."""
    gain: float
    """Chosen minus default, with the seed of the search: what the choice was made by."""
    gains: tuple[float, ...]
    """The same with each other seed, in which the choice had no part."""
    seed_spread: float | None
    """Standard deviation of a value over other seeds; None with fewer than two."""
    is_default: bool
    """True if the defaults were chosen."""

    @property
    def lasting_gain(self) -> float:
        """Mean gain over the other seeds."""
        return float(np.mean(self.gains))

    @property
    def noise_share(self) -> float | None:
        """Part of the gain that other seeds do not show, from 0 to 1; None without a gain."""
        if self.gain <= 0:
            return None
        return float(np.clip(1 - self.lasting_gain / self.gain, 0, 1))

    @property
    def luck_of_the_best(self) -> float | None:
        """How far the best of so many trials lies above their mean when only the seed differs."""
        if self.seed_spread is None:
            return None
        return self.seed_spread * expected_maximum(self.n_trials)


def search_noise(tuning: Tuning) -> SearchNoise | None:
    """Compare the gain of the search with that of other seeds; None if there are none."""
    if tuning.seeds.is_empty():
        return None
    chosen, default = (tuning.seeds.filter(candidate=name) for name in (CHOSEN, DEFAULT))
    gains = (chosen["value"] - default["value"]).to_list()
    others = [part.filter(~pl.col("is_search_seed"))["value"] for part in (chosen, default)]
    variances = [other.var() for other in others]
    enough = len(others[0]) >= _FEWEST_FOR_SPREAD
    return SearchNoise(
        metric=tuning.choice.metric,
        n_trials=tuning.complete.height,
        gain=gains[0],
        gains=tuple(gains[1:]),
        seed_spread=math.sqrt(float(np.mean(variances))) if enough else None,  # type: ignore[arg-type]  # of floats
        is_default=tuning.best == tuning.space.default,
    )


def seed_table(tuning: Tuning) -> pl.DataFrame:
    """Set the chosen hyperparameters beside the defaults, with the search's seed and with others.

    Returns
    -------
    DataFrame
        Columns hyperparameters (chosen, default, gain), search_seed, other_seeds (mean),
        seed_spread (standard deviation), lowest, highest, n_seeds; no rows without other seeds.
    """
    if tuning.seeds.is_empty():
        return pl.DataFrame(schema=_TABLE)
    by_candidate = {
        name: tuning.seeds.filter(candidate=name)["value"].to_numpy() for name in (CHOSEN, DEFAULT)
    }
    by_candidate["gain"] = by_candidate[CHOSEN] - by_candidate[DEFAULT]
    rows = [
        (
            name,
            float(values[0]),
            float(values[1:].mean()),
            float(values[1:].std(ddof=1)) if len(values) > _FEWEST_FOR_SPREAD else None,
            float(values[1:].min()),
            float(values[1:].max()),
            len(values) - 1,
        )
        for name, values in by_candidate.items()
    ]
    return pl.DataFrame(rows, schema=_TABLE, orient="row")


def describe_noise(noise: SearchNoise | None) -> str:
    """Return one or two sentences that say how much of the gain is noise."""
    if noise is None:
        return "The choice was not measured with other seeds, so how much is noise is not known."
    seeds = (
        ""
        if noise.seed_spread is None
        else f" Seeds alone move a value by {noise.seed_spread:.3f} (standard deviation)"
    )
    if noise.is_default:
        ending = f".{seeds}." if seeds else "."
        return f"The defaults are the best of {noise.n_trials} trials: there is no gain{ending}"
    share = noise.noise_share
    part = "" if share is None else f", so {_words(share)} of it is noise"
    luck = noise.luck_of_the_best
    tail = (
        ""
        if luck is None
        else f"{seeds}, and the best of {noise.n_trials} trials that differ by nothing else would "
        f"seem {luck:.3f} better than their mean."
    )
    return (
        f"The gain over the defaults is {noise.gain:+.3f} with the seed of the search and "
        f"{noise.lasting_gain:+.3f} on average with {len(noise.gains)} others "
        f"({min(noise.gains):+.3f} to {max(noise.gains):+.3f}){part}.{tail}"
    )


def shipping_sentence(choice: TuningChoice) -> str:
    """Return whether the search's choice or the defaults ship, and why."""
    if choice.best == choice.space.default:
        return (
            "The search found nothing better than the default hyperparameters, so the defaults "
            "ship."
        )
    gain = choice.gain
    if gain is None:
        return (
            "The best trial of the search ships; its gain over the default hyperparameters was "
            "not put to the proof."
        )
    told = gain_text(gain, choice.metric)
    if choice.ships_defaults:
        return (
            "The search proved nothing, so the default hyperparameters ship: its best trial is not "
            f"better by more than one standard error ({told})."
        )
    return (
        "The search's choice ships: it is better than the default hyperparameters by more than one "
        f"standard error ({told})."
    )


def gain_text(gain: Gain, metric: str) -> str:
    """Return a gain with its standard error and what it was measured on."""
    seeds = counted(gain.n_seeds, "other seed") if gain.n_seeds else "the seed of the search alone"
    error = "none" if gain.standard_error is None else f"{gain.standard_error:.3f}"
    return (
        f"{readable(metric)} {gain.mean:+.3f} against the defaults, standard error {error}, over "
        f"{counted(gain.n_folds, 'fold')} with {seeds}"
    )


def expected_maximum(n: int) -> float:
    """Mean of the largest of n standard normal values, by Blom's (1958) approximation.

    Examples
    --------
    >>> round(expected_maximum(10), 2), expected_maximum(1)
    (1.55, 0.0)
    """
    return NormalDist().inv_cdf((n - 0.375) / (n + 0.25)) if n > 1 else 0.0


def _words(share: float) -> str:
    if share in (0.0, 1.0):
        return "none" if share == 0 else "all"
    return f"{percent(share, 0)}"


_TABLE = {
    "hyperparameters": pl.String,
    "search_seed": pl.Float64,
    "other_seeds": pl.Float64,
    "seed_spread": pl.Float64,
    "lowest": pl.Float64,
    "highest": pl.Float64,
    "n_seeds": pl.Int64,
}
