"""Can a model tell today's alerts from those of the training? Then they are no longer alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from alertmill.evaluation.intervals import Interval, sample_interval
from alertmill.evaluation.metrics import METRIC_BY_NAME
from alertmill.evaluation.resampling import measure
from alertmill.evaluation.samples import Sample
from alertmill.monitoring.watched import WEIGHT
from alertmill.training.features.catalogue import FeatureCatalogue
from alertmill.training.models.boosting import BoosterSettings, FittedBooster, FoldDatasets
from alertmill.training.models.hyperparameters import Hyperparameters

LEAST_ADDRESSES = 50
"""On either side: with fewer the interval is too wide to say anything."""
_MOST_ADDRESSES = 4_000
"""On either side; more make it slower and the interval hardly narrower."""
_FOLDS, _DRAWS = 4, 300
_TREES = Hyperparameters(
    n_estimators=30, num_leaves=7, min_data_in_leaf=10, imbalance_power=0.0, max_bin=31
)


@dataclass(frozen=True)
class AdversarialValidation:
    """How well a model tells today's addresses from those of the training."""

    roc_auc: float
    """By address, on addresses that its fit has not seen; 0.5 if they are alike."""
    interval: Interval
    top: pl.DataFrame
    """Columns feature and gain_share; what it tells them by, the strongest first."""


def tell_apart(
    trained: pl.DataFrame, now: pl.DataFrame, catalogue: FeatureCatalogue, *, seed: int
) -> AdversarialValidation:
    """Fit a model that tells two sides apart, and measure it on addresses that it has not seen.

    All alerts of an address, of whichever side, are in the same fold. Both sides weigh the same.

    Parameters
    ----------
    trained, now : DataFrame
        As `representatives` returns them, with at least `LEAST_ADDRESSES` addresses each.
    catalogue : FeatureCatalogue
        The features to use.
    seed : int
        Draws the folds, the resamples behind the interval, and addresses where there are too many.
    """
    sides = [_drawn(trained, seed=seed), _drawn(now, seed=seed)]
    names = catalogue.names
    X = np.concatenate([side.select(names).to_numpy().astype(float) for side in sides])
    y = np.repeat([0.0, 1.0], [side.height for side in sides])
    weight = np.concatenate([_even(side) for side in sides])
    address = pl.concat([side["address"] for side in sides])
    fold = _folds(address, seed=seed)
    score, gain = np.zeros(len(y)), np.zeros(len(names))
    for held_out in range(_FOLDS):
        is_fit = fold != held_out
        booster = _fit(X[is_fit], y[is_fit], weight[is_fit], catalogue, seed=seed)
        score[~is_fit] = booster.log_odds(X[~is_fit])
        gain += booster.importance("gain")
    top = pl.DataFrame({"feature": names, "gain_share": gain / max(gain.sum(), 1e-12)})
    value, interval = _area(address, y, score, weight, seed=seed)
    return AdversarialValidation(
        value, interval, top.sort("gain_share", "feature", descending=[True, False])
    )


def _drawn(side: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    ordered = side.sort("address")
    if ordered.height <= _MOST_ADDRESSES:
        return ordered
    return ordered.sample(_MOST_ADDRESSES, seed=seed).sort("address")


def _even(side: pl.DataFrame) -> np.ndarray:
    weight = side[WEIGHT].to_numpy()
    return np.asarray(weight / weight.mean())


def _folds(address: pl.Series, *, seed: int) -> np.ndarray:
    code = address.rank("dense").to_numpy().astype(np.int64) - 1
    n = int(code.max()) + 1
    return np.asarray(np.random.default_rng(seed).permutation(n)[code] % _FOLDS)


def _fit(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray, catalogue: FeatureCatalogue, *, seed: int
) -> FittedBooster:
    n_sides = weight @ y, weight @ (1 - y)
    even = weight * np.where(y == 1, 1.0, n_sides[0] / max(n_sides[1], 1e-12))
    data = FoldDatasets(
        X,
        y,
        even * len(y) / even.sum(),
        None,
        None,
        names=catalogue.names,
        categorical=catalogue.categorical,
        max_bin=_TREES.max_bin,
    )
    growing = data.start(_TREES, BoosterSettings(seed=seed, n_threads=1))
    growing.grow_to(_TREES.n_estimators)
    return FittedBooster.of(growing.text(_TREES.n_estimators), 1)


def _area(
    address: pl.Series, y: np.ndarray, score: np.ndarray, weight: np.ndarray, *, seed: int
) -> tuple[float, Interval]:
    rows = pl.DataFrame({"address": address, "y": y, "score": score, "weight": weight})
    frame = rows.with_columns(
        processing_date=pl.lit(date(2000, 1, 1)), alert_id=pl.col("y").cast(pl.String)
    ).sort("processing_date", "address", "alert_id")
    sample = Sample.of(frame, "score", budget=1, threshold=0.0)
    metric = METRIC_BY_NAME["roc_auc"]
    (found,) = measure(
        [(sample, metric)], n_bootstrap=_DRAWS, seed=seed, alert_weights=frame["weight"].to_numpy()
    )
    return found.value, sample_interval(metric, sample, found)
