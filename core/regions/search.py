"""Where each small segment should go: the part of the elimination that only reads totals.

On a large graph many accesses miss the cache. So the work goes over blocks of segments, in
rounds that only copy: the processor can wait for many such accesses at a time, which it cannot
when it has to compare each value before it knows how to go on. The arithmetic then runs over
arrays, band by band, so that it vectorises.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..dtypes import NODE
from .graph import find_root

#: Segments of a block; what belongs to them stays in the cache.
_BLOCK = 256
#: Square roots of numbers that differ by a larger factor are different as well.
_BEYOND_ROUNDING = 1.0 + 2.0**-48


@njit(nogil=True, cache=True)
def find_targets(
    waiting, targets, size, limit, unit, totals, first_pixels, starts, adjacent, parents, members
) -> None:
    """Write the root that each waiting segment should join, or -1.

    Parameters
    ----------
    waiting : ndarray of int32
        Roots of segments of `size` pixels.
    targets : ndarray of int32, same shape
        Written.
    size : int
    limit : float
        Largest distance.
    unit : ndarray of float64, shape (bands,)
    totals, first_pixels, starts, adjacent, parents, members : ndarray
        As in `RegionGraph`. `adjacent` and `parents` change, to shorter ways to the same roots.
    """
    places, owners = np.empty(64 * _BLOCK, np.int64), np.empty(64 * _BLOCK, NODE)
    for begin in range(0, waiting.size, _BLOCK):
        block = waiting[begin : begin + _BLOCK]
        count, places, owners = _list_places(block, starts, members, places, owners)
        roots, sizes = np.empty(count, NODE), np.empty(count)
        kept = _keep_larger(count, places, owners, size, adjacent, parents, totals, roots, sizes)
        squared = _square_distances(block, size, kept, owners, roots, sizes, unit, totals)
        _choose(squared, owners, roots, limit, first_pixels, targets[begin : begin + block.size])


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
def _keep_larger(count, places, owners, size, adjacent, parents, totals, roots, sizes):
    """Find the roots of the neighbours and their sizes, of those of more than `size` pixels.

    `owners` is cut down with them; returns how many there are.
    """
    for i in range(count):
        roots[i] = adjacent[places[i]]
    for i in range(count):
        roots[i] = parents[roots[i]]
    kept = 0
    for i in range(count):
        root = find_root(parents, roots[i])
        # Only this segment's search reads this place: remember the shorter way.
        adjacent[places[i]] = root
        pixels = totals[root, 0]
        roots[kept], sizes[kept], owners[kept] = root, pixels, owners[i]
        kept += pixels > size
    return kept


@njit(nogil=True, cache=True)
def _square_distances(block, size, count, owners, roots, sizes, unit, totals):
    """Return the squared distances between the owners' mean spectra and the roots'."""
    squared, means = np.zeros(count), np.empty(block.size)
    for b in range(unit.size):
        factor = unit[b]
        for i in range(block.size):
            means[i] = totals[block[i], b + 1] / size
        for e in range(count):
            d = (means[owners[e]] - totals[roots[e], b + 1] / sizes[e]) * factor
            squared[e] += d * d
    return squared


@njit(nogil=True, cache=True)
def _choose(squared, owners, roots, limit, first_pixels, targets):
    """Choose the nearest of each segment's neighbours; equal: the smaller id.

    Distances count, not their squares, which may differ where the distances are equal; but a
    clearly larger square needs no root.
    """
    least, best = np.full(targets.size, np.inf), np.full(targets.size, np.inf)
    for i in range(targets.size):
        targets[i] = -1
    for e in range(squared.size):
        i = owners[e]
        if squared[e] > least[i]:
            continue
        distance, other, target = np.sqrt(squared[e]), roots[e], targets[i]
        nearer = distance < best[i] or target < 0
        if nearer or (distance == best[i] and first_pixels[other] < first_pixels[target]):
            best[i], least[i], targets[i] = distance, squared[e] * _BEYOND_ROUNDING, other
    for i in range(targets.size):
        # Written so that a distance that is no number joins nothing.
        if not best[i] <= limit:
            targets[i] = -1
