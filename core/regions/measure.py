"""Step 5: pixel counts, band sums and adjacency of the clumps of one tile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from ..dtypes import LABEL, NODE
from ..errors import raise_if_cancelled

#: Quantised floating-point values stay within this, so that sums stay exact in int64.
QUANTISED_LIMIT = float(2**29)
#: Integer images are not clamped; any 32-bit integer is below this.
UNLIMITED = float(2**40)


@dataclass(frozen=True)
class Quantisation:
    """How values become the integers that are summed: ``rint((value - offset) * factor)``.

    Parameters
    ----------
    offset : ndarray of float64, shape (bands,)
        0 for integer images; it cancels in every difference of means.
    factor : ndarray of float64, shape (bands,)
        A power of two; 1 for integer images.
    limit : float
        Larger absolute values are clamped.
    """

    offset: np.ndarray
    factor: np.ndarray
    limit: float


def measure_clumps(
    image: np.ndarray,
    labels: np.ndarray,
    box: np.ndarray,
    count: int,
    quantisation: Quantisation,
    cancel: np.ndarray,
) -> tuple[np.ndarray, int]:
    """Count the pixels and sum the values of every label 1..count.

    Parameters
    ----------
    image : ndarray of float, shape (bands, rows, columns) of the window
    labels : ndarray of uint32, shape (rows, columns) of the tile
    box : ndarray of int64
        Row and column of the tile in the window first.

    Returns
    -------
    totals : ndarray of int64, shape (count, 1 + bands)
        Number of pixels, then the sums: side by side, because they are used together.
    clamped : int
        Number of values beyond the limit.
    """
    totals = np.zeros((count, 1 + image.shape[0]), np.int64)
    q = quantisation
    clamped = _sum(image, labels, box, q.offset, q.factor, q.limit, totals, cancel)
    raise_if_cancelled(cancel)
    return totals, clamped


def build_adjacency(
    labels: np.ndarray, counts: np.ndarray, eight: bool, min_size: int, cancel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """List the neighbours of every label that has fewer than `min_size` pixels.

    Returns
    -------
    starts : ndarray of int64, shape (n + 1,)
    adjacent : ndarray of int32
        Neighbours (label - 1), each once, of label ``i + 1`` at ``starts[i]:starts[i + 1]``.
    """
    n = counts.size
    small = np.zeros(n + 1, np.bool_)
    small[1:] = counts < min_size
    starts = np.zeros(n + 2, np.int64)
    # Memory that is never touched is free; one more place, see `_touching`.
    room = (4 if eight else 2) * labels.size + 1
    first, second = np.empty(room, LABEL), np.empty(room, LABEL)
    pairs = _list_pairs(labels, small, eight, first, second, starts, cancel)
    raise_if_cancelled(cancel)
    np.cumsum(starts, out=starts)
    adjacent = np.empty(starts[-1], NODE)
    _list_neighbours(first[:pairs], second[:pairs], small, starts, adjacent)
    # `starts` was shifted by one so that filling could advance it in place.
    starts = starts[:-1]
    kept = _drop_repeated(starts, adjacent, np.full(n, -1, NODE))
    return starts, adjacent[:kept].copy()


@njit(nogil=True, cache=True)
def label_singles(labels, pixels, targets, box, clumps) -> tuple[int, np.ndarray, int]:
    """Give joined singles of a tile the label of their target, in the order they joined.

    `pixels` and `targets` are flat indices of the window; `box` holds the tile's row and column
    in the window and the window's columns. A target outside the tile makes a new, provisional
    label after ``clumps``. Returns their number, their targets (window index) and how many
    singles joined in all.
    """
    rows, columns = labels.shape
    provisional = 0
    joined = 0
    outside = np.empty(16, np.int64)
    for i in range(pixels.size):
        r, c = pixels[i] // box[2] - box[0], pixels[i] % box[2] - box[1]
        if not (0 <= r < rows and 0 <= c < columns):
            continue
        joined += 1
        tr, tc = targets[i] // box[2] - box[0], targets[i] % box[2] - box[1]
        if 0 <= tr < rows and 0 <= tc < columns:
            labels[r, c] = labels[tr, tc]
            continue
        if provisional == outside.size:
            grown = np.empty(2 * provisional, np.int64)
            for k in range(provisional):
                grown[k] = outside[k]
            outside = grown
        outside[provisional] = targets[i]
        provisional += 1
        labels[r, c] = clumps + provisional
    return provisional, outside[:provisional].copy(), joined


@njit(nogil=True, cache=True)
def _sum(image, labels, box, offset, factor, limit, totals, cancel):
    bands = image.shape[0]
    rows, columns = labels.shape
    clamped = 0
    for r in range(rows):
        if cancel[0]:
            break
        for c in range(columns):
            if labels[r, c] != 0:
                totals[labels[r, c] - 1, 0] += 1
        for b in range(bands):
            shift, scale = offset[b], factor[b]
            for c in range(columns):
                if labels[r, c] == 0:
                    continue
                value = np.rint((np.float64(image[b, box[0] + r, box[1] + c]) - shift) * scale)
                if value > limit:
                    value = limit
                    clamped += 1
                elif value < -limit:
                    value = -limit
                    clamped += 1
                totals[labels[r, c] - 1, b + 1] += np.int64(value)
    return clamped


@njit(nogil=True, cache=True)
def _list_pairs(labels, small, eight, first, second, starts, cancel):
    """List pairs of different labels that touch, many of them repeatedly; return how many.

    The neighbours of each small label a are counted in ``starts[a + 1]``.
    """
    rows = labels.shape[0]
    n = 0
    for r in range(rows):
        if cancel[0]:
            break
        begin = n
        n = _side_by_side(labels[r], labels[max(r - 1, 0)], r > 0, first, second, n)
        if r + 1 < rows:
            n = _touching(labels[r], labels[r + 1], 0, first, second, n)
            if eight:
                n = _touching(labels[r], labels[r + 1], 1, first, second, n)
                n = _touching(labels[r + 1], labels[r], 1, first, second, n)
        for i in range(begin, n):
            starts[first[i] + 1] += small[first[i]]
            starts[second[i] + 1] += small[second[i]]
    return n


@njit(nogil=True, cache=True)
def _side_by_side(row, above, has_above, first, second, n):
    """Append the pairs of neighbours in a row; return how many pairs there are.

    Written without branches, because whether neighbours differ cannot be predicted. The same
    pair as in the row above, along a straight border, counts once.
    """
    for c in range(row.size - 1):
        a, b = row[c], row[c + 1]
        first[n], second[n] = a, b
        repeated = has_above & (a == above[c]) & (b == above[c + 1])
        n += (a != b) & (a != 0) & (b != 0) & ~repeated
    return n


@njit(nogil=True, cache=True)
def _touching(row, other, shift, first, second, n):
    """Append the pairs of pixels c of a row and c + `shift` of another; return how many there are.

    Every pair is written to the next place, and counts or not; the same twice in a row once.
    """
    a_before, b_before = np.uint32(0), np.uint32(0)
    for c in range(row.size - shift):
        a, b = row[c], other[c + shift]
        first[n], second[n] = a, b
        repeated = (a == a_before) & (b == b_before)
        n += (a != b) & (a != 0) & (b != 0) & ~repeated
        a_before, b_before = a, b
    return n


@njit(nogil=True, cache=True)
def _list_neighbours(first, second, small, starts, adjacent):
    """List the neighbours of small labels from ``starts[a]``, which moves on.

    Afterwards ``starts[a - 1] .. starts[a]`` is the range of label a.
    """
    for i in range(first.size):
        a, b = first[i], second[i]
        if small[a]:
            adjacent[starts[a]] = b - 1
            starts[a] += 1
        if small[b]:
            adjacent[starts[b]] = a - 1
            starts[b] += 1


@njit(nogil=True, cache=True)
def _drop_repeated(starts, adjacent, seen_by):
    """Keep every neighbour once, in place; return the new length."""
    kept = 0
    begin = starts[0]
    for i in range(starts.size - 1):
        end = starts[i + 1]
        starts[i] = kept
        for e in range(begin, end):
            neighbour = adjacent[e]
            adjacent[kept] = neighbour
            kept += seen_by[neighbour] != i
            seen_by[neighbour] = i
        begin = end
    starts[starts.size - 1] = kept
    return kept
