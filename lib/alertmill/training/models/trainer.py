"""Fit and calibrate a model: the call of the pipeline, and the one-line call of a notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self, TypedDict

import numpy as np
import polars as pl

from alertmill.cards import Card
from alertmill.errors import (
    ConfigurationError,
    NoClustersError,
    OneClassError,
    UnknownNameError,
)
from alertmill.errors.snapshots import quote
from alertmill.training.data.arguments import (
    check_columns,
    check_whole,
    read_monotone,
)
from alertmill.training.data.inputs import take_rows, to_matrix
from alertmill.training.data.partition import Partition, Split, partition_rows, rows_of
from alertmill.training.data.rows import LabelledRows, check_rows
from alertmill.training.models.boosting import (
    BoosterSettings,
    FittedBooster,
    FoldDatasets,
    Growth,
    grow_in_step,
)
from alertmill.training.models.calibration import fit_calibrator
from alertmill.training.models.canary import Canary
from alertmill.training.models.datasets import datasets_of
from alertmill.training.models.description import Fit, describe_model
from alertmill.training.models.hyperparameters import Hyperparameters, read_hyperparameters
from alertmill.training.models.measures import measure
from alertmill.training.models.model import AlertModel
from alertmill.training.models.objectives import Objective, objective_of
from alertmill.training.models.refit import (
    FixedFit,
    Folds,
    RefitModel,
    calibrate,
    folds_at_random,
    folds_in_time,
)
from alertmill.training.models.search_spaces import SearchSpace, search_space_of
from alertmill.vocabulary import ModelType

if TYPE_CHECKING:
    from alertmill.training.data.inputs import Frame, Labels

FIRST_VERSION = "1.0.0"
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_FEWEST_FOLDS = 2
"""One fold has no spread."""


class TrainingMetrics(TypedDict):
    """What `ModelTrainer.train` measured, and on which split."""

    split: Split
    """``time``: later days at other addresses; ``random``: any rows."""
    test_auc: float
    test_average_precision: float
    cv_auc_mean: float
    cv_auc_std: float
    cv_average_precision_mean: float
    cv_average_precision_std: float


@dataclass(frozen=True)
class FittedModel:
    """A model and how its fit went."""

    model: AlertModel
    training_curve: pl.DataFrame
    """Columns iteration (from 1), split (train or validation), metric, value."""


class ModelTrainer(Card):
    """Trains gradient boosted trees that stop early and are calibrated on validation rows.

    Equal rows, hyperparameters, seed and number of threads give equal bytes. What differs between
    the model types is in `objective`. A trainer of one's own is a subclass; see
    `alertmill.training.models.trainers`.

    Parameters
    ----------
    model_type : str
        What the model is for; see `ModelType`.
    hyperparameters : Hyperparameters or mapping, optional
        Shape of the model; the defaults of `search_space` suit some thousand alerts. A mapping
        names those that differ from the defaults of `Hyperparameters`.
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
        Features whose rise may never lower the score (1) or raise it (-1); 0 leaves it free.

    Raises
    ------
    UnknownNameError
        If the model type or a hyperparameter is not known.
    ConfigurationError
        If another setting is not allowed.
    """

    X_test: Frame
    """Rows that the last `train` has kept for the test, as they were handed over."""
    y_test: Labels
    """Labels of these rows."""

    def __init__(  # noqa: PLR0913 - one setting each
        self,
        model_type: str = ModelType.ALERT_SCORER,
        *,
        hyperparameters: Hyperparameters | Mapping[str, Any] | None = None,
        seed: int = 7,
        n_threads: int = 2,
        version: str = FIRST_VERSION,
        embargo_days: int = 7,
        review_budget: int = 20,
        monotone: Mapping[str, int] | None = None,
    ) -> None:
        if model_type not in list(ModelType):
            raise UnknownNameError.of("model type", model_type, ModelType)
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise ConfigurationError(
                f"version is {quote(version)}; expected major.minor.patch, such as {FIRST_VERSION}."
            )
        self.model_type = ModelType(model_type)
        self.hyperparameters = (
            self.search_space.default
            if hyperparameters is None
            else read_hyperparameters(hyperparameters)
        )
        self.seed = check_whole("seed", seed, least=0)
        self.n_threads = check_whole("n_threads", n_threads, least=1)
        self.version = version
        self.embargo_days = check_whole("embargo_days", embargo_days, least=0)
        self.review_budget = check_whole("review_budget", review_budget, least=1)
        self.monotone = read_monotone(monotone)

    def facts(self) -> dict[str, object]:
        """Return the settings; of the hyperparameters, those that are not the default ones."""
        changed = {
            name: value
            for name, value in self.hyperparameters
            if value != getattr(self.search_space.default, name)
        }
        return {
            "type": self.model_type,
            "version": self.version,
            "seed": self.seed,
            "embargo": f"{self.embargo_days} days",
            "hyperparameters": changed or "the default ones",
        }

    @property
    def objective(self) -> Objective:
        """What the trees learn and how a fit stops: that of the model type."""
        return objective_of(self.model_type, review_budget=self.review_budget)

    @property
    def search_space(self) -> SearchSpace:
        """What a search may choose, and the defaults: those of the model type."""
        return search_space_of(self.model_type)

    def with_hyperparameters(self, hyperparameters: Hyperparameters | Mapping[str, Any]) -> Self:
        """Return the same trainer with other hyperparameters."""
        other = copy(self)
        other.hyperparameters = read_hyperparameters(hyperparameters)
        return other

    def with_seed(self, seed: int) -> Self:
        """Return the same trainer with another seed."""
        other = copy(self)
        other.seed = check_whole("seed", seed, least=0)
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
            Features that hold codes of categories: whole numbers from 0.

        Raises
        ------
        OneClassError
            If one of the two holds only one class.
        UnknownNameError
            If ``categorical`` or ``monotone`` names no column.
        ConfigurationError, WrongTypeError
            If the rows do not fit together, or a value is not allowed.
        NoClustersError
            If clusters are to be scored and the rows are none.
        """
        check_rows(train, "train")
        check_rows(validation, "validation")
        _check_classes(train, "train")
        _check_classes(validation, "validation")
        codes = self._check_features(train.X.columns, categorical)
        growing = self._datasets(train, validation, codes).start(
            self.hyperparameters, self.settings
        )
        growth = grow_in_step([growing], self.hyperparameters, measure_train=True)
        text = growing.text(growth.best_iteration)
        X_validation = to_matrix(validation.X, train.X.columns)
        log_odds = FittedBooster.of(text, self.n_threads).log_odds(X_validation)
        calibrator = fit_calibrator(log_odds, validation.y, _addresses_of(validation))
        canary = Canary.choose(X_validation, calibrator.apply(log_odds))
        fit = Fit(text, calibrator, growth.best_iteration, train, validation, codes, canary)
        return FittedModel(self._model_of(fit), _curve_of(growth))

    def refit(
        self, fitted: AlertModel, development: LabelledRows, *, folds: Folds, n_seeds: int = 5
    ) -> RefitModel:
        """Fit again on all rows that are known, with the number of trees that was chosen.

        The mean of several seeds narrows what is chance. The calibrator comes from the held-out
        rows of ``folds``, scored by fits of the same kind that did not see them.

        Parameters
        ----------
        fitted : AlertModel
            As `fit` made it: its features, categories and number of trees are kept.
        development : LabelledRows
            Training and validation rows, and those between.
        folds : sequence of pairs of ndarray
            Positions in ``development`` to fit on and to score. None: the calibrator of ``fitted``
            is kept.
        n_seeds : int
            Fits whose mean the model is: with the trainer's seed and those after it.

        Raises
        ------
        OneClassError
            If the rows hold only one class.
        ConfigurationError, WrongTypeError
            If a value is not allowed.
        """
        check_rows(development, "development")
        _check_classes(development, "development")
        n_seeds = check_whole("n_seeds", n_seeds, least=1)
        rows = replace(development, X=development.X.select(fitted.feature_names))
        n_trees, codes = fitted.metadata.best_iteration, fitted.categorical_features
        fixed = FixedFit(self.hyperparameters, self.settings, n_trees, n_seeds, codes)
        text, cross_fitted = fixed.text(rows), fixed.cross_fit(rows, folds)
        calibrator = calibrate(cross_fitted, fitted.calibrator)
        matrix = to_matrix(rows.X, fitted.feature_names)
        log_odds = FittedBooster.of(text, self.n_threads).log_odds(matrix)
        canary = Canary.choose(matrix, calibrator.apply(log_odds))
        calibrating = [held_out for _, held_out in folds] or [np.arange(len(rows.y))]
        held_out = rows.take(np.unique(np.concatenate(calibrating)))
        fit = Fit(text, calibrator, n_trees, rows, held_out, codes, canary, n_seeds, bool(folds))
        scores = pl.Series("score", calibrator.apply(cross_fitted["log_odds"].to_numpy()))
        return RefitModel(self._model_of(fit), cross_fitted.with_columns(scores))

    def train(
        self,
        X: Frame,
        y: Labels,
        cv_folds: int = 5,
        *,
        split: Split = "time",
        categorical: Sequence[str] = (),
    ) -> tuple[AlertModel, TrainingMetrics]:
        """Split, fit, calibrate, cross-validate and test in one call.

        Validation and test are later than training with an embargo between them, and a fold shares
        no address with the rows that it is measured on. A quarter of the days is the test and a
        fifth validation, or less where training would be too short for the folds; the log then
        says so.

        The test rows are scored once, by the returned model, and kept in `X_test` and `y_test`. The
        folds lie inside the training rows and grow as many trees as the returned model has, so
        that no fold is stopped by the rows it is measured on.

        Parameters
        ----------
        X : DataFrame or ndarray
            Numeric features, one row per alert; missing is nan or null. A pandas or polars frame
            has processing_date and address in its index or columns. An array has neither.
        y : Series, array or sequence
            1 for a confirmed alert, else 0; the rows of ``X`` in their order.
        cv_folds : int
            Folds of the cross-validation, at least 2.
        split : str
            ``time``, or ``random``: stratified, for rows that have no day and no address. With
            alerts its metrics are too good, as an address and its neighbouring days are on both
            sides.
        categorical : sequence of str
            Features that hold codes of categories: whole numbers from 0.

        Returns
        -------
        AlertModel, TrainingMetrics
            The metrics are split, test_auc, test_average_precision, cv_auc_mean, cv_auc_std,
            cv_average_precision_mean and cv_average_precision_std.

        Raises
        ------
        OneClassError
            If ``y``, or a part of the split, holds only one class.
        MissingColumnsError
            If the rows have no processing_date or address, and ``split`` is ``time``.
        TooFewSnapshotsError
            If the dates are too few for a split with an embargo.
        UnknownNameError
            If ``split`` is not known, or ``categorical`` or ``monotone`` names no column.
        WrongTypeError
            If a column of ``X`` holds no numbers, or ``y`` other values than 0 and 1.
        ConfigurationError
            If ``y`` has other rows than ``X``, or a value is not allowed.
        NoClustersError
            If clusters are to be scored and the rows are none.
        """
        cv_folds = check_whole("cv_folds", cv_folds, least=_FEWEST_FOLDS, meaning="folds")
        rows = rows_of(X, y)
        self._check_features(rows.X.columns, categorical)
        _check_classes(rows, "given")
        self._check_split(split)
        parts = partition_rows(
            rows, cv_folds=cv_folds, embargo_days=self.embargo_days, seed=self.seed, split=split
        )
        fitted = self.fit(
            rows.take(parts.train), rows.take(parts.validation), categorical=categorical
        )
        test = rows.take(parts.test)
        _check_classes(test, "test")
        development = rows.take(parts.development)
        model = self.refit(fitted.model, development, folds=self._folds(development, split)).model
        measured = measure(test.y, model.raw_score(test.X))
        folds = self._cross_validate(rows, parts, fitted.model)
        self.X_test, self.y_test = take_rows(X, parts.test), take_rows(y, parts.test)
        return model, {
            "split": split,
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

    def _model_of(self, fit: Fit) -> AlertModel:
        metadata = describe_model(
            fit,
            model_type=self.model_type,
            version=self.version,
            hyperparameters=self.hyperparameters,
            settings=self.settings,
        )
        return AlertModel(fit.text, fit.calibrator, metadata, fit.canary)

    def _check_features(self, names: Sequence[str], categorical: Sequence[str]) -> tuple[str, ...]:
        """Return the categorical features in the order of the columns."""
        codes = check_columns("categorical", categorical, names)
        both = set(check_columns("monotone", self.monotone, names)) & set(codes)
        if any(self.monotone[name] for name in both):
            raise ConfigurationError(
                f"{', '.join(sorted(both))} is categorical and monotone, but codes have no order; "
                "expected a feature in one of the two."
            )
        if self.model_type is ModelType.CLUSTER_SCORER:
            _check_clusters(names)
        return codes

    def _folds(self, development: LabelledRows, split: Split) -> Folds:
        if split == "random":
            return folds_at_random(development, seed=self.seed)
        return folds_in_time(development, embargo_days=self.embargo_days)

    def _check_split(self, split: str) -> None:
        if split == "random" and self.objective.is_grouped:
            raise ConfigurationError(
                f"split='random' tears days apart, and an {self.model_type} ranks the alerts of a "
                "day; expected split='time'."
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


def _check_clusters(names: Sequence[str]) -> None:
    from alertmill.training.features.clusters import OWN

    expected = [feature.name for feature in OWN]
    if not set(expected) & set(names):
        raise NoClustersError.in_rows(expected[:3])


def _addresses_of(rows: LabelledRows) -> pl.Series | None:
    return rows.keys["address"] if "address" in rows.keys.columns else None


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
