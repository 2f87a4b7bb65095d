"""Clusters as what is scored: their features, targets and words, made from those of their members.

A row has the keys of an alert: the cluster's id stands for the alert's, and the address of the
alert that leads the cluster for the address. Folds and intervals go by that address; a cluster
counts as new only if none of its members was seen before.
"""

from __future__ import annotations

import polars as pl

from alertmill.training.data.extracted import TrainingData
from alertmill.training.data.rows import KEYS
from alertmill.training.features.build import FeatureSet
from alertmill.training.features.catalogue import (
    FeatureCatalogue,
    FeatureDefinition,
    FeatureGroup,
    Latest,
)
from alertmill.training.features.refusals import refuse
from alertmill.vocabulary import ClusterType, LabelStatus, Severity

_DAY_AND_ALERT = ("processing_date", "alert_id")
_MOST_USD = 1e15
_WORDS = {
    "min": "Least over the members",
    "mean": "Mean over the members",
    "max": "Most over the members",
}


def describe_clusters(data: TrainingData) -> pl.DataFrame:
    """Return clusters the columns of alerts that baselines and segments read.

    Returns
    -------
    DataFrame
        One row per cluster: the keys, typology_type (the type of the cluster), severity (the
        highest), suspected_address_type (of the leading alert), volume_usd (over distinct
        addresses) and alert_confidence_score (the mean).
    """
    leading = data.alerts.select(*KEYS, "suspected_address_type").rename(
        {"alert_id": "primary_alert_id"}
    )
    return (
        data.clusters.join(leading, on=("processing_date", "primary_alert_id"), how="inner")
        .select(
            "processing_date",
            "address",
            alert_id="cluster_id",
            typology_type="cluster_type",
            severity="severity_max",
            suspected_address_type="suspected_address_type",
            volume_usd="total_volume_usd",
            alert_confidence_score="confidence_avg",
        )
        .sort(KEYS)
    )


def cluster_features(alerts: FeatureSet, data: TrainingData) -> FeatureSet:
    """Aggregate the features of the members: least, mean and most of every number.

    Parameters
    ----------
    alerts : FeatureSet
        Features of all alerts of the data.
    data : TrainingData
        Its clusters say who belongs together; a cluster's members are alerts of its own day.

    Returns
    -------
    FeatureSet
        One row per cluster: the keys as in `describe_clusters`, the features of the cluster
        itself, then three per numeric feature of its members. Codes of names have no mean and are
        left out.
    """
    numeric = [f for f in alerts.catalogue.features if f.kind == "numeric"]
    members = _members(data).join(alerts.features, on=_DAY_AND_ALERT, how="inner")
    aggregated = members.sort("processing_date", "cluster_id", "alert_id").group_by(
        "processing_date", "cluster_id", maintain_order=True
    ).agg(
        aggregate(pl.col(f.name)).alias(f"{f.name}_{how}")
        for f in numeric
        for how, aggregate in (("min", pl.Expr.min), ("mean", pl.Expr.mean), ("max", pl.Expr.max))
    )  # fmt: skip
    rows = (
        describe_clusters(data)
        .select(KEYS)
        .join(
            _own_values(data), left_on=_DAY_AND_ALERT, right_on=("processing_date", "cluster_id"),
            how="left", maintain_order="left",
        )
        .join(
            aggregated, left_on=_DAY_AND_ALERT, right_on=("processing_date", "cluster_id"),
            how="left", maintain_order="left",
        )
    )  # fmt: skip
    members_of = tuple(_definition(f, how) for f in numeric for how in _WORDS)
    catalogue = FeatureCatalogue(features=(*OWN, *members_of))
    features, refused = refuse(rows.select(*KEYS, *catalogue.names), catalogue.features)
    return FeatureSet(features=features, catalogue=catalogue, refused=refused)


def cluster_targets(alert_targets: pl.DataFrame, data: TrainingData) -> pl.DataFrame:
    """Return for every cluster whether any labelled member is a true one.

    Parameters
    ----------
    alert_targets : DataFrame
        As `build_targets` gives them for the alerts of the data.

    Returns
    -------
    DataFrame
        The columns of ``alert_targets``, one row per cluster in the order of `describe_clusters`: y
        is 1 if a labelled member is confirmed, 0 if none of the labelled ones is, null without one;
        the weight is the mean over its labelled members.
    """
    is_labelled = pl.col("y").is_not_null()
    status = pl.col("label_status").cast(pl.String)
    by_cluster = (
        _members(data)
        .join(alert_targets, on=_DAY_AND_ALERT, how="inner")
        .group_by("processing_date", "cluster_id")
        .agg(
            y=pl.col("y").max(),
            weight=pl.col("weight").filter(is_labelled).sort().mean(),
            split=pl.col("split").first(),
            is_conflicting=(status == LabelStatus.CONFLICTING).any(),
            is_young=(status == LabelStatus.TOO_YOUNG).all(),
            is_new_address=pl.col("is_new_address").all(),
        )
    )
    spoken = (
        pl.when(pl.col("is_conflicting"))
        .then(pl.lit(LabelStatus.CONFLICTING))
        .when(pl.col("y").is_not_null())
        .then(pl.lit(LabelStatus.LABELLED))
        .when(pl.col("is_young"))
        .then(pl.lit(LabelStatus.TOO_YOUNG))
        .otherwise(pl.lit(LabelStatus.UNLABELLED))
    )
    kind = alert_targets.schema["label_status"]
    return (
        describe_clusters(data)
        .select(KEYS)
        .join(
            by_cluster, left_on=_DAY_AND_ALERT, right_on=("processing_date", "cluster_id"),
            how="left", maintain_order="left",
        )
        .with_columns(label_status=spoken.cast(kind))
        .select(alert_targets.columns)
    )  # fmt: skip


def _members(data: TrainingData) -> pl.DataFrame:
    """One row per cluster and member: processing_date, cluster_id, alert_id."""
    return (
        data.clusters.select("processing_date", "cluster_id", alert_id="related_alert_ids")
        .explode("alert_id", empty_as_null=False)
        .unique(maintain_order=True)
    )


def _own_values(data: TrainingData) -> pl.DataFrame:
    severity = {name.value: float(place) for place, name in enumerate(Severity)}
    kinds = {kind.value: float(place) for place, kind in enumerate(ClusterType)}
    return data.clusters.select(
        "processing_date",
        "cluster_id",
        cluster_type=pl.col("cluster_type").replace_strict(
            kinds, default=None, return_dtype=pl.Float64
        ),
        cluster_n_alerts=pl.col("total_alerts").cast(pl.Float64),
        cluster_n_addresses=pl.col("n_addresses").cast(pl.Float64),
        cluster_volume_usd=pl.col("total_volume_usd"),
        cluster_severity=pl.col("severity_max").replace_strict(
            severity, default=None, return_dtype=pl.Float64
        ),
        cluster_confidence=pl.col("confidence_avg"),
    )


def _own(
    name: str,
    description: str,
    column: str,
    *,
    unit: str = "",
    within: tuple[float, float | None] = (0, None),
    categories: tuple[str, ...] = (),
) -> FeatureDefinition:
    return FeatureDefinition(
        name=name,
        group=FeatureGroup.CLUSTER,
        kind="categorical" if categories else "numeric",
        description=description,
        unit=unit,
        categories=categories,
        lowest=within[0],
        highest=within[1],
        sources=(f"raw_clusters.{column}",),
        formula=column,
        latest=Latest.END_OF_WINDOW,
        reads_labels_of_others=False,
        missing_means="the name is not one of those known" if categories else "never missing",
    )


_KINDS = tuple(kind.value for kind in ClusterType)
OWN = (
    _own("cluster_type", "What holds the cluster together.", "cluster_type",
         within=(0, len(_KINDS) - 1), categories=_KINDS),
    _own("cluster_n_alerts", "Alerts of the cluster.", "total_alerts", unit="alerts"),
    _own("cluster_n_addresses", "Addresses of the cluster.", "addresses_involved",
         unit="addresses"),
    _own("cluster_volume_usd", "Value behind the alerts, every address once.", "total_volume_usd",
         unit="USD", within=(0, _MOST_USD)),
    _own("cluster_severity", "Highest severity of its alerts.", "severity_max", unit="of 3",
         within=(0, 3)).model_copy(update={"formula": f"severity_max among {', '.join(Severity)}"}),
    _own("cluster_confidence", "Mean confidence of its alerts.", "confidence_avg", unit="of 1",
         within=(0, 1)),
)  # fmt: skip
"""Features of a cluster that none of its members has."""


def _definition(feature: FeatureDefinition, how: str) -> FeatureDefinition:
    told = f"{_WORDS[how]}: {feature.description[0].lower()}{feature.description[1:]}"
    return feature.model_copy(
        update={
            "name": f"{feature.name}_{how}",
            "description": told,
            "formula": f"{how} over the members of {feature.formula}",
            "missing_means": f"no member has a value: {feature.missing_means}",
        }
    )
