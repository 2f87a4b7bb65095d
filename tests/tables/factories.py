"""A small made-up range of alerts, features and searches, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from alertmill.training.labels.labelling import LABEL_STATUS
from alertmill.training.models.search_spaces import search_space_of
from alertmill.training.tuning.noise import SCHEMA as SEEDS
from alertmill.training.tuning.results import (
    Method,
    Tuning,
    TuningChoice,
    best_row,
    trials_table,
)
from alertmill.vocabulary import ModelType

FIRST_DAY = date(2024, 1, 1)
_SPLIT_BY_PART = ("train", "train", "train", "embargo", "validation", "embargo", "test")


@dataclass(frozen=True)
class FakeFeature:
    """What the catalogue says of one feature."""

    name: str
    group: str
    kind: str = "numeric"
    categories: tuple[str, ...] = ()
    unit: str = ""
    description: str = "what it is"
    range: str = "any"
    latest: str = "the end of its window"
    reads_labels_of_others: bool = False
    missing_means: str = ""


@dataclass(frozen=True)
class FakeCatalogue:
    """A catalogue without its declarations."""

    features: tuple[FakeFeature, ...]


def make_alerts(*, n_days: int = 28, a_day: int = 20, seed: int = 7) -> pl.DataFrame:
    """``a_day`` alerts on each of ``n_days`` days, of three times as many addresses."""
    rng = np.random.default_rng(seed)
    n = n_days * a_day
    severities, typologies = ["low", "medium", "high", "critical"], ["PEEL_CHAIN", "STRUCTURING"]
    return pl.DataFrame(
        {
            "processing_date": [day for day in days(n_days) for _ in range(a_day)],
            "address": [f"0x{rng.integers(3 * a_day):04x}" for _ in range(n)],
            "alert_id": [f"alert-{i:05d}" for i in range(n)],
            "typology_type": rng.choice(typologies, n, p=[0.3, 0.7]),
            "suspected_address_type": rng.choice(["wallet", "merchant", "unknown"], n),
            "severity": rng.choice(severities, n, p=[0.4, 0.3, 0.2, 0.1]),
            "volume_usd": rng.lognormal(7, 1.5, n),
        },
        schema_overrides={"processing_date": pl.Date},
    ).sort("processing_date", "address", "alert_id")


def make_targets(alerts: pl.DataFrame, *, seed: int = 7) -> pl.DataFrame:
    """Labels for half of the alerts, a tenth of those confirmed; splits by consecutive days."""
    rng = np.random.default_rng(seed)
    known = alerts["processing_date"].unique().sort()
    part_of = {
        day: _SPLIT_BY_PART[len(_SPLIT_BY_PART) * i // len(known)] for i, day in enumerate(known)
    }
    y = rng.random(alerts.height) < 0.1
    is_labelled = rng.random(alerts.height) < 0.5
    return alerts.select(
        "processing_date",
        "address",
        "alert_id",
        y=pl.when(pl.Series(is_labelled)).then(pl.Series(y).cast(pl.Int8)),
        weight=pl.lit(1.0),
        split=pl.col("processing_date").replace_strict(part_of, return_dtype=pl.String),
        is_new_address=pl.lit(value=False),
        label_status=pl.when(pl.Series(is_labelled))
        .then(pl.lit("labelled"))
        .otherwise(pl.lit("unlabelled"))
        .cast(LABEL_STATUS),
    )


def make_features(targets: pl.DataFrame, *, seed: int = 7) -> tuple[pl.DataFrame, FakeCatalogue]:
    """Seven features: two that know the label, one that repeats another, a flag, a code."""
    rng = np.random.default_rng(seed)
    n = targets.height
    y = targets["y"].fill_null(0).to_numpy()
    volume = rng.lognormal(6 + y, 1.5)
    values = {
        "volume_usd": volume,
        "volume_log": np.log(volume),
        "night_share": rng.beta(2, 5, n),
        "hold_hours": np.where(rng.random(n) < 0.3, np.nan, rng.gamma(2, 10 - 5 * y)),
        "n_senders": rng.poisson(3, n).astype(float),
        "is_hub": (rng.random(n) < 0.1).astype(float),
        "severity_code": rng.integers(0, 3, n).astype(float),
    }
    frame = targets.select("processing_date", "address", "alert_id").with_columns(
        pl.Series(name, column, nan_to_null=True) for name, column in values.items()
    )
    kinds = [("severity_code", "alert", "categorical", ("low", "medium", "high"))]
    numeric = [(name, "address" if "n_" in name else "volume") for name in list(values)[:-1]]
    features = (
        *(FakeFeature(name, group) for name, group in numeric),
        *(FakeFeature(*kind) for kind in kinds),
    )
    return frame, FakeCatalogue(features)


def make_snapshots(*, n_days: int = 28, seed: int = 7) -> pl.DataFrame:
    """Make a growing network with an evening peak and quiet weekends."""
    rng = np.random.default_rng(seed)
    hourly = [
        rng.poisson(60 + 40 * np.sin((np.arange(24) - 9) / 24 * 2 * np.pi)) for _ in range(n_days)
    ]
    weekday = [rng.poisson([100, 100, 100, 100, 100, 75, 75]) for _ in range(n_days)]
    grown = np.arange(n_days)
    return pl.DataFrame(
        {
            "processing_date": days(n_days),
            "n_addresses": 2000 + 10 * grown + rng.integers(-50, 50, n_days),
            "n_flows": 6000 + 20 * grown + rng.integers(-200, 200, n_days),
            "total_usd": 1e6 * rng.lognormal(0, 0.2, n_days),
            "n_alerts": 150 + rng.integers(-20, 20, n_days),
            "n_alerted_addresses": 120 + rng.integers(-15, 15, n_days),
            "hourly": [[int(n) for n in row] for row in hourly],
            "weekday": [[int(n) for n in row] for row in weekday],
        },
        schema_overrides={"processing_date": pl.Date},
    )


def make_tuning(*, n_random: int = 4, n_bayesian: int = 8, seed: int = 7) -> Tuning:
    """Four grid trials, then random and Bayesian ones, the last of which was pruned.

    Lower learning rates are better.
    """
    rng = np.random.default_rng(seed)
    space = search_space_of(ModelType.ALERT_SCORER)
    grid = [
        dict(space.point_of(space.default)) | {"learning_rate": rate, "num_leaves": leaves}
        for rate in (0.06, 0.16)
        for leaves in (7, 26)
    ]
    free = [
        {d.name: d.at(rng.random()) for d in space.dimensions} for _ in range(n_random + n_bayesian)
    ]
    methods = ["grid"] * 4 + ["random"] * n_random + ["bayesian"] * n_bayesian
    numbers = [*range(4), *range(n_random), *range(n_bayesian)]
    rows = []
    for method, number, point in zip(methods, numbers, [*grid, *free], strict=True):
        folds = 0.4 + 0.1 * np.arange(3) - point["learning_rate"] + 0.03 * rng.standard_normal(3)
        rows.append(
            {
                "method": method,
                "number": number,
                "value": float(folds.mean()),
                "last_value": float(folds.mean()),
                "fold_values": folds.tolist(),
                "fold_average_precision": folds.tolist(),
                "fold_roc_auc": (folds + 0.3).tolist(),
                "best_iteration": int(rng.integers(20, 200)),
                "seconds": float(rng.random()),
                "state": "complete",
                **point,
            }
        )
    if n_bayesian:
        rows[-1] |= {"state": "pruned", "value": None}
    trials = trials_table(rows, space)
    best = best_row(trials)
    choice = TuningChoice(
        best=space.at(best),
        best_method=Method(best["method"]),
        best_value=best["value"],
        space=space,
        n_planned=trials.height,
    )
    importances = pl.DataFrame(
        {
            "hyperparameter": list(space.names),
            "importance": [0.5, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02],
        }
    )
    return Tuning(trials, importances, make_folds(), choice, make_seeds())


def make_seeds() -> pl.DataFrame:
    """Measure the chosen (0.40, later 0.36 and 0.34) and the default (0.30, 0.30, 0.32)."""
    values = {"chosen": (0.40, 0.36, 0.34), "default": (0.30, 0.30, 0.32)}
    rows = [
        (candidate, 7 + step, step == 0, value, [value - 0.1, value, value + 0.1])
        for candidate, found in values.items()
        for step, value in enumerate(found)
    ]
    return pl.DataFrame(rows, schema=SEEDS, orient="row")


def make_folds() -> pl.DataFrame:
    """Three folds of a week each."""
    return pl.DataFrame(
        {
            "fold": [1, 2, 3],
            "train_first": [FIRST_DAY] * 3,
            "train_last": [FIRST_DAY + timedelta(days=n) for n in (7, 14, 21)],
            "validation_first": [FIRST_DAY + timedelta(days=n) for n in (15, 22, 29)],
            "validation_last": [FIRST_DAY + timedelta(days=n) for n in (21, 28, 35)],
            "train_n_alerts": [200, 400, 600],
            "train_n_positives": [20, 40, 60],
            "train_n_addresses": [60, 90, 110],
            "validation_n_alerts": [150, 150, 150],
            "validation_n_positives": [15, 9, 21],
            "validation_n_addresses": [30, 31, 29],
        }
    )


def make_curve(*, n_trees: int = 40, best_iteration: int = 25) -> pl.DataFrame:
    """Make a fit whose validation loss is least at ``best_iteration``."""
    trees = np.arange(1, n_trees + 1)
    away = np.abs(trees - best_iteration) / n_trees
    values = {
        ("train", "binary_logloss"): 0.3 - 0.005 * trees,
        ("validation", "binary_logloss"): 0.2 + 0.1 * away,
        ("train", "average_precision"): np.minimum(0.3 + 0.02 * trees, 1.0),
        ("validation", "average_precision"): 0.5 - 0.2 * away,
        ("train", "auc"): np.minimum(0.7 + 0.01 * trees, 1.0),
        ("validation", "auc"): 0.85 - 0.1 * away,
    }
    return pl.concat(
        pl.DataFrame({"iteration": trees, "value": column}).select(
            "iteration", pl.lit(split).alias("split"), pl.lit(metric).alias("metric"), "value"
        )
        for (split, metric), column in values.items()
    )


def make_variants() -> pl.DataFrame:
    """Four variants, one of which could not be measured."""
    return pl.DataFrame(
        {
            "name": [
                "this model",
                "deep trees",
                "logistic regression",
                "earlier half of the dates",
            ],
            "model": ["boosted", "boosted", "logistic", "boosted"],
            "train_start": [FIRST_DAY] * 4,
            "train_end": [FIRST_DAY + timedelta(days=20)] * 4,
            "n_train": [400, 400, 400, 200],
            "n_train_positives": [40, 40, 40, 0],
            "best_iteration": [25, 60, None, None],
            "average_precision": [0.41, 0.44, 0.22, None],
            "roc_auc": [0.88, 0.87, 0.75, None],
            "seconds": [0.4, 0.9, 0.1, None],
            "note": [None, None, None, "its training rows hold one class only"],
        }
    )


def days(n: int) -> list[date]:
    """Consecutive processing dates."""
    return [FIRST_DAY + timedelta(days=i) for i in range(n)]
