"""Searches written by hand: points, and what they reached on each fold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.search_spaces import search_space_of
from alertmill.training.tuning.noise import SCHEMA as SEEDS
from alertmill.training.tuning.noise import measure_gain
from alertmill.training.tuning.results import Method, Tuning, TuningChoice
from alertmill.vocabulary import ModelType

SPACE = search_space_of(ModelType.ALERT_SCORER)


def searched(points: Mapping[Hyperparameters, tuple[float, ...]]) -> Tuning:
    """Return a search whose first point is the best, and what each reached on the folds."""
    best = next(iter(points))
    trials = pl.DataFrame(
        [
            {
                "method": Method.BAYESIAN.value,
                "number": number,
                "value": float(np.mean(folds)),
                "last_value": float(np.mean(folds)),
                "fold_values": folds,
                "fold_average_precision": folds,
                "fold_roc_auc": folds,
                "best_iteration": 50,
                "seconds": 1.0,
                "state": "complete",
                **SPACE.point_of(point),
            }
            for number, (point, folds) in enumerate(points.items())
        ]
    )
    sizes = pl.DataFrame({"train_n_alerts": [900], "validation_n_alerts": [100]})
    seeds = pl.DataFrame(schema=SEEDS)
    choice = TuningChoice(
        best=best,
        best_method=Method.BAYESIAN,
        best_value=trials["value"][0],
        space=SPACE,
        n_planned=trials.height,
        gain=measure_gain(trials, seeds, sizes, SPACE),
    )
    importances = pl.DataFrame(schema={"hyperparameter": pl.String, "importance": pl.Float64})
    return Tuning(trials, importances, sizes, choice, seeds)
