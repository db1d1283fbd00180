"""Sorts the values of every segment: insertion for few values, radix for many."""

from __future__ import annotations

import numpy as np
from numba import njit

_FEW = 40
_DIGIT = 8
_DIGITS = 1 << _DIGIT


def sort_segments(values: np.ndarray, starts: np.ndarray) -> None:
    """Sort the values of every segment in place.

    Parameters
    ----------
    values : ndarray of float32 or float64
        Without NaN; zeros must be positive.
    starts : ndarray of int64, shape (segments + 1,)
        Segment ``i`` has ``values[starts[i]:starts[i + 1]]``.
    """
    longest = int(np.diff(starts).max()) if starts.size > 1 else 0
    unsigned = np.uint32 if values.dtype == np.float32 else np.uint64
    spare = np.empty(longest if longest > _FEW else 0, unsigned)
    _sort(values, values.view(unsigned), starts, spare)


@njit(nogil=True, cache=True)
def _sort(values, bits, starts, spare):
    """`bits` are the same memory as `values`."""
    counts = np.zeros((8, _DIGITS), np.int64)
    for s in range(starts.size - 1):
        start, stop = starts[s], starts[s + 1]
        if stop - start <= _FEW:
            _insert(values, start, stop)
        else:
            _radix(bits, start, stop, spare, counts)


@njit(nogil=True, cache=True)
def _insert(values, start, stop):
    for i in range(start + 1, stop):
        value = values[i]
        j = i
        while j > start and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value


@njit(nogil=True, cache=True)
def _radix(bits, start, stop, spare, counts):
    """Sort by one digit after the other, leaving out digits that all values share."""
    width = bits.itemsize
    one = bits.dtype.type(1)
    top = one << bits.dtype.type(8 * width - 1)
    counts[:width] = 0
    # The bits of positive numbers are in the order of the numbers; those of negative ones reversed.
    for i in range(start, stop):
        key = bits[i]
        key = ~key if key & top else key | top
        bits[i] = key
        for d in range(width):
            counts[d, (key >> bits.dtype.type(_DIGIT * d)) & bits.dtype.type(_DIGITS - 1)] += 1
    moved = False
    for d in range(width):
        shift = bits.dtype.type(_DIGIT * d)
        source = spare[0] if moved else bits[start]
        if counts[d, (source >> shift) & bits.dtype.type(_DIGITS - 1)] == stop - start:
            continue
        _positions(counts[d])
        if moved:
            _distribute(spare, 0, stop - start, bits, start, shift, counts[d])
        else:
            _distribute(bits, start, stop, spare, 0, shift, counts[d])
        moved = not moved
    for i in range(start, stop):
        key = spare[i - start] if moved else bits[i]
        bits[i] = key ^ top if key & top else ~key


@njit(nogil=True, cache=True)
def _positions(counts):
    position = 0
    for digit in range(_DIGITS):
        count = counts[digit]
        counts[digit] = position
        position += count


@njit(nogil=True, cache=True)
def _distribute(source, start, stop, target, first, shift, positions):
    mask = source.dtype.type(_DIGITS - 1)
    for i in range(start, stop):
        key = source[i]
        digit = (key >> shift) & mask
        target[first + positions[digit]] = key
        positions[digit] += 1
