"""Features of the clusters that an alert belongs to on its own day, the alert itself left out."""

from __future__ import annotations

import polars as pl

from alertmill.training.data.columns import CLUSTER_TYPES
from alertmill.training.features.catalogue import FeatureGroup
from alertmill.training.features.declarations.declaration import Declare, DeclaredFeature, Level

# Alerts join clusters, and rules of alerts read labels of other addresses.
_counted = Declare(FeatureGroup.CLUSTER, Level.ALERT, missing="", reads_labels_of_others=True)
_measured = Declare(
    FeatureGroup.CLUSTER,
    Level.ALERT,
    missing="the alert is in no such cluster",
    reads_labels_of_others=True,
)


def _features_of(kind: str, words: str) -> tuple[DeclaredFeature, ...]:
    alerts = f"{kind}_other_alerts"
    return (
        _counted(
            alerts,
            f"Other alerts in the largest cluster {words}.",
            unit="alerts",
            formula=pl.col(alerts).fill_null(0),
        ),
        _measured(
            f"{kind}_other_confidence",
            f"Highest mean confidence of the others in a cluster {words}.",
            unit="of 1",
        ),
        _measured(
            f"{kind}_other_severity",
            f"Highest urgency, 0 to 3, of the others in a cluster {words}.",
            unit="of 3",
        ),
    )


def _features_across_addresses(kind: str, words: str) -> tuple[DeclaredFeature, ...]:
    addresses, volume = f"{kind}_other_addresses", f"{kind}_other_volume_usd"
    return (
        _counted(
            addresses,
            f"Other addresses in the largest cluster {words}.",
            unit="addresses",
            formula=pl.col(addresses).fill_null(0),
        ),
        _measured(
            volume,
            f"Value of the others in the largest cluster {words}.",
            unit="USD",
            formula=pl.when(pl.col(f"{kind}_n_clusters") > 0).then(pl.col(volume)),
        ),
    )


FEATURES = (
    _counted(
        "n_clusters",
        "Clusters that the alert belongs to, of any kind.",
        unit="clusters",
        formula=pl.sum_horizontal(
            pl.col(f"{kind}_n_clusters").fill_null(0) for kind in CLUSTER_TYPES
        ),
    ),
    *(feature for kind, words in CLUSTER_TYPES.items() for feature in _features_of(kind, words)),
    # A cluster of one address has no other, and counts the value of an address once.
    *(
        feature
        for kind in ("same_pattern", "related_network")
        for feature in _features_across_addresses(kind, CLUSTER_TYPES[kind])
    ),
)
