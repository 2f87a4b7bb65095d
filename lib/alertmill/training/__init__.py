"""From extracted tables to a calibrated model."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.training.baselines import LogisticBaseline
    from alertmill.training.catalogue import FeatureCatalogue, FeatureDefinition, FeatureGroup
    from alertmill.training.data import ExtractedQuery, TrainingData
    from alertmill.training.extraction import FeatureExtractor
    from alertmill.training.features import FeatureBuilder, FeatureSet
    from alertmill.training.hyperparameters import Dimension, Hyperparameters
    from alertmill.training.label_strategies import find_label_strategy
    from alertmill.training.labels import (
        AddressLabelStrategy,
        LabelStrategy,
        decide_by_last_words,
        label_alerts,
    )
    from alertmill.training.model_storage import ModelStorage
    from alertmill.training.models import AlertModel, ModelMetadata
    from alertmill.training.objectives import Objective
    from alertmill.training.rows import LabelledRows
    from alertmill.training.search_spaces import SearchSpace
    from alertmill.training.splits import TimeAddressFolds, TimeSplit, split_by_time
    from alertmill.training.tracked import TrackedModel
    from alertmill.training.trainer import FittedModel, ModelTrainer
    from alertmill.training.trainers import find_trainer
    from alertmill.training.tuning_results import Tuning, TuningChoice

__all__ = [
    "AddressLabelStrategy",
    "AlertModel",
    "Dimension",
    "ExtractedQuery",
    "FeatureBuilder",
    "FeatureCatalogue",
    "FeatureDefinition",
    "FeatureExtractor",
    "FeatureGroup",
    "FeatureSet",
    "FittedModel",
    "Hyperparameters",
    "LabelStrategy",
    "LabelledRows",
    "LogisticBaseline",
    "ModelMetadata",
    "ModelStorage",
    "ModelTrainer",
    "Objective",
    "SearchSpace",
    "TimeAddressFolds",
    "TimeSplit",
    "TrackedModel",
    "TrainingData",
    "Tuning",
    "TuningChoice",
    "decide_by_last_words",
    "find_label_strategy",
    "find_trainer",
    "label_alerts",
    "split_by_time",
]

if not TYPE_CHECKING:  # type checkers would accept any name from __getattr__
    __getattr__, __dir__ = lazy_exports(__name__, __file__)
