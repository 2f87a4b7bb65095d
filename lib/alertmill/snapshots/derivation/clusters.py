"""Alerts that belong together on one day: of one address, of one pattern, of one network."""

from __future__ import annotations

import hashlib

import numpy as np
import polars as pl

from alertmill.snapshots.derivation.graphs import igraph
from alertmill.snapshots.derivation.window import Window
from alertmill.vocabulary import Severity

RELATED_USD = 500.0
"""Least flow that joins two alerted addresses."""
SERVICE_DEGREE = 50
"""Above this many counterparties an address serves the public: that two of its customers are
alerted says nothing, and through such addresses nearly all alerts would be one network."""
RELATED_ALERTS = 3
_ID_HEX_DIGITS = 32


def build_clusters(
    alerts: pl.DataFrame, links: pl.DataFrame, times: pl.DataFrame, window: Window
) -> pl.DataFrame:
    """Group the alerts of a snapshot.

    same_entity: at least 2 alerts of an address. same_pattern: at least 2 of a pattern_id.
    related_network: at least 3 alerts of addresses joined by flows of 500 USD or more, where known
    exchanges and addresses with more than 50 counterparties join nobody.

    Parameters
    ----------
    alerts : DataFrame
        From `alerts.raise_alerts`.
    links : DataFrame
        address, counterparty: pairs that may join, both alerted.
    times : DataFrame
        address, first_activity_timestamp, last_activity_timestamp.

    Returns
    -------
    DataFrame
        The columns of raw_clusters without created_at.
    """
    tagged = pl.concat(
        [
            _tag(alerts, "same_entity", pl.col("address"), least=2),
            _tag(alerts.filter(pl.col("pattern_id") != ""), "same_pattern", "pattern_id", least=2),
            _tag(_with_networks(alerts, links), "related_network", "network", least=RELATED_ALERTS),
        ]
    )
    return _describe(tagged.join(times, on="address", how="left"), window)


def _tag(
    alerts: pl.DataFrame, cluster_type: str, key: pl.Expr | str, *, least: int
) -> pl.DataFrame:
    group = key if isinstance(key, pl.Expr) else pl.col(key)
    tagged = alerts.with_columns(
        group=group.cast(pl.String), cluster_type=pl.lit(cluster_type)
    ).filter(pl.len().over("group") >= least)
    return tagged.select(
        "cluster_type",
        "group",
        "alert_id",
        "address",
        "severity",
        "alert_confidence_score",
        "volume_usd",
    )


def _with_networks(alerts: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return each alert the number of the component of alerted addresses that it is in."""
    addresses = alerts["address"].unique().sort()
    positions = pl.DataFrame({"address": addresses, "v": np.arange(len(addresses))})
    ends = links.join(positions, on="address").join(
        positions.rename({"address": "counterparty", "v": "u"}), on="counterparty"
    )
    edges = ends.select("v", "u").to_numpy()
    parts = igraph.Graph(n=len(addresses), edges=edges).connected_components()
    numbered = positions.select("address", network=pl.Series(parts.membership, dtype=pl.Int64))
    return alerts.join(numbered, on="address")


def _describe(tagged: pl.DataFrame, window: Window) -> pl.DataFrame:
    order = {severity.value: place for place, severity in enumerate(Severity)}
    rank = pl.col("severity").replace_strict(order, return_dtype=pl.Int64)
    first_of_address = pl.col("volume_usd") == pl.col("volume_usd").max().over(
        "cluster_type", "group", "address"
    )
    only_one = first_of_address & (
        first_of_address.cum_sum().over("cluster_type", "group", "address") == 1
    )
    clusters = (
        tagged.sort("cluster_type", "group", "address", "alert_id")
        .with_columns(rank=rank)
        .with_columns(counted_usd=pl.when(only_one).then(pl.col("volume_usd")).otherwise(0.0))
        .sort(
            "rank",
            "alert_confidence_score",
            "volume_usd",
            "alert_id",
            descending=[True, True, True, False],
        )
        .group_by("cluster_type", "group", maintain_order=True)
        .agg(
            primary_alert_id=pl.col("alert_id").first(),
            primary_address=pl.col("address").first(),
            severity_max=pl.col("severity").first(),
            related_alert_ids=pl.col("alert_id").sort(),
            addresses_involved=pl.col("address").unique().sort(),
            total_alerts=pl.len(),
            total_volume_usd=pl.col("counted_usd").sort().sum(),
            confidence_avg=pl.col("alert_confidence_score").sort().mean(),
            earliest_alert_timestamp=pl.col("first_activity_timestamp").min(),
            latest_alert_timestamp=pl.col("last_activity_timestamp").max(),
        )
    )
    ids = [_identify(window, kind, members) for kind, members in _members(clusters)]
    return (
        clusters.with_columns(
            pl.Series("cluster_id", ids, dtype=pl.String),
            pattern_id=pl.when(pl.col("cluster_type") == "same_pattern")
            .then("group")
            .otherwise(pl.lit("")),
        )
        .drop("group")
        .sort("cluster_type", "cluster_id")
    )


def _members(clusters: pl.DataFrame) -> list[tuple[str, list[str]]]:
    return list(clusters.select("cluster_type", "related_alert_ids").iter_rows())


def _identify(window: Window, cluster_type: str, members: list[str]) -> str:
    parts = (cluster_type, window.window_days, window.processing_date, *members)
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:_ID_HEX_DIGITS]
