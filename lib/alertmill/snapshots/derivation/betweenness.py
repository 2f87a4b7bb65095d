"""Betweenness over short paths, counted from all vertices or from a sample of them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alertmill.snapshots.derivation.graphs import igraph

if TYPE_CHECKING:
    from scipy.sparse import csr_array

CUTOFF = 4
"""Longest path, in directed hops."""
SAMPLED_ABOVE = 20_000
SAMPLE = 2_000
_SEED = 0
_SIDE_BY_SIDE = 16
"""Sources that are followed at once: what they reach should fit into the processor's cache."""


def betweenness(graph: igraph.Graph) -> NDArray[np.float64]:
    """Count the shortest paths of at most 4 hops through each vertex, over (N-1)(N-2).

    Above 20,000 vertices the paths from 2,000 of them are counted, drawn with a fixed seed, and
    taken for all.
    """
    n = int(graph.vcount())
    scale = 1 / max((n - 1) * (n - 2), 1)
    if n <= SAMPLED_ABOVE:
        return np.array(graph.betweenness(directed=True, cutoff=CUTOFF), dtype=np.float64) * scale
    sources = np.sort(np.random.default_rng(_SEED).choice(n, SAMPLE, replace=False))
    edges = np.array(graph.get_edgelist(), dtype=np.int64)
    return paths_through(edges, n, sources) * (scale * n / SAMPLE)


def paths_through(
    edges: NDArray[np.int64], n: int, sources: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Add up over all pairs of a source and a target the share of shortest paths through a vertex.

    What Brandes' algorithm does vertex by vertex, done level by level for many sources at once;
    igraph knows no cutoff for a subset of sources.

    Parameters
    ----------
    edges : array of shape (number of edges, 2)
        From and to; an edge occurs once.
    """
    from scipy.sparse import csr_array  # takes long to load, and few graphs are so large

    # Numbers of paths are exact up to 2^24; beyond, their ratios are, to seven digits.
    links = (np.ones(len(edges), dtype=np.float32), (edges[:, 0], edges[:, 1]))
    forward = csr_array(links, shape=(n, n))
    backward = csr_array(forward.T)
    total = np.zeros(n)
    for start in range(0, len(sources), _SIDE_BY_SIDE):
        total += _from(sources[start : start + _SIDE_BY_SIDE], forward, backward)
    return total


def _from(
    sources: NDArray[np.int64], forward: csr_array, backward: csr_array
) -> NDArray[np.float64]:
    """Go out from the sources, counting paths, and come back, sharing them out."""
    level = np.zeros((forward.shape[0], len(sources)), dtype=np.float32)
    level[sources, np.arange(len(sources))] = 1
    seen = level != 0
    levels = []  # number of shortest paths to each vertex that is 1, 2, … hops away
    for _ in range(CUTOFF):
        level = backward @ level
        level[seen] = 0
        seen |= level != 0
        levels.append(level)
    total = np.zeros(len(level))
    through = np.zeros_like(level)
    for far, near in pairwise(reversed(levels)):
        share = np.divide(1 + through, far, out=np.zeros_like(far), where=far > 0)
        through = near * (forward @ share)
        total += through.sum(axis=1, dtype=np.float64)
    return total
