"""A trained model: trees as text, a calibrator as numbers, and what made them. Never a pickle."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field

from alertmill.cards import Card
from alertmill.files import write_text
from alertmill.frozen_model import FrozenModel
from alertmill.parameters import DEFAULT_LABEL_STRATEGY
from alertmill.training.data.inputs import check_category_codes, to_matrix, with_columns
from alertmill.training.models.boosting import FittedBooster
from alertmill.training.models.calibration import (
    IsotonicCalibrator,
    SigmoidCalibrator,
    parse_calibrator,
    sigmoid,
)
from alertmill.training.models.canary import Canary
from alertmill.training.models.hyperparameters import Hyperparameters
from alertmill.training.models.meanings import FeatureMeanings, describe_unknown
from alertmill.training.models.model_files import check_names, read_model_text, readable
from alertmill.vocabulary import ModelType
from alertmill.wording import counted

if TYPE_CHECKING:
    import os

    from alertmill.training.data.inputs import Frame
    from alertmill.training.features.catalogue import FeatureCatalogue

MODEL_FILE, CALIBRATOR_FILE, METADATA_FILE = "model.txt", "calibrator.json", "metadata.json"
CANARY_FILE, MEANINGS_FILE = "canary.json", "features.json"
_LOGGER = logging.getLogger(__name__)


class ModelMetadata(FrozenModel):
    """What made a model, and the digests of its parts."""

    model_id: str = Field(description="Follows from the content: equal models have equal ids.")
    model_type: ModelType
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$", description="major.minor.patch, numeric.")
    seed: int
    n_threads: int
    hyperparameters: Hyperparameters
    best_iteration: int = Field(ge=1, description="Trees kept by early stopping, of each seed.")
    n_seeds: int = Field(
        1, ge=1, description="Fits with this seed and those after it, whose mean the model is."
    )
    objective: str = Field("binary", description="What the trees learned, as LightGBM calls it.")
    stopping_metric: str = Field(description="Validation metric that decided it.")
    monotone: dict[str, int] = Field(
        {}, description="Features whose rise may never lower the score (1) or raise it (-1)."
    )
    training_start: date | None = Field(description="First date fitted on; None without dates.")
    training_end: date | None = Field(description="Last date fitted on.")
    validation_end: date | None = Field(
        None, description="Last date fitted, stopped or calibrated on; None in older models."
    )
    calibrated_on: Literal["validation", "cross-fitted"] = Field(
        "validation",
        description="Rows of the calibrator: validation, or rows scored by fits without them.",
    )
    label_strategy: str = Field(
        DEFAULT_LABEL_STRATEGY, description="What was positive, as the run's parameters name it."
    )
    n_train: int
    n_train_positives: int
    n_train_addresses: int | None
    n_validation: int
    n_validation_positives: int
    feature_names: tuple[str, ...]
    categorical_features: tuple[str, ...]
    feature_hash: str = Field(description="sha256 over the feature names and which are codes.")
    booster_sha256: str
    calibrator_sha256: str
    canary_sha256: str | None = Field(
        None, description="Of canary.json; None in models of before it, which load with a warning."
    )
    meanings_sha256: str | None = Field(
        None, description="Of features.json; None in models that do not say what features mean."
    )
    threshold: float | None = Field(
        None, description="Calibrated probability above which an alert is reviewed, if chosen."
    )


@dataclass(frozen=True)
class ScoresOfAlerts:
    """What one walk through the trees gives alerts, each of shape (n_alerts,)."""

    calibrated: np.ndarray
    """As `AlertModel.predict` returns them."""
    raw: np.ndarray
    """As `AlertModel.raw_score` returns them."""


@dataclass(frozen=True, repr=False)
class AlertModel(Card):
    """Scores alerts with a calibrated probability, and says what each feature contributed.

    Every method takes a pandas or polars frame, picks the features by name in its own order, and
    returns rows in the order of the frame. It may hold categories by their names: the model codes
    them by its own list, takes an unknown one for missing, and logs how many there are. A model
    that was trained on a numpy array takes arrays of as many columns.
    """

    booster_text: str
    calibrator: SigmoidCalibrator | IsotonicCalibrator
    metadata: ModelMetadata
    canary: Canary | None = None
    """Rows with the scores they must get; None in older models."""
    meanings: FeatureMeanings | None = None
    """What the features mean; None of a model that was trained on rows without a catalogue."""

    def facts(self) -> dict[str, object]:
        """Return what identifies the model, and what it was trained on."""
        m = self.metadata
        alerts = counted(m.n_train, "alert")
        return {
            "model": m.model_id,
            "type": m.model_type,
            "version": m.version,
            "features": f"{len(m.feature_names)}, {len(m.categorical_features)} of them categories",
            "trained on": f"{alerts} of {m.training_start} to {m.training_end}",
            "confirmed alerts": f"{m.n_train_positives:,}",
        }

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Features in the order of the trees."""
        return self.metadata.feature_names

    @property
    def categorical_features(self) -> tuple[str, ...]:
        """Features that hold codes of categories."""
        return self.metadata.categorical_features

    def with_label_strategy(self, name: str) -> Self:
        """Return the same model with the name of what told it positive from negative."""
        return replace(self, metadata=self.metadata.model_copy(update={"label_strategy": name}))

    def with_meanings(self, catalogue: FeatureCatalogue) -> Self:
        """Return the same model with what its features mean, and its canary in these words.

        The id follows from the meanings, too: equal trees on other categories are another model.

        Raises
        ------
        MissingColumnsError
            If a feature is not declared in the catalogue.
        WrongTypeError
            If a code in the canary has no category.
        """
        meanings = FeatureMeanings.of(catalogue, self.feature_names)
        canary = None if self.canary is None else self.canary.with_names(meanings)
        meanings_sha256 = digest(meanings.text)
        model_type, own = self.metadata.model_id.rsplit("-", 1)
        changed = {
            "model_id": f"{model_type}-{digest(own + meanings_sha256)[: len(own)]}",
            "meanings_sha256": meanings_sha256,
            "canary_sha256": None if canary is None else digest(canary.text),
        }
        metadata = self.metadata.model_copy(update=changed)
        return replace(self, metadata=metadata, canary=canary, meanings=meanings)

    @cached_property
    def _booster(self) -> FittedBooster:
        """The trees; nobody scores by them before they have scored the canary as they should."""
        booster = FittedBooster.of(self.booster_text, self.metadata.n_threads)
        if self.canary is not None:
            rows = self.canary.matrix(self.feature_names, self.meanings)
            scores = self.calibrator.apply(booster.log_odds(rows))
            self.canary.check(scores, model_id=self.metadata.model_id)
        return booster

    def read_trees(self) -> None:
        """Read the trees now, score the canary, and walk through every tree.

        Raises
        ------
        CanaryScoresError
            If the canary gets other scores than in training.
        """
        if self.canary is None:
            self._booster.log_odds(np.full((1, len(self.feature_names)), np.nan))
        self._booster.walk()

    def predict(self, X: Frame) -> np.ndarray:
        """Calibrated probability that each alert is a true one, shape (n_alerts,).

        Raises
        ------
        MissingColumnsError
            If ``X`` lacks features of the model, or is an array and they have names.
        WrongTypeError
            If ``X`` is no frame, a feature holds no numbers, or a category has no such code.
        ConfigurationError
            If two columns have one name.
        """
        return self.calibrator.apply(self._log_odds(X))

    def raw_score(self, X: Frame) -> np.ndarray:
        """Probability before calibration, shape (n_alerts,): finer in rank, wrong in level."""
        return sigmoid(self._log_odds(X))

    def predict_both(self, X: Frame) -> ScoresOfAlerts:
        """Compute `predict` and `raw_score` at once, at the price of one; it raises as they do."""
        log_odds = self._log_odds(X)
        return ScoresOfAlerts(self.calibrator.apply(log_odds), sigmoid(log_odds))

    def contributions(self, X: Frame) -> np.ndarray:
        """Exact TreeSHAP values in log-odds, shape (n_alerts, n_features + 1).

        The last column is the constant; a row sums to the log-odds of `raw_score`.
        """
        matrix = self._matrix(X)
        if not len(matrix):
            return np.empty((0, len(self.feature_names) + 1))
        return self._booster.contributions(matrix)

    def split_importance(self) -> pl.DataFrame:
        """Count the splits of each feature: columns feature, importance; falling."""
        return self._importance("split")

    def gain_importance(self) -> pl.DataFrame:
        """Sum the loss that each feature's splits removed: columns feature, importance; falling."""
        return self._importance("gain")

    def texts(self) -> dict[str, str]:
        """Return the content of every file by its name; the metadata, which hold digests, last."""
        texts = {MODEL_FILE: self.booster_text, CALIBRATOR_FILE: calibrator_text(self.calibrator)}
        if self.canary is not None:
            texts[CANARY_FILE] = self.canary.text
        if self.meanings is not None:
            texts[MEANINGS_FILE] = self.meanings.text
        return texts | {METADATA_FILE: self.metadata.model_dump_json(indent=2) + "\n"}

    def save(self, folder: str | os.PathLike[str]) -> list[Path]:
        """Write the files of `texts`; returns their paths."""
        folder = Path(folder)
        for name, text in self.texts().items():
            write_text(folder / name, text)
        return [folder / name for name in self.texts()]

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Read a saved model; no byte reaches LightGBM before its digest is checked.

        The trees are read at the first score, and must then score the canary as in training; a
        model of before there were canaries is loaded with a warning in the log.

        Raises
        ------
        FileNotFoundError
            If a file is not there.
        ArtifactChangedError
            If the trees, the calibrator or the canary are not those that the metadata name.
        UnreadableModelError
            If a file is no text, too large, or of another version, or the metadata name other
            features than the trees read.
        """
        folder = Path(folder)
        texts = {METADATA_FILE: read_model_text(folder / METADATA_FILE)}
        with readable(folder / METADATA_FILE):
            metadata = ModelMetadata.model_validate_json(texts[METADATA_FILE])
        for name, expected in _digests(metadata).items():
            texts[name] = read_model_text(folder / name, expected=expected)
        check_names(folder / METADATA_FILE, metadata.feature_names, texts[MODEL_FILE])
        if metadata.canary_sha256 is None:
            _LOGGER.warning(
                "the model %s in %s has no canary.json, so nothing tells whether it scores as it "
                "did when it was trained; train again to have one",
                metadata.model_id,
                folder,
            )
        with readable(folder):
            return cls.of_texts(texts)

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Self:
        """Make a model of what `texts` gave; digests are not checked here."""
        canary, meanings = texts.get(CANARY_FILE), texts.get(MEANINGS_FILE)
        return cls(
            texts[MODEL_FILE],
            parse_calibrator(texts[CALIBRATOR_FILE]),
            ModelMetadata.model_validate_json(texts[METADATA_FILE]),
            None if canary is None else Canary.model_validate_json(canary),
            None if meanings is None else FeatureMeanings.model_validate_json(meanings),
        )

    def _log_odds(self, X: Frame) -> np.ndarray:
        matrix = self._matrix(X)
        return self._booster.log_odds(matrix) if len(matrix) else np.empty(0)

    def _matrix(self, X: Frame) -> np.ndarray:
        matrix = to_matrix(self._coded(X), self.feature_names)
        check_category_codes(matrix, self.feature_names, self.categorical_features)
        return matrix

    def _coded(self, X: Frame) -> Frame:
        """Replace names of categories by the model's codes, and log those it does not know."""
        if self.meanings is None or (named := self.meanings.named_columns(X)).is_empty():
            return X
        if unknown := describe_unknown(self.meanings.unknown_categories(named)):
            _LOGGER.warning("the model %s: %s", self.metadata.model_id, unknown)
        return with_columns(X, self.meanings.code_names(named))

    def _importance(self, kind: str) -> pl.DataFrame:
        frame = pl.DataFrame(
            {"feature": self.feature_names, "importance": self._booster.importance(kind)}
        )
        return frame.sort("importance", "feature", descending=[True, False])


def calibrator_text(calibrator: SigmoidCalibrator | IsotonicCalibrator) -> str:
    """JSON of a calibrator as it is stored."""
    return calibrator.model_dump_json(indent=2) + "\n"


def digest(text: str) -> str:
    """Hex sha256 of the text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def _digests(metadata: ModelMetadata) -> dict[str, str]:
    digests = {
        MODEL_FILE: metadata.booster_sha256,
        CALIBRATOR_FILE: metadata.calibrator_sha256,
        CANARY_FILE: metadata.canary_sha256,
        MEANINGS_FILE: metadata.meanings_sha256,
    }
    return {name: expected for name, expected in digests.items() if expected is not None}
