"""What each group of features is worth to the model of a run.

The model is trained again without each group, and on each group alone, with the split, the labels
and the hyperparameters of the run. Values and differences come with 95 % intervals that resample
the addresses of the test range. Prints a table for docs/results.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from measuring import print_markdown

from alertmill.evaluation.intervals import (
    Interval,
    address_interval,
    difference_interval,
    rarer_addresses,
)
from alertmill.evaluation.metrics import METRIC_BY_NAME, Metric
from alertmill.evaluation.resampling import Resampled, measure
from alertmill.evaluation.samples import Sample
from alertmill.runs import Run
from alertmill.training.data.rows import KEYS, LabelledRows
from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.models.trainer import ModelTrainer

METRICS = {"roc_auc": "ROC AUC", "average_precision": "average precision"}
POPULATIONS = ("known", "new")


@dataclass(frozen=True)
class Scored:
    """Scores of the test alerts by a model that has seen some of the features."""

    name: str
    n_features: int
    score: np.ndarray


def main() -> None:
    """Train every variant and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of an evaluated run")
    run = Run.open(parser.parse_args().run)
    heads = [f"{words}, {whose} addresses" for whose in POPULATIONS for words in METRICS.values()]
    print_markdown(["features", "number", *heads], table(run, list(score_variants(run))))


def score_variants(run: Run) -> Iterator[Scored]:
    """Score the test alerts with all features, without each group, and with each group alone."""
    groups: dict[FeatureGroup, list[str]] = {}
    for feature in run.catalogue.features:
        groups.setdefault(feature.group, []).append(feature.name)
    names = list(run.catalogue.names)
    yield _score(run, "all", names)
    for group, members in groups.items():
        yield _score(run, f"without {group}", [name for name in names if name not in members])
    for group, members in groups.items():
        yield _score(run, f"{group} alone", members)


def table(run: Run, variants: Sequence[Scored]) -> Iterator[list[str]]:
    """Give one row a variant: the values of the first, and how far the others are from them."""
    populations = list(_populations(run))
    pairs = [
        (population.scored(variant.score), METRIC_BY_NAME[metric])
        for variant in variants
        for population in populations
        for metric in METRICS
    ]
    found = measure(
        pairs, n_bootstrap=run.parameters.computing.n_bootstrap, seed=run.parameters.seed
    )
    width = len(METRICS) * len(populations)
    measured = list(zip(found, pairs, strict=True))
    for place, variant in enumerate(variants):
        own = measured[place * width : (place + 1) * width]
        cells = [
            _value(one, metric, sample) if place == 0 else _difference(one, full, sample)
            for (one, (sample, metric)), full in zip(own, found[:width], strict=True)
        ]
        yield [variant.name, str(variant.n_features), *cells]


def _score(run: Run, name: str, features: Sequence[str]) -> Scored:
    columns = run.features.select(*KEYS, *features)
    train, validation = (
        LabelledRows.of(columns, run.targets, split=split) for split in ("train", "validation")
    )
    p = run.parameters
    trainer = ModelTrainer(
        p.model_type,
        hyperparameters=run.tuning.shipped,
        seed=p.seed,
        n_threads=p.computing.n_threads,
        embargo_days=p.embargo_days,
        review_budget=p.review_budget,
        monotone=run.catalogue.monotone,
    )
    model = trainer.fit(train, validation, categorical=run.catalogue.categorical).model
    is_test = run.targets["split"].cast(pl.String) == "test"
    return Scored(name, len(features), model.raw_score(columns.filter(is_test).sort(KEYS)))


def _populations(run: Run) -> Iterator[Sample]:
    rows = run.targets.filter(pl.col("split").cast(pl.String) == "test").sort(KEYS)
    unscored = Sample.of(
        rows.with_columns(score=pl.lit(0.0)),
        "score",
        budget=run.parameters.review_budget,
        threshold=0.0,
    )
    is_new = rows["is_new_address"].to_numpy()
    yield unscored.within(~is_new)
    yield unscored.within(is_new)


def _value(one: Resampled, metric: Metric, sample: Sample) -> str:
    interval = address_interval(
        one.value, one.draws, scale=metric.scale, n_addresses=rarer_addresses(sample)
    )
    return _cell(f"{one.value:.3f}", interval, "{:.3f}")


def _difference(one: Resampled, full: Resampled, sample: Sample) -> str:
    interval = difference_interval(one, full, n_addresses=rarer_addresses(sample))
    return _cell(f"{one.value - full.value:+.3f}", interval, "{:+.3f}")


def _cell(value: str, interval: Interval, form: str) -> str:
    if interval.low is None or interval.high is None:
        return value
    return f"{value} ({form.format(interval.low)} to {form.format(interval.high)})"


if __name__ == "__main__":
    main()
