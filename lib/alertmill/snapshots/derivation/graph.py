"""Columns that need the whole graph of a snapshot; vertices in address order, seeds fixed."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
from numpy.typing import NDArray

from alertmill.snapshots.derivation.betweenness import betweenness
from alertmill.snapshots.derivation.graphs import igraph
from alertmill.snapshots.derivation.reach import reach

_DAMPING = 0.85
_PAGERANK_ROUNDS = 100
_SEED = 0


def graph_columns(flows: pl.DataFrame, volumes: pl.DataFrame) -> pl.DataFrame:
    """Measure every address of a snapshot in its graph.

    Parameters
    ----------
    flows : DataFrame
        address, counterparty, v_out (USD from address to counterparty, above 0).
    volumes : DataFrame
        address, total_volume_usd; sorted by address, every address of ``flows``.

    Returns
    -------
    DataFrame
        One row per address: pagerank (USD-weighted, damping 0.85, times N), betweenness (directed
        hops, at most 4, divided by (N-1)(N-2); 2,000 seeded sources above 20,000 vertices),
        closeness (mean of 1 / distance to every other address, at most 4 hops, hubs not looked
        through), clustering_coefficient and kcore (undirected),
        community_id (Leiden, 0 is the largest), centrality_score (mean percentile of pagerank,
        betweenness and degree), khop<k>_count and khop<k>_volume_usd (undirected neighbours within
        k hops, hubs not looked through), community_size and community_density.
    """
    addresses = volumes["address"]
    positions = pl.DataFrame({"address": addresses, "v": np.arange(len(addresses))})
    ends = flows.join(positions, on="address").join(
        positions.rename({"address": "counterparty", "v": "u"}), on="counterparty"
    )
    ends = ends.sort("v", "u")
    edges = ends.select("v", "u").to_numpy()
    directed = igraph.Graph(n=len(addresses), edges=edges, directed=True)
    undirected = directed.as_undirected(mode="collapse")
    degree = pl.Series(undirected.degree())
    communities = _communities(directed, ends["v_out"].to_numpy())
    columns = {
        "address": addresses,
        "pagerank": pagerank(edges, ends["v_out"].to_numpy(), len(addresses)),
        "betweenness": betweenness(directed),
        "clustering_coefficient": undirected.transitivity_local_undirected(mode="zero"),
        "kcore": undirected.coreness(),
        "community_id": communities,
    }
    frame = pl.DataFrame(columns)
    shares = [_percentile(frame[name]) for name in ("pagerank", "betweenness")]
    score = (shares[0] + shares[1] + _percentile(degree)) / 3
    return (
        frame.with_columns(score.alias("centrality_score"), *_hops(undirected, volumes))
        .with_columns(community_size=pl.len().over("community_id"))
        .join(_densities(undirected, communities), on="community_id", how="left")
        .sort("address")
    )


def pagerank(edges: NDArray[np.int64], usd: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """USD-weighted PageRank times N: 1 is the average address.

    igraph's own needs ten times as long on amounts that differ by many orders of magnitude.
    """
    source, sink = edges[:, 0], edges[:, 1]
    paid = np.bincount(source, weights=usd, minlength=n)
    share = usd / paid[source]
    ends = paid == 0
    rank = np.ones(n)
    for _ in range(_PAGERANK_ROUNDS):
        received = np.bincount(sink, weights=rank[source] * share, minlength=n)
        # What reaches an address that pays nobody goes on to everybody.
        rank = 1 - _DAMPING + _DAMPING * (received + rank[ends].sum() / n)
    return rank


def _communities(directed: igraph.Graph, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leiden communities, numbered by falling size, then by their first address."""
    weighted = directed.copy()
    weighted.es["usd"] = weights.tolist()
    joined = weighted.as_undirected(mode="collapse", combine_edges={"usd": "sum"})
    igraph.set_random_number_generator(random.Random(_SEED))  # noqa: S311 - not for secrets
    found = joined.community_leiden(objective_function="modularity", weights="usd", n_iterations=2)
    membership = np.array(found.membership, dtype=np.int64)
    _, first, size = np.unique(membership, return_index=True, return_counts=True)
    number = np.empty(len(size), dtype=np.int64)
    number[np.lexsort((first, -size))] = np.arange(len(size))
    return number[membership]


def _densities(undirected: igraph.Graph, communities: NDArray[np.int64]) -> pl.DataFrame:
    """Share of the possible pairs within each community that exchanged money."""
    ends = communities[np.array(undirected.get_edgelist()).reshape(-1, 2)]
    inside = ends[ends[:, 0] == ends[:, 1], 0]
    size = np.bincount(communities)
    pairs = np.maximum(size * (size - 1) / 2, 1)
    return pl.DataFrame(
        {
            "community_id": np.arange(len(size)),
            "community_density": np.bincount(inside, minlength=len(size)) / pairs,
        }
    )


def _hops(undirected: igraph.Graph, volumes: pl.DataFrame) -> list[pl.Series]:
    """Count who is within reach, add up their volume exact to the cent, and measure closeness."""
    cents = (volumes["total_volume_usd"].cast(pl.Float64) * 100).round().cast(pl.Int64)
    edges = np.array(undirected.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    counts, totals = reach(edges, cents.to_numpy())
    closer = np.diff(counts, axis=0, prepend=0) / np.arange(1, len(counts) + 1)[:, None]
    return [
        *(pl.Series(f"khop{k}_count", counts[k - 1]) for k in (1, 2, 3)),
        *(pl.Series(f"khop{k}_volume_usd", totals[k - 1] / 100) for k in (1, 2, 3)),
        pl.Series("closeness", closer.sum(axis=0) / max(volumes.height - 1, 1)),
    ]


def _percentile(values: pl.Series) -> pl.Series:
    return values.rank("average") / len(values)
