"""Graph columns equal igraph's own and numbers found by hand."""

from __future__ import annotations

import igraph
import numpy as np
import polars as pl
import pytest

from alertmill.snapshots.derivation.graph import graph_columns, pagerank


def columns_of(flows: list[tuple[str, str, float]]) -> pl.DataFrame:
    frame = pl.DataFrame(flows, schema=["address", "counterparty", "v_out"], orient="row")
    legs = pl.concat(
        [
            frame.select("address", "v_out"),
            frame.select(pl.col("counterparty").alias("address"), "v_out"),
        ]
    )
    volumes = legs.group_by("address").agg(total_volume_usd=pl.col("v_out").sum()).sort("address")
    return graph_columns(frame, volumes)


def test_pagerank_is_igraphs_times_the_number_of_addresses() -> None:
    rng = np.random.default_rng(7)
    n = 60
    ends = rng.integers(0, n // 2, (200, 2)) * [1, 2]
    edges = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    usd = rng.lognormal(3, 2, len(edges))

    found = pagerank(edges, usd, n)

    graph = igraph.Graph(n=n, edges=edges, directed=True)
    assert found / n == pytest.approx(graph.pagerank(weights=usd.tolist(), damping=0.85), abs=1e-6)


def test_betweenness_of_the_middle_of_a_path_is_the_share_of_pairs_it_joins() -> None:
    found = columns_of([("a", "b", 10.0), ("b", "c", 10.0)])

    assert [0.0, 1 / 2, 0.0] == found["betweenness"].to_list()


def test_closeness_is_the_mean_of_one_over_the_distance() -> None:
    found = columns_of([("a", "b", 10.0), ("b", "c", 10.0)])

    assert [0.75, 1.0, 0.75] == found["closeness"].to_list()


def test_communities_are_numbered_by_size_and_know_their_density() -> None:
    triangle = [("d", "e", 9.0), ("e", "f", 9.0), ("f", "d", 9.0)]
    pair = [("a", "b", 9.0)]

    found = columns_of([*pair, *triangle])

    assert [1, 1, 0, 0, 0] == found["community_id"].to_list()
    assert [2, 2, 3, 3, 3] == found["community_size"].to_list()
    assert [1.0] * 5 == found["community_density"].to_list()
    assert [0.0, 0.0, 1.0, 1.0, 1.0] == found["clustering_coefficient"].to_list()
    assert [1, 1, 2, 2, 2] == found["kcore"].to_list()


def test_nobody_is_reached_through_a_hub() -> None:
    spokes = [(f"s{number:03d}", "hub", 1.0) for number in range(501)]

    found = columns_of(spokes).filter(pl.col("address") != "hub")

    assert {1} == set(found["khop1_count"]) == set(found["khop3_count"])


def test_the_same_flows_in_another_order_give_the_same_columns() -> None:
    rng = np.random.default_rng(3)
    pairs = {(f"a{x}", f"a{y}") for x, y in rng.integers(0, 30, (120, 2)) if x != y}
    flows = [(*pair, float(rng.integers(1, 999))) for pair in sorted(pairs)]

    assert columns_of(flows).equals(columns_of(flows[::-1]))
