"""Statistics that need the values of a segment in order: percentiles, mode, minority, variety."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from .spec import StatisticsSpec

#: Where `order_statistics` puts what; percentiles follow.
MODE, MINORITY, VARIETY, PERCENTILES = 0, 1, 2, 3


@dataclass(frozen=True)
class OrderPlan:
    """Which order statistics to compute.

    Parameters
    ----------
    quantiles : ndarray of float64
        0 to 1; the median first when it is wanted.
    counting : bool
        Whether mode, minority or variety are wanted.
    has_median : bool
    """

    quantiles: np.ndarray
    counting: bool
    has_median: bool

    @classmethod
    def of(cls, spec: StatisticsSpec) -> OrderPlan:
        """Return the plan for a spec."""
        median = "median" in spec.ordered
        percentiles = ([50.0] if median else []) + list(spec.percentiles)
        counting = any(name != "median" for name in spec.ordered)
        return cls(np.array(percentiles, np.float64) / 100, counting, median)

    @property
    def columns(self) -> int:
        """Number of results per segment and band."""
        return PERCENTILES + self.quantiles.size


def order_statistics(values: np.ndarray, starts: np.ndarray, plan: OrderPlan) -> np.ndarray:
    """Compute order statistics of segments.

    Parameters
    ----------
    values : ndarray of float32 or float64
        Sorted within each segment.
    starts : ndarray of int64, shape (segments + 1,)
    plan : OrderPlan

    Returns
    -------
    ndarray of float64, shape (segments, plan.columns)
        NaN for a segment without values, and where nothing was wanted.
    """
    result = np.full((starts.size - 1, plan.columns), np.nan)
    _order_statistics(values, starts, plan.quantiles, plan.counting, result)
    return result


@njit(nogil=True, cache=True)
def gather(values, image, local, positions, out) -> None:
    """Put the valid values of every segment of a tile together.

    `local` is the segment of every part; `positions` where its next value goes, which advances.
    """
    rows, columns = image.shape
    for r in range(rows):
        c = 0
        while c < columns:
            part = image[r, c]
            if part < 0:
                c += 1
                continue
            s = local[part]
            position = positions[s]
            while c < columns and image[r, c] == part:
                value = values[r, c]
                if value == value:
                    # A negative zero would be sorted apart from zero.
                    out[position] = value + values.dtype.type(0)
                    position += 1
                c += 1
            positions[s] = position


@njit(nogil=True, cache=True)
def gather_places(values, image, local, positions, out, place, rows_out, columns_out) -> None:
    """Put the valid values of every segment together with their rows and columns in the raster.

    `place` is that of the tile; see `gather`.
    """
    rows, columns = image.shape
    for r in range(rows):
        for c in range(columns):
            part = image[r, c]
            value = values[r, c]
            if part >= 0 and value == value:
                s = local[part]
                out[positions[s]] = value
                rows_out[positions[s]] = place[0] + r
                columns_out[positions[s]] = place[1] + c
                positions[s] += 1


@njit(nogil=True, cache=True)
def interpolate(below, above, fraction) -> float:
    """Return a value between two neighbours, computed as numpy does."""
    if fraction >= 0.5:
        return above - (above - below) * (1 - fraction)
    return below + (above - below) * fraction


@njit(nogil=True, cache=True)
def _order_statistics(values, starts, quantiles, counting, result):
    for s in range(starts.size - 1):
        start, stop = starts[s], starts[s + 1]
        n = stop - start
        if n == 0:
            continue
        for q in range(quantiles.size):
            place = (n - 1) * quantiles[q]
            rank = int(np.floor(place))
            below = np.float64(values[start + rank])
            above = np.float64(values[min(start + rank + 1, stop - 1)])
            result[s, PERCENTILES + q] = interpolate(below, above, place - rank)
        if counting:
            _count_values(values, start, stop, result[s])


@njit(nogil=True, cache=True)
def _count_values(values, start, stop, result):
    """Find the most and the least frequent of sorted values; the smallest wins a tie."""
    most, least, distinct = 0, stop - start + 1, 0
    i = start
    while i < stop:
        j = i + 1
        while j < stop and values[j] == values[i]:
            j += 1
        distinct += 1
        if j - i > most:
            most = j - i
            result[MODE] = values[i]
        if j - i < least:
            least = j - i
            result[MINORITY] = values[i]
        i = j
    result[VARIETY] = distinct
