"""Which segments are due at which size during the elimination."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numba import njit

from ..dtypes import NODE
from .graph import NEVER

#: Fewer nodes than this are not worth handing to another thread.
_CHUNK = 65536
#: Nodes are sorted by marking them when at least one in so many is to be listed.
_SPARSE = 1024


def on_threads(threads: Executor, function: Callable[[Any], Any], items: Iterable[Any]) -> list:
    """Call a function with every item on threads; a single item needs no other thread."""
    items = list(items)
    return [function(item) for item in items] if len(items) < 2 else list(threads.map(function, items))


class SizeQueues:
    """The roots of small segments by their size; nothing scans all segments for every size.

    Parameters
    ----------
    totals : ndarray of int64, shape (n, 1 + bands)
        Sizes are in the first column, 0 for what is no root; changed by the elimination while
        this is in use.
    wakes : ndarray of uint8, shape (n,)
        As in `RegionGraph`; what never wakes is never due.
    limit : int
        Segments of this size or more are never due.
    threads : Executor
    """

    def __init__(self, totals: np.ndarray, wakes: np.ndarray, limit: int, threads: Executor) -> None:
        self.limit = limit
        self._totals, self._threads = totals, threads
        largest = min(limit - 1, int(totals[:, 0].max(initial=0)))
        self._starts = np.zeros(largest + 2, np.int64)
        _count_sizes(totals, wakes, self._starts)
        np.cumsum(self._starts, out=self._starts)
        self._nodes = np.empty(self._starts[-1], NODE)
        _list_by_size(totals, wakes, self._starts[:-1].copy(), self._nodes)
        self._grown: dict[int, list[np.ndarray]] = {}
        # Sizes that have a queue, smallest first; in ascending order a list is a heap.
        self._sizes = np.flatnonzero(np.diff(self._starts)).tolist()

    def next(self) -> tuple[int, np.ndarray] | None:
        """Return the smallest size that is due and the roots of that size, in order; or None."""
        while self._sizes:
            size = heapq.heappop(self._sizes)
            while self._sizes and self._sizes[0] == size:
                # Listed at the beginning and again as grown: both are opened at once, or what is left
                # of this size after its last pass would have others.
                heapq.heappop(self._sizes)
            waiting = self._open(size)
            if waiting.size:
                return size, waiting
        return None

    def _open(self, size: int) -> np.ndarray:
        """Return the roots of exactly this size; those that have grown are in another queue."""
        nodes = np.concatenate([self._first(size), *self._grown.pop(size, [])])

        def run(begin: int) -> np.ndarray:
            return _still_of_size(nodes[begin : begin + _CHUNK], size, self._totals)

        parts = on_threads(self._threads, run, range(0, nodes.size, _CHUNK))
        return _sorted(np.concatenate(parts) if parts else nodes, len(self._totals))

    def _first(self, size: int) -> np.ndarray:
        """Return the roots that had this size at the beginning."""
        if size + 1 < self._starts.size:
            return self._nodes[self._starts[size] : self._starts[size + 1]]
        return self._nodes[:0]

    def note_grown(self, nodes: np.ndarray, sizes: np.ndarray) -> None:
        """Queue segments that have absorbed others.

        Parameters
        ----------
        nodes : ndarray of int32
            Their roots; repeated ones are allowed.
        sizes : ndarray of int64, same shape
            Below the limit, in ascending order.
        """
        begins = np.flatnonzero(np.diff(sizes, prepend=-1))
        for size, part in zip(sizes[begins].tolist(), np.split(nodes, begins[1:])):
            if size not in self._grown:
                self._grown[size] = []
                heapq.heappush(self._sizes, size)
            self._grown[size].append(part)


def sort_by_size(nodes: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort nodes by their sizes, for `SizeQueues.note_grown`."""
    # Sorting integers of 16 bits takes time in proportion to their number.
    small = sizes.astype(np.uint16) if sizes.max(initial=0) < 2**16 else sizes
    order = np.argsort(small, kind="stable")
    return nodes[order], sizes[order]


def _sorted(nodes: np.ndarray, count: int) -> np.ndarray:
    """Sort some of `count` nodes, dropping repeated ones: neighbours are together in memory."""
    if nodes.size < count // _SPARSE:
        return np.unique(nodes)
    return _list_marked(nodes, np.zeros(count // 8 + 1, np.uint8))


@njit(nogil=True, cache=True)
def _count_sizes(totals, wakes, starts):
    """Count the roots of every size, shifted by one for a cumulated sum."""
    for node in range(totals.shape[0]):
        size = totals[node, 0]
        if 0 < size < starts.size - 1 and wakes[node] != NEVER:
            starts[size + 1] += 1


@njit(nogil=True, cache=True)
def _list_by_size(totals, wakes, places, nodes):
    for node in range(totals.shape[0]):
        size = totals[node, 0]
        if 0 < size < places.size and wakes[node] != NEVER:
            nodes[places[size]] = node
            places[size] += 1


@njit(nogil=True, cache=True)
def _still_of_size(nodes, size, totals):
    """Keep the roots of exactly this size; without branches, so that accesses overlap."""
    kept = np.empty(nodes.size, NODE)
    n = 0
    for i in range(nodes.size):
        kept[n] = nodes[i]
        n += totals[nodes[i], 0] == size
    return kept[:n].copy()


@njit(nogil=True, cache=True)
def _list_marked(nodes, marks):
    """List nodes in order, each once; `marks` has a bit for every node, which is 0."""
    for i in range(nodes.size):
        marks[nodes[i] >> 3] |= np.uint8(1 << (nodes[i] & 7))
    # One more place than nodes: every bit is written before it is looked at.
    kept = np.empty(nodes.size + 1, NODE)
    n = 0
    for place in range(marks.size):
        if marks[place]:
            for bit in range(8):
                kept[n] = 8 * place + bit
                n += (marks[place] >> bit) & 1
    return kept[:n].copy()
