"""The model that ships is fitted on everything up to the last validation day, and calibrated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest

from alertmill.errors import OneClassError
from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.model import AlertModel
from alertmill.training.models.refit import RefitModel, folds_in_time
from alertmill.training.models.trainer import ModelTrainer
from tests.training.labelled_rows import FIRST_DATE, make_rows, rows_between

pytestmark = pytest.mark.slow

EMBARGO = 3
ROWS = make_rows(n_addresses=500, n_days=60, separation=0.6)
TRAIN, VALIDATION = rows_between(ROWS, 0, 20), rows_between(ROWS, 24, 40)
DEVELOPMENT, TEST = rows_between(ROWS, 0, 40), rows_between(ROWS, 44, 59)
TRAINER = ModelTrainer(n_threads=2, hyperparameters={"n_estimators": 60, "num_leaves": 7})


@cache
def fitted() -> AlertModel:
    return TRAINER.fit(TRAIN, VALIDATION).model


@cache
def refitted() -> RefitModel:
    return refit()


def refit(rows: LabelledRows = DEVELOPMENT, *, n_seeds: int = 3) -> RefitModel:
    folds = folds_in_time(rows, embargo_days=EMBARGO)
    return TRAINER.refit(fitted(), rows, folds=folds, n_seeds=n_seeds)


def test_the_metadata_name_the_rows_and_seeds_of_the_refit() -> None:
    metadata = refitted().model.metadata

    last_day = FIRST_DATE + timedelta(days=40)
    assert (FIRST_DATE, last_day, last_day) == (
        metadata.training_start, metadata.training_end, metadata.validation_end,
    )  # fmt: skip
    assert len(DEVELOPMENT.y) == metadata.n_train
    assert 3 == metadata.n_seeds
    assert fitted().metadata.best_iteration == metadata.best_iteration
    assert metadata.model_id != fitted().metadata.model_id


def test_equal_rows_give_equal_bytes_whatever_the_number_of_threads() -> None:
    one, other = (
        ModelTrainer(n_threads=n, hyperparameters=TRAINER.hyperparameters).refit(
            fitted(), DEVELOPMENT, folds=folds_in_time(DEVELOPMENT, embargo_days=EMBARGO)
        )
        for n in (1, 2)
    )

    assert one.model.booster_text == other.model.booster_text
    assert one.model.calibrator == other.model.calibrator


def test_no_row_is_calibrated_by_a_fit_that_saw_it_or_its_embargo() -> None:
    """What is measured changes nothing of what it is measured by: take its labels away."""
    folds = folds_in_time(DEVELOPMENT, embargo_days=EMBARGO)
    dates = DEVELOPMENT.keys["processing_date"]
    for fit, held_out in folds:
        gap = dates[held_out].min() - dates[fit].max()  # type: ignore[operator]  # dates
        assert gap > timedelta(days=EMBARGO)

    last = folds[-1][1]
    flipped = DEVELOPMENT.y.copy()
    flipped[last] = 1 - flipped[last]
    before, after = refitted(), refit(replace(DEVELOPMENT, y=flipped))

    assert before.cross_fitted["log_odds"].equals(after.cross_fitted["log_odds"])


def test_rows_to_calibrate_on_are_kept_with_their_scores() -> None:
    made = refitted()

    scores = made.model.calibrator.apply(made.cross_fitted["log_odds"].to_numpy())
    assert np.array_equal(scores, made.cross_fitted["score"].to_numpy())
    assert [1, 2] == made.cross_fitted["fold"].unique().sort().to_list()
    assert {"processing_date", "address", "alert_id", "y"} <= set(made.cross_fitted.columns)


def test_probabilities_mean_what_they_say_on_later_rows() -> None:
    model = refitted().model

    scores = model.predict(TEST.X)

    assert abs(scores.mean() - TEST.y.mean()) < 0.03
    log_odds = pl.Series(np.log(scores / (1 - scores)))
    assert log_odds.n_unique() > len(scores) // 2


def test_more_rows_and_seeds_rank_later_rows_no_worse_in_the_mean() -> None:
    """Over ten histories; that the single fit wins one of them is chance."""
    gains = []
    for seed in range(10):
        rows = make_rows(n_addresses=250, n_days=60, separation=0.6, seed=seed)
        train, validation = rows_between(rows, 0, 20), rows_between(rows, 24, 40)
        development, test = rows_between(rows, 0, 40), rows_between(rows, 44, 59)
        fitted = TRAINER.fit(train, validation).model
        folds = folds_in_time(development, embargo_days=EMBARGO)
        shipped = TRAINER.refit(fitted, development, folds=folds).model
        gains.append(
            roc_auc(test, shipped.raw_score(test.X)) - roc_auc(test, fitted.raw_score(test.X))
        )

    assert np.mean(gains) > 0.01


def roc_auc(rows: LabelledRows, scores: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(rows.y, scores))


@pytest.mark.parametrize(("last_day", "n_folds"), [(40, 2), (4, 1), (3, 0)])
def test_there_are_as_many_folds_as_the_days_allow(last_day: int, n_folds: int) -> None:
    rows = rows_between(ROWS, 0, last_day)

    assert n_folds == len(folds_in_time(rows, embargo_days=EMBARGO))


def test_without_folds_the_calibrator_of_the_first_fit_is_kept() -> None:
    made = TRAINER.refit(fitted(), DEVELOPMENT, folds=[])

    assert fitted().calibrator == made.model.calibrator
    assert made.cross_fitted.is_empty()


def test_rows_of_one_class_are_refused() -> None:
    negatives = DEVELOPMENT.take(np.flatnonzero(DEVELOPMENT.y == 0))

    with pytest.raises(OneClassError, match="development"):
        TRAINER.refit(fitted(), negatives, folds=[])


def test_development_rows_end_with_validation() -> None:
    days = [date(2024, 1, day) for day in range(1, 7)]
    splits = ["train", "embargo", "validation", "validation", "embargo", "test"]
    keys = pl.DataFrame({"processing_date": days, "address": "a", "alert_id": splits})
    features = keys.with_columns(amount=pl.lit(1.0))
    targets = keys.with_columns(
        y=pl.Series([0, 1, 0, 1, 0, 1], dtype=pl.Int8), weight=pl.lit(1.0), split=pl.Series(splits)
    )

    rows = LabelledRows.of(features, targets, split="development")

    assert days[:4] == rows.keys["processing_date"].to_list()
