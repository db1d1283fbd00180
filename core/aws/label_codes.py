"""The labels of a tile in little more than two bits a pixel, much faster than deflate.

Most pixels have the label of their left or upper neighbour, and clumps are numbered in the order
of their first pixels: so a label that is new is mostly the next number. The rest is listed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..dtypes import LABEL

_LEFT, _UP, _NEXT, _LISTED = 0, 1, 2, 3


def encode_labels(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two-bit codes, four to a byte, and the labels that they do not give.

    Parameters
    ----------
    labels : ndarray of uint32, shape (rows, columns)
    """
    codes = np.zeros(-(-labels.size // 4), np.uint8)
    listed = np.empty(labels.size, LABEL)
    count = _encode(np.ascontiguousarray(labels), codes, listed)
    return codes, listed[:count].copy()


def decode_labels(codes: np.ndarray, listed: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Return the labels.

    Raises
    ------
    ValueError
        If the parts do not belong together.
    """
    rows, columns = (int(size) for size in shape.astype(np.int64).reshape(2))
    sound = codes.dtype == np.uint8 and listed.dtype == LABEL and listed.ndim == 1
    if not sound or min(rows, columns) < 1 or codes.shape != (-(-rows * columns // 4),):
        raise ValueError("its labels do not fit together")
    labels = np.empty((rows, columns), LABEL)
    if _decode(codes, listed, labels) != listed.size:
        raise ValueError("its labels do not fit together")
    return labels


@njit(nogil=True, cache=True)
def _encode(labels, codes, listed) -> int:
    rows, columns = labels.shape
    above = np.zeros(columns, np.uint32)
    count, following, i, byte = 0, np.uint32(1), 0, np.uint32(0)
    for r in range(rows):
        left = np.uint32(0)
        for c in range(columns):
            label = labels[r, c]
            if label == left:
                code = np.uint32(_LEFT)
            elif label == above[c]:
                code = np.uint32(_UP)
            elif label == following:
                code = np.uint32(_NEXT)
            else:
                code = np.uint32(_LISTED)
                listed[count] = label
                count += 1
            following += np.uint32(label == following)
            above[c] = left = label
            byte |= code << np.uint32(2 * (i & 3))
            if i & 3 == 3:
                codes[i >> 2] = byte
                byte = np.uint32(0)
            i += 1
    if i & 3:
        codes[i >> 2] = byte
    return count


@njit(nogil=True, cache=True)
def _decode(codes, listed, labels) -> int:
    """Return how many listed labels were used; -1 if there are too few."""
    rows, columns = labels.shape
    above = np.zeros(columns, np.uint32)
    count, following, i, byte = 0, np.uint32(1), 0, np.uint32(0)
    for r in range(rows):
        left = np.uint32(0)
        for c in range(columns):
            if i & 3 == 0:
                byte = np.uint32(codes[i >> 2])
            code = byte & np.uint32(3)
            byte >>= np.uint32(2)
            if code == _LEFT:
                label = left
            elif code == _UP:
                label = above[c]
            elif code == _NEXT:
                label = following
            else:
                if count == listed.size:
                    return -1
                label = listed[count]
                count += 1
            following += np.uint32(label == following)
            above[c] = left = label
            labels[r, c] = label
            i += 1
    return count
