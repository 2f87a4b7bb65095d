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
    targets = build_unit_targets(data, parameters, keys=alerts.features)
    if parameters.model_type is not ModelType.CLUSTER_SCORER:
        return Units(alerts, targets, data.alerts)
    return Units(_features_of_clusters(alerts, data), targets, describe_clusters(data))


def build_unit_targets(
    data: TrainingData, parameters: TrainingParameters, *, keys: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Build the targets alone, in the order of the alerts, or of `describe_clusters`.

    Parameters
    ----------
    data : TrainingData
        Its days are divided as the parameters say.
    parameters : TrainingParameters
        What is scored, how it is labelled and split.
    keys : DataFrame, optional
        Keys of all alerts, in the order that the targets of alerts shall have.

    Raises
    ------
    TooFewSnapshotsError
        If the days are too few for the split.
    UnknownNameError, LabelStrategyError
        If the parameters name no label strategy.
    """
    targets = build_targets(data, data.alerts if keys is None else keys, parameters)
    if parameters.model_type is not ModelType.CLUSTER_SCORER:
        return targets
    return cluster_targets(targets, data)


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
