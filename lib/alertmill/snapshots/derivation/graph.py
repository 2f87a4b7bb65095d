"""Columns that need the whole graph of a snapshot; vertices in address order, seeds fixed."""

from __future__ import annotations

import random

import igraph
import numpy as np
import polars as pl
from numpy.typing import NDArray

HUB_DEGREE = 500
"""Above this many counterparties an address is passed by, not looked through."""

_DAMPING = 0.85
_PAGERANK_ROUNDS = 100
_CUTOFF = 4
_HOPS = 3
_SAMPLED_ABOVE = 20_000
_SAMPLE = 2_000
_SEED = 0
_BLOCK = 512


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
    degree = np.array(undirected.degree())
    communities = _communities(directed, ends["v_out"].to_numpy())
    columns = {
        "address": addresses,
        "pagerank": pagerank(edges, ends["v_out"].to_numpy(), len(addresses)),
        "betweenness": _betweenness(directed),
        "clustering_coefficient": undirected.transitivity_local_undirected(mode="zero"),
        "kcore": undirected.coreness(),
        "community_id": communities,
    }
    frame = pl.DataFrame(columns)
    shares = [_percentile(frame[name]) for name in ("pagerank", "betweenness")]
    score = (shares[0] + shares[1] + _percentile(pl.Series(degree))) / 3
    return (
        frame.with_columns(score.alias("centrality_score"), *_hops(undirected, degree, volumes))
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


def _betweenness(graph: igraph.Graph) -> NDArray[np.float64]:
    n = int(graph.vcount())
    scale = 1 / max((n - 1) * (n - 2), 1)
    if n <= _SAMPLED_ABOVE:
        sources = None
    else:
        sources = np.sort(np.random.default_rng(_SEED).choice(n, _SAMPLE, replace=False))
        scale *= n / _SAMPLE
    measured = graph.betweenness(directed=True, cutoff=_CUTOFF, sources=sources)
    return np.array(measured, dtype=np.float64) * scale


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


def _hops(
    undirected: igraph.Graph, degree: NDArray[np.int64], volumes: pl.DataFrame
) -> list[pl.Series]:
    """Count who is within reach, add up their volume exact to the cent, and measure closeness."""
    usd = volumes["total_volume_usd"].cast(pl.Float64)
    counts, cents = _reach(undirected, degree, (usd * 100).round().cast(pl.Int64).to_numpy())
    closer = np.diff(counts, axis=0, prepend=0) / np.arange(1, _CUTOFF + 1)[:, None]
    return [
        *(pl.Series(f"khop{k + 1}_count", counts[k]) for k in range(_HOPS)),
        *(pl.Series(f"khop{k + 1}_volume_usd", cents[k] / 100) for k in range(_HOPS)),
        pl.Series("closeness", closer.sum(axis=0) / max(len(degree) - 1, 1)),
    ]


def _reach(
    undirected: igraph.Graph, degree: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the vertices within 1 to 4 hops of each, and sum the whole-numbered weights of 1 to 3.

    Which vertices an address reaches is a row of bits; a hop more is the union of its neighbours'
    rows, so the cost grows with edges times vertices / 8 and no vertex is looked at by itself.
    """
    n = undirected.vcount()
    edges = np.array(undirected.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    through = both[degree[both[:, 1]] <= HUB_DEGREE]
    counts = np.zeros((_CUTOFF, n), dtype=np.int64)
    totals = np.zeros((_HOPS, n), dtype=np.int64)
    for start in range(0, n, _BLOCK):
        block = np.arange(start, min(start + _BLOCK, n))
        own = np.zeros((n, len(block)), dtype=bool)
        own[block, block - start] = True
        itself = np.packbits(own, axis=1)
        direct = _spread(itself, both)
        reached = direct
        for k in range(_CUTOFF):
            if k:
                reached = direct | _spread(reached, through)
            others = reached & ~itself
            counts[k] += np.bitwise_count(others).sum(axis=1, dtype=np.int64)
            if k < _HOPS:
                bits = np.unpackbits(others, axis=1, count=len(block))
                totals[k] += bits.astype(np.int64) @ weights[block]
    return counts, totals


def _spread(rows: NDArray[np.uint8], edges: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Union of the rows of each vertex's neighbours; ``edges`` are sorted by their first end."""
    result = np.zeros_like(rows)
    if not len(edges):
        return result
    ends, starts = np.unique(edges[:, 0], return_index=True)
    result[ends] = np.bitwise_or.reduceat(rows[edges[:, 1]], starts, axis=0)
    return result


def _percentile(values: pl.Series) -> pl.Series:
    return values.rank("average") / len(values)
