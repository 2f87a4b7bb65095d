"""Graph columns equal igraph's own and numbers found by hand."""

from __future__ import annotations

import igraph
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from alertmill.snapshots.derivation.betweenness import SAMPLED_ABOVE, betweenness, paths_through
from alertmill.snapshots.derivation.graph import graph_columns, pagerank
from alertmill.snapshots.derivation.reach import HUB_DEGREE, reach


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


def test_paths_from_all_vertices_give_igraphs_betweenness() -> None:
    edges = random_edges(60, 200)

    found = paths_through(edges, 60, np.arange(60))

    graph = igraph.Graph(n=60, edges=edges, directed=True)
    assert found == pytest.approx(graph.betweenness(directed=True, cutoff=4), rel=1e-5)


def test_a_sample_of_a_large_graph_estimates_its_betweenness() -> None:
    n = SAMPLED_ABOVE + 1
    ends = np.arange(0, n - 2, 3)
    paths = np.concatenate([np.column_stack([ends + i, ends + i + 1]) for i in (0, 1)])

    found = betweenness(igraph.Graph(n=n, edges=paths, directed=True))

    assert 1 / ((n - 1) * (n - 2)) == pytest.approx(found[ends + 1].mean(), rel=0.1)
    assert 0 == found[ends].sum() == found[ends + 2].sum()


def test_reach_is_what_a_search_from_every_vertex_finds() -> None:
    edges = np.unique(np.sort(random_edges(90, 300), axis=1), axis=0)
    # 0 has too many neighbours to be looked through, and more than fit into one block
    spokes = np.column_stack([np.zeros(HUB_DEGREE + 2_000, int), 90 + np.arange(2_500)])
    edges, n = np.concatenate([edges, spokes]), 90 + 2_500
    weights = np.random.default_rng(5).integers(1, 10**12, n)

    counts, totals = reach(edges, weights)

    near = neighbours_of(edges, n)
    for vertex in range(120):
        within = [near[vertex]]
        for _ in range(3):
            through = (near[u] for u in within[-1] if len(near[u]) <= HUB_DEGREE)
            within.append(within[-1].union(*through))
        others = [vertices - {vertex} for vertices in within]
        assert [len(vertices) for vertices in others] == counts[:, vertex].tolist()
        expected = [weights[list(vertices)].sum() for vertices in others[:3]]
        assert expected == totals[:, vertex].tolist()


def random_edges(n: int, n_edges: int) -> NDArray[np.int64]:
    edges = np.unique(np.random.default_rng(n).integers(0, n, (n_edges, 2)), axis=0)
    return edges[edges[:, 0] != edges[:, 1]]


def neighbours_of(edges: NDArray[np.int64], n: int) -> list[set[int]]:
    near: list[set[int]] = [set() for _ in range(n)]
    for one, other in edges.tolist():
        near[one].add(other)
        near[other].add(one)
    return near
