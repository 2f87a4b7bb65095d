"""What a model of a type scores: alerts, or clusters of them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from alertmill.errors import NoClustersError
from alertmill.parameters import TrainingParameters
from alertmill.training.data.extracted import TrainingData
from alertmill.training.features.build import FeatureBuilder, FeatureSet
from alertmill.training.features.clusters import (
    cluster_features,
    cluster_targets,
    describe_clusters,
)
from alertmill.training.labels.targets import build_targets
from alertmill.vocabulary import ModelType


@dataclass(frozen=True)
class Units:
    """What is scored; the three frames hold the same rows."""

    features: FeatureSet
    targets: pl.DataFrame
    described: pl.DataFrame
    """Keys, typology_type, severity, suspected_address_type, volume_usd; in any order."""


def build_units(data: TrainingData, parameters: TrainingParameters) -> Units:
    """Build features, targets and words of everything that the run's model scores.

    Raises
    ------
    NoClustersError
        If clusters are to be scored and there are none.
    TooFewSnapshotsError
        If the range is too short for the split.
    UnknownNameError, LabelStrategyError
        If the parameters name no label strategy.
    """
    alerts = FeatureBuilder().build(data)
    targets = build_targets(data, alerts.features, parameters)
    if parameters.model_type is not ModelType.CLUSTER_SCORER:
        return Units(alerts, targets, data.alerts)
    return Units(
        _features_of_clusters(alerts, data),
        cluster_targets(targets, data),
        describe_clusters(data),
    )


def build_unit_features(data: TrainingData, model_type: ModelType) -> FeatureSet:
    """Build the features alone, as scoring does, which knows no targets."""
    alerts = FeatureBuilder().build(data)
    if model_type is not ModelType.CLUSTER_SCORER:
        return alerts
    return _features_of_clusters(alerts, data)


def _features_of_clusters(alerts: FeatureSet, data: TrainingData) -> FeatureSet:
    if data.clusters.is_empty():
        raise NoClustersError.of(data.alerts.height)
    return cluster_features(alerts, data)
