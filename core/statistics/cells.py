"""Cells: fixed squares of the raster, the unit in which values are added up.

Sums of floating-point numbers depend on the order of adding. Here they are added pixel by pixel
in raster order within a cell, and cell by cell in raster order of the cells; both are the same
for every tile size and number of workers, so the results are too, bit for bit. What one segment
has in one cell is a *part*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from ..grid import Window

#: Pixels along the side of a cell; tiles are made of whole cells.
CELL = 256
#: Larger ids cannot be told apart in floating-point rasters.
MAX_ID = 2**53
#: Slots of the hash table: twice the pixels of a cell, so that it never fills up.
_SLOTS = 2 * CELL * CELL
#: What a kernel answers when a label is not an integer, or too large.
NOT_INTEGER = -1


@dataclass(frozen=True)
class Parts:
    """The parts of one tile.

    Parameters
    ----------
    image : ndarray of int32, shape (rows, columns)
        Part of every pixel of the tile, -1 outside the segments.
    ids : ndarray of int64, shape (parts,)
        Segment of every part.
    starts : ndarray of int64
        First part of every row of cells, and their number at the end.
    origins : ndarray of int64, shape (parts, 2)
        Row and column in the raster of the upper left pixel of the part's cell.
    pixels : ndarray of int64, shape (parts,)
        How many pixels each has.
    """

    image: np.ndarray
    ids: np.ndarray
    starts: np.ndarray
    origins: np.ndarray
    pixels: np.ndarray


def find_parts(labels: np.ndarray, window: Window, own: Window, nodata: float) -> Parts | None:
    """Find the parts of a tile and number them, cell by cell in raster order.

    Parameters
    ----------
    labels : ndarray of uint32 or float64, shape of `window`
        C-contiguous; 0, negative values, `nodata` and NaN are outside the segments.
    window, own : Window
        What was read, and the tile in it.
    nodata : float
        NaN for none.

    Returns
    -------
    Parts, or None if a label is not an integer, or too large.
    """
    image = np.empty((own.rows, own.columns), np.int32)
    ids = np.empty(own.pixels, np.int64)
    origins = np.empty((own.pixels, 2), np.int64)
    starts = np.zeros(-(-own.rows // CELL) + 1, np.int64)
    slots = np.full(_SLOTS, -1, np.int32)
    offset = np.array([own.row - window.row, own.column - window.column], np.int64)
    count = 0
    for index, row in enumerate(range(0, own.rows, CELL)):
        for column in range(0, own.columns, CELL):
            first = count
            cell = np.array([row, column, *offset], np.int64)
            count = _number_cell(labels, cell, nodata, image, ids, slots, count)
            if count == NOT_INTEGER:
                return None
            origins[first:count] = own.row + row, own.column + column
        starts[index + 1] = count
    pixels = np.zeros(count, np.int64)
    _count_pixels(image, pixels)
    return Parts(image, ids[:count].copy(), starts, origins[:count].copy(), pixels)


@njit(nogil=True, cache=True)
def _number_cell(labels, cell, nodata, image, ids, slots, first):
    """Give the segments of one cell numbers from `first` on; return the next free number."""
    top, left, down, right = cell
    count = first
    for r in range(top, min(top + CELL, image.shape[0])):
        previous = labels.dtype.type(0)
        part = np.int32(-1)
        for c in range(left, min(left + CELL, image.shape[1])):
            label = labels[r + down, c + right]
            if label != previous:
                previous = label
                if r > top and labels[r + down - 1, c + right] == label:
                    part = image[r - 1, c]
                else:
                    part = _look_up(label, nodata, ids, slots, first, count)
                    if part == count:
                        count += 1
                    elif part < -1:
                        return NOT_INTEGER
            image[r, c] = part
    return count


@njit(nogil=True, cache=True)
def _look_up(label, nodata, ids, slots, first, count):
    """Return the part of a label in the current cell, which is `count` when it is new.

    The table is never cleared: an entry below `first` is that of an earlier cell.
    """
    if not label > 0 or np.float64(label) == nodata:
        return np.int32(-1)
    if label > MAX_ID:
        return np.int32(-2)
    number = np.int64(label)
    if np.float64(number) != np.float64(label):
        return np.int32(-2)
    slot = ((number * 0x9E3779B97F4A7C1) >> 20) & (_SLOTS - 1)
    while True:
        part = slots[slot]
        if part < first:
            slots[slot] = count
            ids[count] = number
            return np.int32(count)
        if ids[part] == number:
            return part
        slot = (slot + 1) & (_SLOTS - 1)


@njit(nogil=True, cache=True)
def _count_pixels(image, pixels):
    rows, columns = image.shape
    for r in range(rows):
        for c in range(columns):
            if image[r, c] >= 0:
                pixels[image[r, c]] += 1
