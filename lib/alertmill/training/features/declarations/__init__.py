"""Every feature, declared once with its words and its formula, in the order of the columns."""

from __future__ import annotations

from alertmill.training.features.catalogue import FeatureCatalogue
from alertmill.training.features.declarations import (
    address,
    alert,
    cluster,
    exposure,
    history,
    network,
    statistical,
    temporal,
)
from alertmill.training.features.declarations.declaration import DeclaredFeature, Level

DECLARED: tuple[DeclaredFeature, ...] = (
    *alert.FEATURES,
    *address.FEATURES,
    *temporal.FEATURES,
    *statistical.FEATURES,
    *cluster.FEATURES,
    *network.FEATURES,
    *exposure.FEATURES,
    *history.FEATURES,
)
"""All features in the order of their columns."""


def build_catalogue() -> FeatureCatalogue:
    """Return the words of all features."""
    return FeatureCatalogue(features=tuple(declared.definition for declared in DECLARED))


__all__ = ["DECLARED", "DeclaredFeature", "Level", "build_catalogue"]
