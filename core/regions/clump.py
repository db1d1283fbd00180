"""Step 3: connected components of equal cluster within one tile."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..dtypes import LABEL, PIXEL
from ..errors import raise_if_cancelled


def label_clumps(
    clusters: np.ndarray, joined: np.ndarray, connectivity: int, cancel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Label the clumps of a tile, 1..n in the raster order of their first pixels.

    Parameters
    ----------
    clusters : ndarray of uint16, shape (rows, columns)
        0 is null.
    joined : ndarray of uint8, shape (rows, columns)
        2 marks single pixels that belong to another clump; they are left 0.
    connectivity : int
        4 or 8.
    cancel : ndarray of uint8, shape (1,)

    Returns
    -------
    labels : ndarray of uint32, shape (rows, columns)
    first_pixels : ndarray of int64, shape (n,)
        Flat index in the tile of each clump's first pixel.
    """
    labels = np.zeros(clusters.shape, LABEL)
    # As many provisional labels as pixels in the worst case; memory that is never touched is free.
    parents = np.empty(clusters.size + 1, LABEL)
    used = _scan(clusters, joined, connectivity == 8, labels, parents, cancel)
    raise_if_cancelled(cancel)
    count = _flatten(parents[: used + 1])
    first_pixels = np.empty(count, PIXEL)
    _renumber(labels, parents, first_pixels, cancel)
    raise_if_cancelled(cancel)
    return labels, first_pixels


@njit(nogil=True, cache=True)
def _root(parents, label):
    while parents[label] != label:
        parents[label] = parents[parents[label]]
        label = parents[label]
    return label


@njit(nogil=True, cache=True)
def _union(parents, a, b):
    """Join two labels; the smaller stays the root, so roots are in raster order."""
    a, b = _root(parents, a), _root(parents, b)
    if a < b:
        parents[b] = a
        return a
    parents[a] = b
    return b


@njit(nogil=True, cache=True)
def _scan(clusters, joined, eight, labels, parents, cancel):
    """Give every pixel a provisional label and note which labels meet; return the last one."""
    rows, columns = clusters.shape
    last = np.uint32(0)
    for r in range(rows):
        if cancel[0]:
            break
        for c in range(columns):
            own = clusters[r, c]
            # A joined single has no equal neighbour: nothing that follows can reach it.
            if own == 0 or joined[r, c] == 2:
                continue
            label = np.uint32(0)
            if c > 0 and clusters[r, c - 1] == own:
                label = labels[r, c - 1]
            if r > 0:
                if clusters[r - 1, c] == own:
                    label = _meet(parents, label, labels[r - 1, c])
                elif eight:
                    if c > 0 and clusters[r - 1, c - 1] == own:
                        label = _meet(parents, label, labels[r - 1, c - 1])
                    if c + 1 < columns and clusters[r - 1, c + 1] == own:
                        label = _meet(parents, label, labels[r - 1, c + 1])
            if label == 0:
                last += np.uint32(1)
                label = last
                parents[label] = label
            labels[r, c] = label
    return last


@njit(nogil=True, cache=True)
def _meet(parents, label, other):
    if label == 0 or label == other:
        return other
    return _union(parents, label, other)


@njit(nogil=True, cache=True)
def _flatten(parents):
    """Turn parents into final numbers 1..n; return n."""
    count = np.uint32(0)
    for label in range(1, parents.size):
        if parents[label] == label:
            count += np.uint32(1)
            parents[label] = count
        else:
            parents[label] = parents[parents[label]]
    return count


@njit(nogil=True, cache=True)
def _renumber(labels, numbers, first_pixels, cancel):
    """Replace provisional labels; note each clump's first pixel."""
    rows, columns = labels.shape
    seen = np.uint32(0)
    for r in range(rows):
        if cancel[0]:
            break
        for c in range(columns):
            if labels[r, c] == 0:
                continue
            label = numbers[labels[r, c]]
            labels[r, c] = label
            if label > seen:
                seen = label
                first_pixels[label - 1] = r * columns + c
