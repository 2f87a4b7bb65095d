"""The metadata of a model that was just fitted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import polars as pl

from alertmill.training.data.rows import LabelledRows
from alertmill.training.models.boosting import BoosterSettings
from alertmill.training.models.calibration import IsotonicCalibrator, SigmoidCalibrator
from alertmill.training.models.canary import Canary
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.model import ModelMetadata, calibrator_text, digest
from alertmill.vocabulary import ModelType

_ID_HEX_DIGITS = 12


@dataclass(frozen=True)
class Fit:
    """What a fit made, and of what."""

    text: str
    calibrator: SigmoidCalibrator | IsotonicCalibrator
    best_iteration: int
    train: LabelledRows
    validation: LabelledRows
    categorical: tuple[str, ...]
    canary: Canary
    n_seeds: int = 1
    is_cross_fitted: bool = False


def describe_model(
    fit: Fit,
    *,
    model_type: ModelType,
    version: str,
    hyperparameters: Hyperparameters,
    settings: BoosterSettings,
) -> ModelMetadata:
    """Return what made a model; its id follows from the trees, the calibrator and the features."""
    train, validation = fit.train, fit.validation
    names = tuple(train.X.columns)
    digests = digest(fit.text), digest(calibrator_text(fit.calibrator))
    feature_hash = digest(json.dumps([names, fit.categorical]))
    identity = digest("".join((*digests, feature_hash)))[:_ID_HEX_DIGITS]
    start, end = _dates_of(train)
    return ModelMetadata(
        model_id=f"{model_type.value}-{identity}",
        model_type=model_type,
        version=version,
        seed=settings.seed,
        n_threads=settings.n_threads,
        hyperparameters=hyperparameters,
        best_iteration=fit.best_iteration,
        n_seeds=fit.n_seeds,
        calibrated_on="cross-fitted" if fit.is_cross_fitted else "validation",
        objective=settings.objective.name,
        stopping_metric=settings.objective.stopping_metric,
        monotone={name: way for name, way in settings.monotone.items() if way},
        training_start=start,
        training_end=end,
        validation_end=max((d for d in (end, _dates_of(validation)[1]) if d), default=None),
        n_train=len(train.y),
        n_train_positives=int(train.y.sum()),
        n_train_addresses=_count_addresses(train),
        n_validation=len(validation.y),
        n_validation_positives=int(validation.y.sum()),
        feature_names=names,
        categorical_features=fit.categorical,
        feature_hash=feature_hash,
        booster_sha256=digests[0],
        calibrator_sha256=digests[1],
        canary_sha256=digest(fit.canary.text),
    )


def _dates_of(rows: LabelledRows) -> tuple[date | None, date | None]:
    if "processing_date" not in rows.keys.columns:
        return None, None
    dates = rows.keys["processing_date"].cast(pl.Date)
    return dates.min(), dates.max()  # type: ignore[return-value]  # min of a Date column


def _count_addresses(rows: LabelledRows) -> int | None:
    return rows.keys["address"].n_unique() if "address" in rows.keys.columns else None
