"""Step 6: iterative elimination of small segments on the region graph."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np
from numba import njit

from ..dtypes import NODE
from .graph import RegionGraph, absorb, find_root
from .size_queues import SizeQueues

MAX_PASSES = 10
#: Fewer segments than this are not worth handing to another thread.
_CHUNK = 2048
#: Segments that one round of `_find_targets` copies for.
_BLOCK = 256


def eliminate_small_segments(
    graph: RegionGraph,
    min_segment_size: int,
    max_spectral_difference: float,
    unit: np.ndarray,
    threads: Executor,
    report: Callable[[float], None] = lambda done: None,
) -> int:
    """Join segments below the minimum size to their spectrally nearest larger neighbours.

    For every size from 1 pixel up, in at most ten passes: each segment of exactly that size
    looks for the adjacent larger segment with the nearest mean spectrum (equal: the smaller
    id), on the state at the start of the pass, and joins it if it is near enough.

    Parameters
    ----------
    graph : RegionGraph
        Changed in place.
    min_segment_size : int
        Pixels.
    max_spectral_difference : float
        Largest Euclidean distance between mean spectra, in the units of `unit`.
    unit : ndarray of float64, shape (bands,)
        Factor that turns differences of mean quantised values into distances.
    threads : Executor
        Runs the searches.
    report : callable
        Called with the share of sizes that are done; may raise to stop.

    Returns
    -------
    int
        Number of segments that were eliminated.
    """
    # No segment can outgrow the image.
    limit = int(min(min_segment_size, graph.totals[:, 0].sum() + 1))
    queues = SizeQueues(graph.totals, graph.parents, limit)
    eliminated = 0
    while due := queues.next():
        size, waiting = due
        for _ in range(MAX_PASSES):
            report((size - 1) / limit)
            targets = _search(graph, waiting, size, max_spectral_difference, unit, threads)
            merged, _ = _merge(waiting, targets, graph.totals, graph.parents, graph.members)
            eliminated += merged
            waiting = waiting[targets < 0]
            queues.note_grown(targets)
            if not merged or not waiting.size:
                break
    return eliminated


def _search(graph, waiting, size, limit, unit, threads):
    """Find the target of every waiting segment, on all threads."""
    targets = np.empty(waiting.size, NODE)

    def run(begin: int) -> None:
        _find_targets(
            waiting[begin : begin + step],
            targets[begin : begin + step],
            size,
            limit,
            unit,
            graph.totals,
            graph.first_pixels,
            graph.starts,
            graph.adjacent,
            graph.parents,
            graph.members,
        )

    step = max(_CHUNK, -(-waiting.size // 64))
    begins = range(0, waiting.size, step)
    if len(begins) == 1:
        run(0)
    else:
        list(threads.map(run, begins))
    return targets


@njit(nogil=True, cache=True)
def _find_targets(
    waiting, targets, size, limit, unit, totals, first_pixels, starts, adjacent, parents, members
):
    """Write the root that each waiting segment should join, or -1.

    On a large graph nearly every access misses the cache. So the work goes over blocks of
    segments in rounds that only copy: the processor can wait for many such accesses at a time,
    which it cannot when it has to compare each value before it knows how to go on.
    """
    places, owners = np.empty(64 * _BLOCK, np.int64), np.empty(64 * _BLOCK, NODE)
    for begin in range(0, waiting.size, _BLOCK):
        block = waiting[begin : begin + _BLOCK]
        count, places, owners = _list_places(block, starts, members, places, owners)
        roots = np.empty(count, NODE)
        for i in range(count):
            roots[i] = adjacent[places[i]]
        for i in range(count):
            roots[i] = parents[roots[i]]
        for i in range(count):
            roots[i] = find_root(parents, roots[i])
            # Only this segment's search reads this place: remember the shorter way.
            adjacent[places[i]] = roots[i]
        found = np.empty((count, totals.shape[1]), np.int64)
        for i in range(count):
            for k in range(totals.shape[1]):
                found[i, k] = totals[roots[i], k]
        _choose(block, owners, roots, found, size, limit, unit, totals, first_pixels, targets[begin:])


@njit(nogil=True, cache=True)
def _list_places(block, starts, members, places, owners):
    """List where in `adjacent` the neighbours of the segments are, and whose they are.

    Each round takes one member of every segment that has one left. Returns how many there are,
    and the lists, which may have grown.
    """
    count, left = 0, block.size
    active = np.arange(block.size).astype(NODE)
    member = block.copy()
    begins, ends = np.empty(block.size, np.int64), np.empty(block.size, np.int64)
    while left:
        wanted = count
        for a in range(left):
            begins[a], ends[a] = starts[member[a]], starts[member[a] + 1]
            member[a] = members[member[a]]
            wanted += ends[a] - begins[a]
        if wanted > places.size:
            places, owners = _longer(places, count, wanted), _longer(owners, count, wanted)
        kept = 0
        for a in range(left):
            for e in range(begins[a], ends[a]):
                places[count], owners[count] = e, active[a]
                count += 1
            # The ring of members ends where it began.
            if member[a] != block[active[a]]:
                active[kept], member[kept] = active[a], member[a]
                kept += 1
        left = kept
    return count, places, owners


@njit(nogil=True, cache=True)
def _longer(values, count, wanted):
    longer = np.empty(2 * wanted, values.dtype)
    # A loop: numba takes seconds to compile the messages of an assignment of slices.
    for i in range(count):
        longer[i] = values[i]
    return longer


@njit(nogil=True, cache=True)
def _choose(block, owners, roots, found, size, limit, unit, totals, first_pixels, targets):
    """Choose the nearest of each segment's larger neighbours; equal: the smaller id."""
    bands = unit.size
    means, best = np.empty((block.size, bands)), np.empty(block.size)
    for i in range(block.size):
        best[i], targets[i] = np.inf, -1
        for b in range(bands):
            means[i, b] = totals[block[i], b + 1] / size
    for e in range(roots.size):
        i, other, count = owners[e], roots[e], found[e, 0]
        if count <= size or other == targets[i]:
            continue
        squared = 0.0
        for b in range(bands):
            d = (means[i, b] - found[e, b + 1] / count) * unit[b]
            squared += d * d
        distance = np.sqrt(squared)
        nearer = distance < best[i] or targets[i] < 0
        if nearer or (distance == best[i] and first_pixels[other] < first_pixels[targets[i]]):
            best[i], targets[i] = distance, other
    for i in range(block.size):
        # Written so that a distance that is no number joins nothing.
        if not best[i] <= limit:
            targets[i] = -1


@njit(nogil=True, cache=True)
def _merge(waiting, targets, totals, parents, members):
    """Apply a pass; a target is larger than every segment that waits, so never one of them.

    Reading a block of segments ahead lets the processor wait for many of them at a time.
    """
    merged, read = 0, 0
    for begin in range(0, waiting.size, _BLOCK):
        end = min(begin + _BLOCK, waiting.size)
        for i in range(begin, end):
            target, segment = max(targets[i], 0), waiting[i]
            read += totals[target, 0] + members[target] + totals[segment, 0] + members[segment]
        for i in range(begin, end):
            if targets[i] >= 0:
                absorb(targets[i], waiting[i], totals, parents, members)
                merged += 1
    return merged, read
