"""The procedure of a run at earlier dates: what a model would have done that went live then.

An origin is the first day of a test range. Nothing that was known only later reaches what is fitted
there: its rows end before the embargo of that day, and so does what is known of their labels. The
hyperparameters are the defaults, because a search of the run has seen the days that an earlier
origin is tested on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from alertmill.errors import OneClassError, TooFewSnapshotsError
from alertmill.evaluation.origins import SCORE_SCHEMA
from alertmill.parameters import SplitParameters
from alertmill.runs import Run
from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import DEVELOPMENT, KEYS, LabelledRows
from alertmill.training.data.splits import TimeSplit
from alertmill.training.features.units import build_unit_targets
from alertmill.training.labels.targets import split_dates
from alertmill.training.models.trainer import ModelTrainer

LEAST_SHARE = 0.5
"""Of the run's own development days that an earlier origin has at least: a model of much fewer days
says little about this one."""


def score_origins(run: Run, predictions: pl.DataFrame, *, trainer: ModelTrainer) -> pl.DataFrame:
    """Score the test alerts of every origin of a run, its own included.

    Parameters
    ----------
    run : Run
        With features, targets and the extract in its folder.
    predictions : DataFrame
        Scores of the run's own test alerts by the model that ships: keys, split, y, raw_score.
    trainer : ModelTrainer
        With the default hyperparameters; it fits the models of the earlier origins.

    Returns
    -------
    DataFrame
        The columns of `SCORE_SCHEMA`, the earliest origin first. An origin whose training or
        validation rows are missing or hold one class has no rows, nor has any before it.
    """
    p = run.parameters
    data = TrainingData.load(run.path / "data")
    own = split_dates(data, p)
    earlier: list[pl.DataFrame] = []
    for last_day in last_days(own, p.split):
        try:
            earlier.append(_score_origin(run, _up_to(data, last_day), trainer))
        except (OneClassError, TooFewSnapshotsError):
            break  # even earlier origins have even fewer rows
    is_test = pl.col("split").cast(pl.String) == "test"
    shipped = predictions.filter(is_test).select(
        *KEYS, "y", "raw_score", origin=pl.lit(own.test.first), is_shipped=pl.lit(value=True)
    )
    return pl.concat([part.select(_columns()) for part in (*reversed(earlier), shipped)])


def last_days(own: TimeSplit, parameters: SplitParameters) -> Iterator[date]:
    """Yield the last test day of every earlier origin, the latest first.

    Test ranges follow each other without a gap. There are as many as the parameters ask for, unless
    less than half of the run's own development days would be left.

    Examples
    --------
    >>> from alertmill.training.data.splits import DateRange
    >>> day = lambda n: date(2024, 1, 1) + timedelta(days=n - 1)
    >>> own = TimeSplit(*(DateRange(day(a), day(b)) for a, b in ((1, 40), (48, 57), (65, 78))))
    >>> [str(last) for last in last_days(own, SplitParameters())]
    ['2024-03-04', '2024-02-19']
    """
    n_days = parameters.test_days
    n_development = (own.validation.last - own.train.first).days + 1
    room = int(n_development * (1 - LEAST_SHARE)) // n_days
    for number in range(min(parameters.n_origins - 1, room)):
        yield own.test.first - timedelta(days=1 + number * n_days)


def _score_origin(run: Run, known: TrainingData, trainer: ModelTrainer) -> pl.DataFrame:
    p, categorical = run.parameters, run.catalogue.categorical
    last_day = known.snapshots["processing_date"].max()
    features = run.features.filter(pl.col("processing_date") <= last_day)
    targets = features.select(KEYS).join(
        build_unit_targets(known, p), on=KEYS, how="left", validate="1:1", maintain_order="left"
    )
    train, validation, development = (
        LabelledRows.of(features, targets, split=split)
        for split in ("train", "validation", DEVELOPMENT)
    )
    fitted = trainer.fit(train, validation, categorical=categorical).model
    model = trainer.refit(fitted, development, folds=[], n_seeds=p.computing.n_seeds).model
    is_test = targets["split"].cast(pl.String) == "test"
    return targets.filter(is_test).select(
        *KEYS,
        "y",
        raw_score=pl.Series(model.raw_score(features.filter(is_test))),
        origin=pl.lit(split_dates(known, p).test.first),
        is_shipped=pl.lit(value=False),
    )


def _up_to(data: TrainingData, day: date) -> TrainingData:
    """Leave out the alerts and clusters of later days, but no label: the test needs those."""
    within = pl.col("processing_date") <= day
    return replace(
        data,
        alerts=data.alerts.filter(within),
        clusters=data.clusters.filter(within),
        snapshots=data.snapshots.filter(within),
    )


def _columns() -> list[pl.Expr]:
    return [pl.col(name).cast(kind) for name, kind in SCORE_SCHEMA.items()]
