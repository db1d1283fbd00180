"""Which segments touch along pixel edges, and how they differ."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..grid import Window
from .gathered import together
from .spec import StatisticsSpec
from .table import Column, column_of

#: Two numbers of segments in one key.
_HALF = 32


def find_borders(
    labels: np.ndarray, window: Window, own: Window, nodata: float, ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the pixel edges between segments at the right and the bottom of a tile's pixels.

    Parameters
    ----------
    labels : ndarray of uint32 or float64
        Of `window`, which has one more row and column than the tile, inside the raster.
    window, own : Window
    nodata : float
    ids : ndarray of int64
        Of all segments, ascending.

    Returns
    -------
    keys : ndarray of int64
        Numbers of both segments, the smaller one in the upper half.
    edges : ndarray of int64, shape (n, 2)
        Edges along rows, and along columns.
    """
    place = np.array([own.row - window.row, own.column - window.column, own.rows, own.columns], np.int64)
    size = _list_borders(labels, place, nodata, np.empty((0, 4), np.int64))
    found = np.empty((size, 4), np.int64)
    _list_borders(labels, place, nodata, found)
    pairs = np.sort(np.searchsorted(ids, found[:, :2]), axis=1)
    return together((pairs[:, 0] << _HALF) | pairs[:, 1], found[:, 2:])


@njit(nogil=True, cache=True)
def _list_borders(labels, place, nodata, found):
    """List runs of edges between two segments, as far as there is room; return their number."""
    top, left, rows, columns = place
    n = 0
    for down in range(2):
        last_row = min(top + rows, labels.shape[0] - down)
        last_column = min(left + columns, labels.shape[1] - 1 + down)
        for r in range(top, last_row):
            fresh = True
            for c in range(left, last_column):
                a, b = labels[r, c], labels[r + down, c + 1 - down]
                if a == b or not _is_segment(a, nodata) or not _is_segment(b, nodata):
                    fresh = True
                    continue
                if fresh or a != labels[r, c - 1] or b != labels[r + down, c - down]:
                    n += 1
                    fresh = False
                    if n <= found.shape[0]:
                        found[n - 1, 0], found[n - 1, 1] = np.int64(a), np.int64(b)
                        found[n - 1, 2:] = 0
                if n <= found.shape[0]:
                    found[n - 1, 3 - down] += 1
    return n


@njit(nogil=True, cache=True)
def _is_segment(label, nodata):
    return label > 0 and np.float64(label) != nodata


def neighbour_columns(
    borders: tuple[np.ndarray, np.ndarray],
    means: np.ndarray,
    numbers: tuple[int, ...],
    prefix: str,
    lengths: tuple[np.ndarray, tuple[float, float]],
    spec: StatisticsSpec,
) -> list[Column]:
    """Return the neighbour columns that a spec asks for.

    neighbours
        Number of segments that share a pixel edge with it.
    b1_nbdiff
        Mean, over the neighbours, of the absolute difference between its mean and theirs.
    similar_border
        Share of its perimeter that it has in common with the most similar neighbour: the one at
        the smallest Euclidean distance between mean values in all bands of the first raster (the
        smaller id if equal).

    The last two are NULL without a neighbour that has a mean.

    Parameters
    ----------
    borders : tuple of ndarray
        From `find_borders`, for the whole raster.
    means : ndarray of float64, shape (bands, segments)
        Of the first raster; NaN for none.
    numbers : tuple of int
        Its bands.
    prefix : str
    lengths : tuple
        Perimeters, shape (segments,), and the length of an edge along a row and along a column.
    spec : StatisticsSpec
    """
    keys, edges = borders
    first, second = keys >> _HALF, keys & ((1 << _HALF) - 1)
    perimeters, sides = lengths
    n, bands = perimeters.size, len(numbers)
    common = edges[:, 0] * sides[0] + edges[:, 1] * sides[1]
    count = np.bincount(first, minlength=n) + np.bincount(second, minlength=n)
    differences, pairs = np.zeros((bands, n)), np.zeros((bands, n), np.int64)
    nearest, border = np.full(n, np.inf), np.full(n, np.nan)
    _compare(first, second, common, means, differences, pairs, nearest, border)
    columns = [column_of("neighbours", count.astype(np.int64))] if "count" in spec.neighbours else []
    if "difference" in spec.neighbours:
        with np.errstate(invalid="ignore"):
            differences /= pairs
        names = [f"{prefix}b{number}_nbdiff" for number in numbers]
        columns += [column_of(name, values) for name, values in zip(names, differences)]
    if "similar" in spec.neighbours and bands:
        columns.append(column_of("similar_border", border / perimeters))
    return columns


@njit(nogil=True, cache=True)
def _compare(first, second, common, means, differences, pairs, nearest, border):
    for i in range(first.size):
        a, b = first[i], second[i]
        square = 0.0
        for band in range(means.shape[0]):
            difference = means[band, a] - means[band, b]
            square += difference * difference
            if difference == difference:
                for s in (a, b):
                    differences[band, s] += abs(difference)
                    pairs[band, s] += 1
        # Pairs are in the order of the ids: the first of equals is the one with the smaller id.
        for s in (a, b):
            if square < nearest[s]:
                nearest[s] = square
                border[s] = common[i]
