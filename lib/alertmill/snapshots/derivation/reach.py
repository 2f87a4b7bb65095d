"""Who is within a few hops of whom, for all vertices of a snapshot's graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HUB_DEGREE = 500
"""Above this many counterparties an address is passed by, not looked through."""
HOPS = 4
_WEIGHED_HOPS = 3
_WORD = 64
_BLOCK = 32 * _WORD
"""Vertices whose surroundings are followed at once."""
_ONE_BY_ONE = 32
"""Up to this many neighbours of all vertices are joined side by side, further ones per vertex."""
_AT_ONCE = 16
"""Bits whose sum of weights is looked up at once."""


def reach(
    edges: NDArray[np.int64], weights: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the vertices within 1 to 4 hops of each, and sum the whole-numbered weights of 1 to 3.

    Which of a block of vertices a vertex is near to is a row of bits; a hop more is the union of
    its neighbours' rows. The cost grows with edges times vertices / 64.

    Parameters
    ----------
    edges : array of shape (number of edges, 2)
        Undirected, each pair once.
    weights : array of shape (n,)
        One a vertex.

    Returns
    -------
    counts : array of shape (4, n)
    totals : array of shape (3, n)
    """
    n = len(weights)
    both = np.concatenate([edges, edges[:, ::-1]])
    degree = np.bincount(both[:, 0], minlength=n)
    is_looked_through = degree[both[:, 1]] <= HUB_DEGREE
    # The busiest first: then those with more than j neighbours are always the first so many.
    n_through = np.bincount(both[is_looked_through, 0], minlength=n)
    order = np.argsort(-n_through, kind="stable")
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    both = place[both]
    neighbours = _Neighbours(both[is_looked_through], n)
    counts = np.zeros((HOPS, n), dtype=np.int64)
    totals = np.zeros((_WEIGHED_HOPS, n), dtype=np.int64)
    for start in range(0, n, _BLOCK):
        block = np.arange(start, min(start + _BLOCK, n))
        itself = _bits(np.column_stack([block, block]), start, n)
        is_near = (both[:, 1] >= start) & (both[:, 1] < start + _BLOCK)
        direct = _bits(both[is_near], start, n)
        reached, sums = direct, _sums_of_bits(weights[order[block]])
        for k in range(HOPS):
            if k:
                reached = neighbours.union(reached) | direct
            others = reached & ~itself
            counts[k] += np.bitwise_count(others).sum(axis=1, dtype=np.int64)
            if k < _WEIGHED_HOPS:
                totals[k] += _add_up(others, sums)
    return counts[:, place], totals[:, place]


def _bits(pairs: NDArray[np.int64], start: int, n: int) -> NDArray[np.uint64]:
    """Set for each pair (v, u) the bit u - start in the row of v; each pair occurs once."""
    rows = np.zeros((n, _BLOCK // _WORD), dtype=np.uint64)
    position = pairs[:, 1] - start
    bit = np.uint64(1) << (position % _WORD).astype(np.uint64)
    np.bitwise_or.at(rows, (pairs[:, 0], position // _WORD), bit)
    return rows


def _sums_of_bits(weights: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """For each 16 weights in turn, the sum of every choice among them."""
    tables = []
    for start in range(0, len(weights), _AT_ONCE):
        sums = np.zeros(1, dtype=np.int64)
        for weight in weights[start : start + _AT_ONCE]:
            sums = np.concatenate([sums, sums + weight])
        tables.append(sums)
    return tables


def _add_up(rows: NDArray[np.uint64], sums: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Add up for each row the weights of the bits that are set."""
    total = np.zeros(len(rows), dtype=np.int64)
    words = np.ascontiguousarray(rows.T).view(np.int64)
    for number, chosen in enumerate(sums):
        word, shift = divmod(number * _AT_ONCE, _WORD)
        total += chosen[(words[word] >> shift) & (2**_AT_ONCE - 1)]
    return total


class _Neighbours:
    """Neighbours of vertices that are numbered from the busiest to the least busy."""

    def __init__(self, edges: NDArray[np.int64], n: int) -> None:
        ordered = edges[np.lexsort((edges[:, 1], edges[:, 0]))]
        degree = np.bincount(ordered[:, 0], minlength=n)
        begin = np.cumsum(degree) - degree
        self._of_all = [ordered[begin[degree > j] + j, 1] for j in range(_ONE_BY_ONE)]
        self._further = [
            ordered[begin[v] + _ONE_BY_ONE : begin[v] + degree[v], 1]
            for v in np.flatnonzero(degree > _ONE_BY_ONE)
        ]

    def union(self, rows: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return each vertex the union of its neighbours' rows."""
        joined = np.zeros_like(rows)
        for neighbours in self._of_all:
            joined[: len(neighbours)] |= rows[neighbours]
        for vertex, neighbours in enumerate(self._further):
            joined[vertex] |= np.bitwise_or.reduce(rows[neighbours], axis=0)
        return joined
