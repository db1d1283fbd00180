"""The passes of the elimination in one tile: the kernels of `tile_elimination`, which says what they do."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from ..dtypes import NODE
from .graph import MAX_PASSES, NEVER, TARGET_KNOWN, absorb, find_root

#: In `Marks.opened`: not open. Segments at the border are open from the beginning, which is 0.
KNOWN = -1
#: What a segment chooses when no other is near enough, and when the tile cannot know.
NOBODY, UNDECIDED = -1, -2


class Nodes(NamedTuple):
    """A tile's graph while segments are merged; the fields are those of `RegionGraph`."""

    totals: np.ndarray
    first_pixels: np.ndarray
    starts: np.ndarray
    adjacent: np.ndarray
    parents: np.ndarray
    members: np.ndarray


class Marks(NamedTuple):
    """What is known of every segment besides, and the queues of small ones.

    Parameters
    ----------
    opened : ndarray of int32, shape (n,)
        The pass, counted over all sizes, in which a segment became open; or `KNOWN`. It counts as
        open from the next pass on: in this one its state was known when all chose.
    wakes : ndarray of uint8, shape (n,)
        As in `RegionGraph`.
    targets : ndarray of int32, shape (n,)
        The segment that one with a known target joins.
    heads : ndarray of int32, shape (limit,)
        First segment of the queue of each size; -1 is none. A segment whose target is known waits
        in the queue of its target's size. None is in more than one queue.
    after, before : ndarray of int32, shape (n,)
        The next and the previous segment in its queue.
    """

    opened: np.ndarray
    wakes: np.ndarray
    targets: np.ndarray
    heads: np.ndarray
    after: np.ndarray
    before: np.ndarray


def new_marks(count: int, at_border: np.ndarray, limit: int) -> Marks:
    """Return the marks of `count` nodes, of which those `at_border` are open."""
    opened = np.full(count, KNOWN, np.int32)
    opened[at_border] = 0
    nowhere = np.full(count, -1, NODE)
    return Marks(
        opened=opened,
        wakes=np.zeros(count, np.uint8),
        targets=nowhere,
        heads=np.full(limit, -1, NODE),
        after=nowhere.copy(),
        before=nowhere.copy(),
    )


@njit(nogil=True, cache=True)
def eliminate_known(nodes, marks, max_difference, unit, cancel) -> int:
    """Follow all passes for every size below the limit; return how many segments were eliminated.

    Parameters
    ----------
    nodes : Nodes
        Changed in place.
    marks : Marks
        Of `new_marks`; changed in place.
    max_difference : float
        Largest distance between mean spectra, in the units of `unit`.
    unit : ndarray of float64, shape (bands,)
        Factor that turns differences of mean quantised values into distances.
    cancel : ndarray of uint8, shape (1,)
    """
    count, limit = nodes.totals.shape[0], marks.heads.size
    waiting, chosen = np.empty(count, NODE), np.empty(count, NODE)
    for node in range(count - 1, -1, -1):
        if nodes.totals[node, 0] < limit:
            _enqueue(nodes.totals[node, 0], node, marks.heads, marks.after, marks.before)
    eliminated, turn = 0, 0
    for size in range(1, limit):
        if cancel[0]:
            break
        left = _take_queue(size, waiting, marks.heads, marks.after)
        number = 1
        while left and number <= MAX_PASSES:
            turn += 1
            _choose(nodes, marks.opened, waiting, left, size, turn, max_difference, unit, chosen)
            decided = _open_undecided(nodes, marks, waiting, chosen, left, size, number, turn)
            undecided = left - decided
            left, merged = _join_chosen(nodes, marks, waiting, chosen, decided, number, turn)
            eliminated += merged
            number += 1
            if left == decided and not undecided:
                break
        for i in range(left):
            # Their passes are over.
            if marks.opened[waiting[i]] != KNOWN:
                marks.wakes[waiting[i]] = NEVER
    return eliminated


@njit(nogil=True, cache=True)
def _choose(nodes, opened, waiting, count, size, turn, max_difference, unit, chosen):
    """Write the larger neighbour with the nearest mean spectrum; equal: the smaller id.

    That is `NOBODY` when none is near enough, and `UNDECIDED` when the segment or a neighbour of
    it was open before this pass.
    """
    # The fields of a tuple cost something each time that they are looked at, hence these names.
    totals, first_pixels, parents, members = nodes.totals, nodes.first_pixels, nodes.parents, nodes.members
    starts, adjacent = nodes.starts, nodes.adjacent
    means = np.empty(unit.size)
    for i in range(count):
        member = waiting[i]
        for b in range(unit.size):
            means[b] = totals[member, b + 1] / size
        best, target = np.inf, NOBODY
        if KNOWN < opened[member] < turn:
            target = UNDECIDED
        while target != UNDECIDED:
            for e in range(starts[member], starts[member + 1]):
                root = find_root(parents, adjacent[e])
                if KNOWN < opened[root] < turn:
                    target = UNDECIDED
                    break
                pixels = totals[root, 0]
                if pixels <= size:
                    continue
                squared = 0.0
                for b in range(unit.size):
                    d = (means[b] - totals[root, b + 1] / pixels) * unit[b]
                    squared += d * d
                distance = np.sqrt(squared)
                nearer = distance < best or target < 0
                if nearer or (distance == best and first_pixels[root] < first_pixels[target]):
                    best, target = distance, root
            member = members[member]
            if member == waiting[i]:
                break
        # Written so that a distance that is no number joins nothing.
        chosen[i] = target if target == UNDECIDED or best <= max_difference else NOBODY


@njit(nogil=True, cache=True)
def _open_undecided(nodes, marks, waiting, chosen, count, size, number, turn) -> int:
    """Open the segments that cannot choose in this pass, and what they may join.

    Returns how many can choose, which are kept in `waiting` and `chosen`.
    """
    totals, parents, members = nodes.totals, nodes.parents, nodes.members
    starts, adjacent = nodes.starts, nodes.adjacent
    opened, wakes = marks.opened, marks.wakes
    left = 0
    for i in range(count):
        node = waiting[i]
        if chosen[i] != UNDECIDED:
            waiting[left], chosen[left] = node, chosen[i]
            left += 1
            continue
        if opened[node] == KNOWN:
            opened[node] = turn
        # Those at the border may have another size; others may come here with their target.
        if number > 1 and opened[node] > 0 and wakes[node] == 0:
            wakes[node] = number
        member = node
        while True:
            for e in range(starts[member], starts[member + 1]):
                root = find_root(parents, adjacent[e])
                # Smaller ones than those whose turn it is never change again.
                if opened[root] == KNOWN and totals[root, 0] >= size:
                    opened[root] = turn
            member = members[member]
            if member == node:
                break
    return left


@njit(nogil=True, cache=True)
def _join_chosen(nodes, marks, waiting, chosen, count, number, turn) -> tuple[int, int]:
    """Let every segment join the one that it chose, or note that it will when either is open.

    A merge that is noted is left to the region graph of the raster: both are open from now on.
    The segment is queued under its target's size, so that when it may be the turn of what they
    become, the neighbours of both are opened.

    Returns how many have not chosen any, which are kept in `waiting`, and how many were merged.
    """
    totals, parents, members = nodes.totals, nodes.parents, nodes.members
    opened, heads, after, before = marks.opened, marks.heads, marks.after, marks.before
    left, merged = 0, 0
    for i in range(count):
        node, target = waiting[i], chosen[i]
        if target == NOBODY:
            waiting[left] = node
            left += 1
            continue
        queued = totals[target, 0]
        if opened[node] == KNOWN and opened[target] == KNOWN:
            if queued < heads.size:
                _drop(queued, target, heads, after, before)
            absorb(target, node, totals, parents, members)
            merged += 1
            queued, node = totals[target, 0], target
        else:
            for either in (node, target):
                if opened[either] == KNOWN:
                    opened[either] = turn
            marks.wakes[node], marks.targets[node] = TARGET_KNOWN + number, target
        if queued < heads.size:
            _enqueue(queued, node, heads, after, before)
    return left, merged


@njit(nogil=True, cache=True)
def _enqueue(size, node, heads, after, before):
    head = heads[size]
    after[node], before[node] = head, -1
    if head >= 0:
        before[head] = node
    heads[size] = node


@njit(nogil=True, cache=True)
def _drop(size, node, heads, after, before):
    """Take a segment out of the queue of its size."""
    previous, following = before[node], after[node]
    if previous >= 0:
        after[previous] = following
    else:
        heads[size] = following
    if following >= 0:
        before[following] = previous


@njit(nogil=True, cache=True)
def _take_queue(size, waiting, heads, after) -> int:
    """List the segments of a size and empty its queue; return how many there are."""
    count, node = 0, heads[size]
    while node >= 0:
        waiting[count] = node
        count += 1
        node = after[node]
    heads[size] = -1
    return count
