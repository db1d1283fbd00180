"""Counts, sums, deviations and extremes of the values of one band.

Within a part the deviations are summed about the part's own mean, in a second look at the
pixels, with the correction for the mean's rounding error ("corrected two-pass algorithm");
parts are merged pairwise; sums are kept as an unevaluated pair of numbers, so that nothing is
lost however many parts there are.

References
----------
Chan, Golub & LeVeque (1983), "Algorithms for Computing the Sample Variance", The American
Statistician 37(3), 242-247: the two-pass correction (1.7) and the merge (2.1).
Knuth, "The Art of Computer Programming", volume 2, 4.2.2: the error of a sum is a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit


@dataclass(frozen=True)
class Sums:
    """What is added up for every part or segment of one or more bands.

    Parameters
    ----------
    count : ndarray of int64, shape (bands, n)
        Valid pixels.
    total, rest : ndarray of float64, shape (bands, n)
        Their sum is the sum of the values.
    squares : ndarray of float64, shape (bands, n)
        Sum of the squared differences from the mean.
    low, high : ndarray of float64, shape (bands, n)
        Extremes; infinite where there is no valid pixel.
    """

    count: np.ndarray
    total: np.ndarray
    rest: np.ndarray
    squares: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def zeros(cls, bands: int, n: int, make: Callable[..., np.ndarray] = np.zeros) -> Sums:
        """Return the sums of nothing, in arrays from `make`."""
        arrays = [make((bands, n), np.int64 if index == 0 else np.float64) for index in range(6)]
        arrays[4].fill(np.inf)
        arrays[5].fill(-np.inf)
        return cls(*arrays)

    def band(self, index: int) -> tuple[np.ndarray, ...]:
        """Return the arrays of one band."""
        return (
            self.count[index],
            self.total[index],
            self.rest[index],
            self.squares[index],
            self.low[index],
            self.high[index],
        )


def add_band(
    values: np.ndarray, image: np.ndarray, sums: Sums, band: int, squares: bool, is_small: bool = False
) -> None:
    """Fill the sums of the parts of a tile for one band.

    Parameters
    ----------
    values : ndarray of float32 or float64, shape (rows, columns)
        NaN where null.
    image : ndarray of int32, shape (rows, columns)
        Part of every pixel, -1 for none.
    sums : Sums
        Of the parts, zero before.
    band : int
        Row of `sums`.
    squares : bool
        Whether deviations are needed.
    is_small : bool
        Whether the values are integers of at most 16 bits. Then all sums of a part are exact, those of
        the squares too, and one look at the pixels is enough.
    """
    count, total, rest, deviations, low, high = sums.band(band)
    _add(values, image, count, total, rest, deviations, low, high, squares and is_small)
    if squares and is_small:
        # About a whole number near the mean, so that every term is a whole number below 2**53.
        middle = np.rint(total / np.maximum(count, 1))
        moved = total - count * middle
        deviations += middle * (count * middle - 2 * total)
        deviations -= moved * moved / np.maximum(count, 1)
    elif squares:
        mean = (total + rest) / np.maximum(count, 1)
        error = np.zeros(count.size, np.float64)
        _add_squares(values, image, mean, deviations, error)
        deviations -= error * error / np.maximum(count, 1)
        np.maximum(deviations, 0.0, out=deviations)


@njit(nogil=True, cache=True)
def blank(values, nodata, mask) -> None:
    """Set nodata and infinite values, and pixels where the mask is 0, to NaN.

    A mask of one element stands for one that is 1 everywhere.
    """
    rows, columns = values.shape
    masked = mask.size > 1
    for r in range(rows):
        for c in range(columns):
            value = values[r, c]
            if value == nodata or not np.isfinite(value) or (masked and mask[r, c] == 0):
                values[r, c] = np.nan


@njit(nogil=True, cache=True)
def _add(values, image, count, total, rest, squares, low, high, with_squares):
    rows, columns = image.shape
    for r in range(rows):
        c = 0
        while c < columns:
            part = image[r, c]
            if part < 0:
                c += 1
                continue
            n = 0
            run = 0.0
            lost = 0.0
            square = 0.0
            least = np.inf
            most = -np.inf
            while c < columns and image[r, c] == part:
                value = np.float64(values[r, c])
                if value == value:
                    n += 1
                    if values.itemsize == 8:
                        run, error = _two_sum(run, value)
                        lost += error
                    else:  # the sum of a run of float32 loses next to nothing
                        run += value
                    square += value * value
                    least = min(least, value)
                    most = max(most, value)
                c += 1
            if n:
                count[part] += n
                low[part] = min(low[part], least)
                high[part] = max(high[part], most)
                total[part], error = _two_sum(total[part], run)
                rest[part] += error + lost
                if with_squares:
                    squares[part] += square


@njit(nogil=True, cache=True)
def _add_squares(values, image, mean, squares, errors):
    rows, columns = image.shape
    for r in range(rows):
        c = 0
        while c < columns:
            part = image[r, c]
            if part < 0:
                c += 1
                continue
            middle = mean[part]
            square = 0.0
            error = 0.0
            while c < columns and image[r, c] == part:
                difference = np.float64(values[r, c]) - middle
                if difference == difference:
                    square += difference * difference
                    error += difference
                c += 1
            squares[part] += square
            errors[part] += error


@njit(nogil=True, cache=True)
def _two_sum(a, b):
    """Return the rounded sum and its rounding error."""
    total = a + b
    moved = total - a
    return total, (a - (total - moved)) + (b - moved)


@njit(nogil=True, cache=True)
def _mean(total, rest, n):
    """Return a mean as a pair of numbers: means far from zero may differ by less than one can hold."""
    mean = total / n
    # The product of the mean and n, exactly, as a sum of products of halves (Dekker 1971).
    split = 134217729.0 * mean
    high = split - (split - mean)
    low = mean - high
    product = mean * n
    error = (high * n - product) + low * n
    return mean, ((total - product) - error + rest) / n


@njit(nogil=True, cache=True)
def merge_sums(segments, first, stop, count, total, rest, squares, low, high, into) -> None:
    """Merge the sums of parts into those of their segments, in the order of the parts.

    `into` holds the same six arrays for the segments.
    """
    into_count, into_total, into_rest, into_squares, into_low, into_high = into
    for part in range(first, stop):
        n = count[part]
        if n == 0:
            continue
        s = segments[part]
        before = into_count[s]
        if before:
            mean, mean_rest = _mean(total[part], rest[part], n)
            into_mean, into_mean_rest = _mean(into_total[s], into_rest[s], before)
            difference = (mean - into_mean) + (mean_rest - into_mean_rest)
            weight = np.float64(n) * np.float64(before) / np.float64(n + before)
            into_squares[s] += squares[part] + difference * difference * weight
        else:
            into_squares[s] = squares[part]
        into_count[s] = before + n
        into_total[s], error = _two_sum(into_total[s], total[part])
        into_rest[s] += error + rest[part]
        into_low[s] = min(into_low[s], low[part])
        into_high[s] = max(into_high[s], high[part])
