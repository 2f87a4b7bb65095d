"""From extracted tables to a calibrated model."""

from typing import TYPE_CHECKING

from alertmill.lazy import lazy_exports

if TYPE_CHECKING:
    from alertmill.training.data.extracted import ExtractedQuery, TrainingData
    from alertmill.training.data.extraction import FeatureExtractor
    from alertmill.training.data.rows import LabelledRows
    from alertmill.training.data.splits import TimeAddressFolds, TimeSplit, split_by_time
    from alertmill.training.features.build import FeatureBuilder, FeatureSet
    from alertmill.training.features.catalogue import (
        FeatureCatalogue,
        FeatureDefinition,
        FeatureGroup,
    )
    from alertmill.training.labels.labelling import (
        AddressLabelStrategy,
        LabelStrategy,
        decide_by_last_words,
        label_alerts,
    )
    from alertmill.training.labels.strategies import find_label_strategy
    from alertmill.training.models.baselines import LogisticBaseline
    from alertmill.training.models.hyperparameters import Dimension, Hyperparameters
    from alertmill.training.models.model import AlertModel, ModelMetadata
    from alertmill.training.models.objectives import Objective
    from alertmill.training.models.search_spaces import SearchSpace
    from alertmill.training.models.trainer import FittedModel, ModelTrainer
    from alertmill.training.models.trainers import find_trainer
    from alertmill.training.registry.model_storage import ModelStorage
    from alertmill.training.registry.registered import RegisteredModel
    from alertmill.training.tuning.results import Tuning, TuningChoice

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
    "RegisteredModel",
    "SearchSpace",
    "TimeAddressFolds",
    "TimeSplit",
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
