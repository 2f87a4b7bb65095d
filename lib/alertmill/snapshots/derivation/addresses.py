"""Everything that is known of each address of a snapshot, and the structures they form."""

from __future__ import annotations

import polars as pl

from alertmill.snapshots.derivation.address_columns import (
    join_columns,
    pattern_scores,
    with_anomalies,
)
from alertmill.snapshots.derivation.flags import flag, with_flags
from alertmill.snapshots.derivation.graph import graph_columns
from alertmill.snapshots.derivation.patterns import find_patterns
from alertmill.snapshots.derivation.reach import HUB_DEGREE
from alertmill.snapshots.derivation.rules import STRUCTURE_HOURS, STRUCTURES
from alertmill.snapshots.derivation.statements import statement
from alertmill.snapshots.derivation.window import Window
from alertmill.storage import Client, fetch
from alertmill.vocabulary import Typology

SMALL_FLOW_USD = 10_000.0
_QUERIES = ("counterparties", "stability", "days", "timing", "assets", "history")
_PATH_LIMITS = {
    "max_legs": 200,
    "max_counterparties": 50,
    "min_usd": 100.0,
    "max_ms": STRUCTURE_HOURS * 3_600_000,
    "min_keep": min(structure.least_keep for structure in STRUCTURES.values()),
    "min_middles": STRUCTURES[Typology.SCATTER_GATHER].hops[0],
    "min_middle_keep": STRUCTURES[Typology.SCATTER_GATHER].least_keep,
}


def describe_addresses(client: Client, window: Window) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Measure the addresses of a window, and find the structures that they form.

    Reads the temporary tables superseded, legs, pairs and known_labels. Returns one row per
    address, sorted, with the columns of raw_features and those that only flags and rules read; and
    the patterns of `patterns.find_patterns`.
    """
    bound = window.bound
    statistics = fetch(client, statement("address_statistics"), bound)
    sources = {name: fetch(client, statement(name), bound) for name in _QUERIES}
    flows = fetch(client, "SELECT address, counterparty, v_out FROM pairs WHERE v_out > 0")
    volumes = statistics.select("address", "total_volume_usd")
    sources["graph"] = graph_columns(flows, volumes)
    exchanges = statistics.filter(flag("is_exchange_like", window.window_days))["address"].to_list()
    exposed = bound | {"exchange_like": exchanges, "hub_degree": HUB_DEGREE}
    sources["exposure"] = fetch(client, statement("exposure"), exposed)
    paths = bound | _PATH_LIMITS
    patterns = find_patterns(
        fetch(client, statement("links"), paths), fetch(client, statement("relays"), paths)
    )
    wide = with_flags(join_columns(window, statistics, sources), window)
    wide = with_anomalies(wide, pattern_scores(patterns))
    return _with_communities(wide, flows).sort("address"), patterns


def _with_communities(wide: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """Return for each address whether its community lives on small flows, and its centre."""
    members = wide.select("address", "community_id")
    small = (
        flows.join(members, on="address")
        .group_by("community_id")
        .agg(community_small_share=(pl.col("v_out") < SMALL_FLOW_USD).mean())
    )
    volume = pl.col("total_volume_usd").cast(pl.Float64)
    place = pl.struct(-volume, "address").rank("ordinal").over("community_id")
    return wide.join(small, on="community_id", how="left").with_columns(
        is_community_centre=place == 1
    )
