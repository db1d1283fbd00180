"""The region graph: nodes, the segments they belong to, and their neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from ..dtypes import LABEL, NODE

#: Passes of the elimination over the segments of one size.
MAX_PASSES = 10
#: Values of `RegionGraph.wakes`.
NEVER, TARGET_KNOWN = 255, 128


@dataclass(frozen=True)
class RegionGraph:
    """Nodes in arrays; a segment is the set of nodes that have the same root.

    Parameters
    ----------
    totals : ndarray of int64, shape (n, 1 + bands)
        At a root: pixels of the segment and sums of its quantised values; elsewhere 0 pixels
        and meaningless sums.
    first_pixels : ndarray of int64, shape (n,)
        At a root: the segment's id.
    starts : ndarray of int64, shape (n + 1,)
    adjacent : ndarray of int32
        Neighbour nodes of node ``i`` at ``starts[i]:starts[i + 1]``.
    parents : ndarray of int32, shape (n,)
        Union-find.
    members : ndarray of int32, shape (n,)
        Next node of the same segment; the last one leads back to the first (a ring).
    wakes : ndarray of uint8, shape (n,)
        When a segment takes part in the passes over its size: 0 from the first one, else from
        the pass of this number, or `NEVER`. `TARGET_KNOWN` plus a number: it joins the first of
        its neighbours in that pass. What is not 0 cannot grow. See `tile_elimination`.
    """

    totals: np.ndarray
    first_pixels: np.ndarray
    starts: np.ndarray
    adjacent: np.ndarray
    parents: np.ndarray
    members: np.ndarray
    wakes: np.ndarray

    @classmethod
    def from_arrays(cls, **arrays: np.ndarray) -> RegionGraph:
        """Make a graph in which every node is a segment."""
        n = len(arrays["totals"])
        return cls(**arrays, parents=np.arange(n, dtype=NODE), members=np.arange(n, dtype=NODE))


def join_nodes(graph: RegionGraph, pairs: np.ndarray) -> None:
    """Make one segment of the two nodes of every pair; its id is its first pixel.

    Parameters
    ----------
    graph : RegionGraph
        Changed in place.
    pairs : ndarray of int64, shape (m, 2)
    """
    _join(pairs, graph.totals, graph.first_pixels, graph.parents, graph.members)


def number_segments(graph: RegionGraph) -> tuple[np.ndarray, np.ndarray]:
    """Give the segments the numbers 1..n in the order of their ids.

    Returns
    -------
    labels : ndarray of uint32, shape (nodes,)
        Final label of every node.
    roots : ndarray of int64, shape (n,)
        Root node of each label.
    """
    roots = np.flatnonzero(graph.totals[:, 0])
    roots = roots[np.argsort(graph.first_pixels[roots], kind="stable")]
    labels = np.zeros(graph.parents.size, LABEL)
    labels[roots] = np.arange(1, roots.size + 1, dtype=LABEL)
    _spread_labels(graph.parents, labels)
    return labels, roots


@njit(nogil=True, cache=True, inline="always")
def find_root(parents, node) -> int:
    """Follow parents to the root, halving the path.

    Threads may do this at the same time: whatever they write is an ancestor.
    """
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@njit(nogil=True, cache=True)
def absorb(keeper, other, totals, parents, members) -> None:
    """Make the segment with root `other` part of the one with root `keeper`."""
    parents[other] = keeper
    for i in range(totals.shape[1]):
        totals[keeper, i] += totals[other, i]
    totals[other, 0] = 0
    # Swapping the successors of one node of each ring makes one ring of the two.
    members[keeper], members[other] = members[other], members[keeper]


@njit(nogil=True, cache=True)
def _join(pairs, totals, first_pixels, parents, members):
    for i in range(pairs.shape[0]):
        a, b = find_root(parents, pairs[i, 0]), find_root(parents, pairs[i, 1])
        if a == b:
            continue
        if b < a:
            a, b = b, a
        absorb(a, b, totals, parents, members)
        first_pixels[a] = min(first_pixels[a], first_pixels[b])


@njit(nogil=True, cache=True)
def _spread_labels(parents, labels):
    for i in range(parents.size):
        labels[i] = labels[find_root(parents, i)]
