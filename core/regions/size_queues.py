"""Which segments are due at which size during the elimination."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit

from ..dtypes import NODE


class SizeQueues:
    """The roots of small segments by their size; nothing scans all segments for every size.

    Parameters
    ----------
    totals : ndarray of int64, shape (n, 1 + bands)
        Sizes are in the first column; changed by the elimination while this is in use.
    parents : ndarray of int32, shape (n,)
        Likewise.
    limit : int
        Segments of this size or more are never due.
    """

    def __init__(self, totals: np.ndarray, parents: np.ndarray, limit: int) -> None:
        self._totals, self._parents, self._limit = totals, parents, limit
        largest = min(limit - 1, int(totals[:, 0].max(initial=0)))
        self._starts = np.zeros(largest + 2, np.int64)
        _count_sizes(totals, parents, self._starts)
        np.cumsum(self._starts, out=self._starts)
        self._nodes = np.empty(self._starts[-1], NODE)
        _sort_by_size(totals, parents, self._starts[:-1].copy(), self._nodes)
        self._grown: dict[int, list[np.ndarray]] = {}
        # Sizes that have a queue, smallest first; in ascending order a list is a heap.
        self._sizes = np.flatnonzero(np.diff(self._starts)).tolist()

    def next(self) -> tuple[int, np.ndarray] | None:
        """Return the smallest size that is due and the roots of that size, in order; or None."""
        while self._sizes:
            size = heapq.heappop(self._sizes)
            waiting = self._open(size)
            if waiting.size:
                return size, waiting
        return None

    def _open(self, size: int) -> np.ndarray:
        """Return the roots of exactly this size; those that have grown are in another queue."""
        first = self._nodes[:0]
        if size + 1 < self._starts.size:
            first = self._nodes[self._starts[size] : self._starts[size + 1]]
        waiting = _still_of_size(first, size, self._totals, self._parents)
        grown = self._grown.pop(size, None)
        if not grown:
            return waiting
        grown = _still_of_size(np.concatenate(grown), size, self._totals, self._parents)
        return np.unique(np.concatenate([waiting, grown]))

    def note_grown(self, targets: np.ndarray) -> None:
        """Queue segments that have absorbed others.

        Parameters
        ----------
        targets : ndarray of int32
            Their roots; -1 and repeated ones are allowed.
        """
        nodes, sizes = _list_small(targets, self._totals, self._limit)
        # Sorting integers of 16 bits takes time in proportion to their number.
        small = sizes.astype(np.uint16) if self._limit <= 2**16 else sizes
        order = np.argsort(small, kind="stable")
        nodes, sizes = nodes[order], sizes[order]
        begins = np.flatnonzero(np.diff(sizes, prepend=-1))
        for size, part in zip(sizes[begins].tolist(), np.split(nodes, begins[1:])):
            if size not in self._grown:
                self._grown[size] = []
                heapq.heappush(self._sizes, size)
            self._grown[size].append(part)


@njit(nogil=True, cache=True)
def _count_sizes(totals, parents, starts):
    """Count the roots of every size, shifted by one for a cumulated sum."""
    for node in range(parents.size):
        size = totals[node, 0]
        if parents[node] == node and 0 < size < starts.size - 1:
            starts[size + 1] += 1


@njit(nogil=True, cache=True)
def _sort_by_size(totals, parents, places, nodes):
    for node in range(parents.size):
        size = totals[node, 0]
        if parents[node] == node and 0 < size < places.size:
            nodes[places[size]] = node
            places[size] += 1


@njit(nogil=True, cache=True)
def _still_of_size(nodes, size, totals, parents):
    """Keep the roots of exactly this size; without branches, so that accesses overlap."""
    kept = np.empty(nodes.size, NODE)
    n = 0
    for i in range(nodes.size):
        node = nodes[i]
        kept[n] = node
        n += (parents[node] == node) & (totals[node, 0] == size)
    return kept[:n].copy()


@njit(nogil=True, cache=True)
def _list_small(targets, totals, limit):
    """Return the targets below the limit, and their sizes."""
    nodes, sizes = np.empty(targets.size, NODE), np.empty(targets.size, np.int64)
    n = 0
    for i in range(targets.size):
        target = targets[i]
        if target < 0:
            continue
        nodes[n], sizes[n] = target, totals[target, 0]
        n += sizes[n] < limit
    return nodes[:n].copy(), sizes[:n].copy()
