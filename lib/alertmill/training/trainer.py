"""Fit and calibrate a model: the call of the pipeline, and the one-line call of a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl

from alertmill.errors import OneClassError, UnknownNameError
from alertmill.training.boosting import (
    BoosterSettings,
    FittedBooster,
    FoldDatasets,
    Growth,
    grow_in_step,
)
from alertmill.training.calibration import fit_calibrator
from alertmill.training.canary import Canary
from alertmill.training.datasets import datasets_of
from alertmill.training.hyperparameters import Hyperparameters
from alertmill.training.measures import measure
from alertmill.training.model_description import Fit, describe_model
from alertmill.training.models import AlertModel, to_matrix
from alertmill.training.objectives import Objective, objective_of
from alertmill.training.partition import Partition, partition_rows, rows_of
from alertmill.training.rows import LabelledRows
from alertmill.training.search_spaces import SearchSpace, search_space_of
from alertmill.vocabulary import ModelType

if TYPE_CHECKING:
    import pandas as pd

FIRST_VERSION = "1.0.0"


@dataclass(frozen=True)
class FittedModel:
    """A model and how its fit went."""

    model: AlertModel
    training_curve: pl.DataFrame
    """Columns iteration (from 1), split (train or validation), metric, value."""


class ModelTrainer:
    """Trains gradient boosted trees that stop early and are calibrated on validation rows.

    Equal rows, hyperparameters, seed and number of threads give equal bytes. What differs between
    the model types is in `objective`. A trainer of one's own is a subclass; see
    `alertmill.training.trainers`.

    Parameters
    ----------
    model_type : str
        What the model is for; see `ModelType`.
    hyperparameters : Hyperparameters, optional
        Shape of the model; the defaults of `search_space` suit some thousand alerts.
    seed : int
        Seed of everything random in a fit.
    n_threads : int
        Threads of LightGBM at most; small data are fitted with one, which is faster.
    version : str
        major.minor.patch of the model to be made.
    embargo_days : int
        Days between two ranges when `train` splits by time; at least the window of the snapshots.
    review_budget : int
        Alerts reviewed a day, at which an alert_ranker is measured.
    monotone : mapping of str to int
        Features whose rise may never lower the score (1) or raise it (-1); names that are no
        column are ignored.

    Raises
    ------
    UnknownNameError
        If the model type is not known.
    """

    def __init__(  # noqa: PLR0913 - one setting each
        self,
        model_type: str = ModelType.ALERT_SCORER,
        *,
        hyperparameters: Hyperparameters | None = None,
        seed: int = 7,
        n_threads: int = 2,
        version: str = FIRST_VERSION,
        embargo_days: int = 7,
        review_budget: int = 20,
        monotone: Mapping[str, int] | None = None,
    ) -> None:
        if model_type not in list(ModelType):
            raise UnknownNameError.of("model type", model_type, ModelType)
        self.model_type = ModelType(model_type)
        self.hyperparameters = hyperparameters or self.search_space.default
        self.seed = seed
        self.n_threads = n_threads
        self.version = version
        self.embargo_days = embargo_days
        self.review_budget = review_budget
        self.monotone = dict(monotone or {})

    @property
    def objective(self) -> Objective:
        """What the trees learn and how a fit stops: that of the model type."""
        return objective_of(self.model_type, review_budget=self.review_budget)

    @property
    def search_space(self) -> SearchSpace:
        """What a search may choose, and the defaults: those of the model type."""
        return search_space_of(self.model_type)

    def with_hyperparameters(self, hyperparameters: Hyperparameters) -> Self:
        """Give the same trainer with other hyperparameters."""
        other = copy(self)
        other.hyperparameters = hyperparameters
        return other

    def with_seed(self, seed: int) -> Self:
        """Give the same trainer with another seed."""
        other = copy(self)
        other.seed = seed
        return other

    def fit(
        self, train: LabelledRows, validation: LabelledRows, *, categorical: Sequence[str] = ()
    ) -> FittedModel:
        """Fit on ``train``; choose the number of trees and calibrate on ``validation``.

        Parameters
        ----------
        train : LabelledRows
            Rows that grow the trees, weighted by ``weight`` and by class.
        validation : LabelledRows
            Later rows; they count equally and grow no tree.
        categorical : sequence of str
            Features that hold codes of categories; names that are no column are ignored.

        Raises
        ------
        OneClassError
            If one of the two holds only one class.
        """
        _check_classes(train, "train")
        _check_classes(validation, "validation")
        codes = tuple(name for name in train.X.columns if name in set(categorical))
        growing = self._datasets(train, validation, codes).start(
            self.hyperparameters, self.settings
        )
        growth = grow_in_step([growing], self.hyperparameters, measure_train=True)
        text = growing.text(growth.best_iteration)
        X_validation = to_matrix(validation.X, train.X.columns)
        log_odds = FittedBooster.of(text, self.n_threads).log_odds(X_validation)
        calibrator = fit_calibrator(log_odds, validation.y)
        canary = Canary.choose(X_validation, calibrator.apply(log_odds))
        fit = Fit(text, calibrator, growth.best_iteration, train, validation, codes, canary)
        metadata = describe_model(
            fit,
            model_type=self.model_type,
            version=self.version,
            hyperparameters=self.hyperparameters,
            settings=self.settings,
        )
        return FittedModel(AlertModel(text, calibrator, metadata, canary), _curve_of(growth))

    def train(
        self,
        X: pd.DataFrame,
        y: pd.Series,
        cv_folds: int = 5,
        *,
        categorical: Sequence[str] = (),
    ) -> tuple[AlertModel, dict[str, float]]:
        """Split, fit, calibrate, cross-validate and test in one call.

        When the index of ``X`` has the levels processing_date and address, validation and test
        are later than training with an embargo between them, and a fold shares no address with
        the rows that it is measured on. Any other numeric frame is split at random, stratified.

        The test rows are scored once, by the returned model. The folds lie inside the training
        rows and grow as many trees as the returned model has, so that no fold is stopped by the
        rows it is measured on.

        Parameters
        ----------
        X : DataFrame
            Numeric features, one row per alert; missing is nan.
        y : Series
            1 for a confirmed alert, else 0; same rows as ``X``.
        cv_folds : int
            Folds of the cross-validation.
        categorical : sequence of str
            Features that hold codes of categories.

        Returns
        -------
        AlertModel, dict
            The metrics are test_auc, test_average_precision, cv_auc_mean, cv_auc_std,
            cv_average_precision_mean and cv_average_precision_std.

        Raises
        ------
        OneClassError
            If ``y``, or a part of the split, holds only one class.
        TooFewSnapshotsError
            If the dates are too few for a split with an embargo.
        WrongTypeError
            If a column of ``X`` holds no numbers, or ``y`` other values than 0 and 1.
        """
        rows = rows_of(X, y)
        _check_classes(rows, "given")
        parts = partition_rows(
            rows, cv_folds=cv_folds, embargo_days=self.embargo_days, seed=self.seed
        )
        fitted = self.fit(
            rows.take(parts.train), rows.take(parts.validation), categorical=categorical
        )
        test = rows.take(parts.test)
        _check_classes(test, "test")
        measured = measure(test.y, fitted.model.raw_score(test.X))
        folds = self._cross_validate(rows, parts, fitted.model)
        return fitted.model, {
            "test_auc": measured.roc_auc,
            "test_average_precision": measured.average_precision,
            "cv_auc_mean": float(folds[:, 0].mean()),
            "cv_auc_std": float(folds[:, 0].std(ddof=1)),
            "cv_average_precision_mean": float(folds[:, 1].mean()),
            "cv_average_precision_std": float(folds[:, 1].std(ddof=1)),
        }

    @property
    def settings(self) -> BoosterSettings:
        """What a fit needs beside its hyperparameters."""
        return BoosterSettings(
            seed=self.seed,
            n_threads=self.n_threads,
            objective=self.objective,
            monotone=self.monotone,
        )

    def _datasets(
        self, train: LabelledRows, validation: LabelledRows, categorical: Sequence[str]
    ) -> FoldDatasets:
        return datasets_of(
            train,
            validation,
            categorical,
            max_bin=self.hyperparameters.max_bin,
            is_grouped=self.objective.is_grouped,
        )

    def _cross_validate(
        self, rows: LabelledRows, parts: Partition, model: AlertModel
    ) -> np.ndarray:
        """ROC AUC and average precision of each fold, shape (n_folds, 2)."""
        n_trees = model.metadata.best_iteration
        fixed = self.hyperparameters.model_copy(
            update={"n_estimators": n_trees, "early_stopping_rounds": n_trees}
        )
        measured = []
        for fit_index, held_out_index in parts.folds:
            held_out = rows.take(held_out_index)
            datasets = self._datasets(rows.take(fit_index), held_out, model.categorical_features)
            growing = datasets.start(fixed, self.settings)
            grow_in_step([growing], fixed)
            booster = FittedBooster.of(growing.text(n_trees), self.n_threads)
            matrix = to_matrix(held_out.X, model.feature_names)
            measured.append(measure(held_out.y, booster.log_odds(matrix)))
        return np.array(measured)


def _check_classes(rows: LabelledRows, split: str) -> None:
    positives = int(rows.y.sum())
    if positives in (0, len(rows.y)):
        raise OneClassError.of(split, positives=positives, negatives=len(rows.y) - positives)


def _curve_of(growth: Growth) -> pl.DataFrame:
    measured = [("train", growth.train), ("validation", [m[0] for m in growth.validation])]
    return pl.DataFrame(
        [
            (iteration, split, metric, metrics[metric])
            for split, curve in measured
            for iteration, metrics in enumerate(curve, start=1)
            for metric in metrics
        ],
        schema={
            "iteration": pl.Int64,
            "split": pl.String,
            "metric": pl.String,
            "value": pl.Float64,
        },
        orient="row",
    )
