"""Step 6: iterative elimination of small segments on the region graph."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

import numpy as np
from numba import njit

from ..dtypes import NODE
from .graph import MAX_PASSES, TARGET_KNOWN, RegionGraph, absorb, find_root
from .search import find_targets
from .size_queues import SizeQueues, on_threads, sort_by_size

#: Fewer segments than this are not worth handing to another thread.
_CHUNK = 2048
#: Parts of the graph that segments are merged in at the same time.
_PARTS = 8
#: Segments that are read ahead of merging them.
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
        Runs the searches and the merges.
    report : callable
        Called with the share of sizes that are done; may raise to stop.

    Returns
    -------
    int
        Number of segments that were eliminated.
    """
    # No segment can outgrow the image.
    limit = int(min(min_segment_size, graph.totals[:, 0].sum() + 1))
    queues = SizeQueues(graph.totals, graph.wakes, limit, threads)
    eliminated = 0
    while due := queues.next():
        size, waiting = due
        asleep = waiting[:0]
        for number in range(1, MAX_PASSES + 1):
            report((size - 1) / limit)
            waiting, asleep = _wake(graph, waiting, asleep, number)
            targets = _search(graph, waiting, size, max_spectral_difference, unit, threads)
            _take_known_targets(graph, waiting, targets, number)
            merged = _merge(graph, waiting, targets, queues, threads)
            eliminated += merged
            waiting = waiting[targets < 0]
            if not (merged and waiting.size or asleep.size):
                break
    return eliminated


def _wake(
    graph: RegionGraph, waiting: np.ndarray, asleep: np.ndarray, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the segments that take part in a pass, and those that do so in a later one."""
    candidates = waiting if number == 1 else asleep
    # What is left of `TARGET_KNOWN` plus a number is the number.
    later = graph.wakes[candidates] % TARGET_KNOWN > number
    if number == 1:
        return waiting[~later], waiting[later]
    return np.concatenate([waiting, asleep[~later]]), asleep[later]


def _take_known_targets(graph: RegionGraph, waiting: np.ndarray, targets: np.ndarray, number: int) -> None:
    """Replace the targets of the segments that became open with theirs; see `tile_elimination`."""
    known = np.flatnonzero(graph.wakes[waiting] == TARGET_KNOWN + number)
    _read_targets(known, waiting, targets, graph.totals, graph.starts, graph.adjacent, graph.parents)


def _search(graph, waiting, size, limit, unit, threads):
    """Find the target of every waiting segment, on all threads."""
    targets = np.empty(waiting.size, NODE)

    def run(begin: int) -> None:
        find_targets(
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
    on_threads(threads, run, range(0, waiting.size, step))
    return targets


def _merge(graph, waiting, targets, queues, threads):
    """Apply a pass, on all threads; return how many segments were merged.

    A target is larger than every segment that waits, so never one of them: the order changes
    nothing, and each thread may have the targets in one part of the graph.
    """

    def run(part: int) -> tuple[int, tuple[np.ndarray, np.ndarray]]:
        merged, nodes, sizes, _ = _merge_part(
            cuts[part],
            cuts[part + 1],
            waiting,
            targets,
            queues.limit,
            graph.totals,
            graph.parents,
            graph.members,
        )
        return merged, sort_by_size(nodes, sizes)

    parts = _PARTS if waiting.size >= _CHUNK * _PARTS else 1
    cuts = np.linspace(0, graph.parents.size, parts + 1).astype(np.int64)
    merged = 0
    for count, grown in on_threads(threads, run, range(parts)):
        merged += count
        queues.note_grown(*grown)
    return merged


@njit(nogil=True, cache=True)
def _read_targets(known, waiting, targets, totals, starts, adjacent, parents):
    for i in known:
        target = find_root(parents, adjacent[starts[waiting[i]]])
        # A target is always larger; one that is not comes from damaged data, and could close a circle.
        targets[i] = target if totals[target, 0] > totals[waiting[i], 0] else -1


@njit(nogil=True, cache=True)
def _merge_part(begin, end, waiting, targets, limit, totals, parents, members):
    """Merge into the targets from node `begin` to before `end`.

    Returns how many segments were merged, and the targets that are still below the limit with
    their sizes; a target that goes on growing is listed again.

    Reading a block of segments ahead lets the processor wait for many of them at a time. What
    was read is summed and returned, or the compiler would leave it out.
    """
    grown, sizes = np.empty(waiting.size, NODE), np.empty(waiting.size, np.int64)
    chosen = np.empty(_BLOCK, np.int64)
    merged, count, read, i = 0, 0, 0, 0
    while i < waiting.size:
        left = 0
        while i < waiting.size and left < _BLOCK:
            chosen[left] = i
            left += begin <= targets[i] < end
            i += 1
        for k in range(left):
            target, segment = targets[chosen[k]], waiting[chosen[k]]
            read += totals[target, 0] + members[target] + totals[segment, 0] + members[segment]
        for k in range(left):
            target = targets[chosen[k]]
            absorb(target, waiting[chosen[k]], totals, parents, members)
            grown[count], sizes[count] = target, totals[target, 0]
            count += totals[target, 0] < limit
        merged += left
    return merged, grown[:count].copy(), sizes[:count].copy(), read
