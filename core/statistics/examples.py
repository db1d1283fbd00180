"""Two statistics of the kind that a caller can add.

Examples
--------
>>> from shepherd_segmentation.core import segment_statistics
>>> from shepherd_segmentation.core.statistics.examples import EDGE_PIXELS, variogram
>>> segment_statistics("labels.tif", "image.tif", "table.gpkg",
...                    user_statistics=(EDGE_PIXELS, variogram(3)))  # doctest: +SKIP
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .spec import UserStatistic


@njit(nogil=True, cache=True)
def place_pixels(rows, columns) -> np.ndarray:
    """Return a segment's box, one pixel wider on all sides, with the number of each pixel or -1."""
    box = np.full((rows.max() - rows.min() + 3, columns.max() - columns.min() + 3), -1, np.int64)
    top, left = rows.min() - 1, columns.min() - 1
    for i in range(rows.size):
        box[rows[i] - top, columns[i] - left] = i
    return box


@njit(nogil=True, cache=True)
def count_edge_pixels(values, rows, columns) -> float:
    """Count the valid pixels of a segment with an edge to something that is not one of them."""
    box = place_pixels(rows, columns)
    edge = 0
    for r in range(1, box.shape[0] - 1):
        for c in range(1, box.shape[1] - 1):
            inside = box[r - 1, c] >= 0 and box[r + 1, c] >= 0 and box[r, c - 1] >= 0 and box[r, c + 1] >= 0
            edge += box[r, c] >= 0 and not inside
    return float(edge)


#: Number of pixels at the edge of a segment: ``b1_edge_pixels``.
EDGE_PIXELS = UserStatistic(("edge_pixels",), count_edge_pixels)


def variogram(lags: int = 1) -> UserStatistic:
    """Return the empirical semivariogram at the first lags, along rows and columns.

    ``b1_variogram_1`` is half the mean squared difference of the values of two pixels of the
    segment that are 1 pixel apart; NULL where there are no such pixels.

    References
    ----------
    Matheron (1963), "Principles of geostatistics", Economic Geology 58, 1246-1266.
    """

    @njit(nogil=True)
    def compute(values, rows, columns):
        box = place_pixels(rows, columns)
        result = np.full(lags, np.nan)
        for lag in range(1, lags + 1):
            total, pairs = 0.0, 0
            for r in range(1, box.shape[0] - 1):
                for c in range(1, box.shape[1] - 1):
                    if box[r, c] < 0:
                        continue
                    value = values[box[r, c]]
                    if r + lag < box.shape[0] and box[r + lag, c] >= 0:
                        total += (values[box[r + lag, c]] - value) ** 2
                        pairs += 1
                    if c + lag < box.shape[1] and box[r, c + lag] >= 0:
                        total += (values[box[r, c + lag]] - value) ** 2
                        pairs += 1
            if pairs:
                result[lag - 1] = total / (2 * pairs)
        return result

    return UserStatistic(tuple(f"variogram_{lag}" for lag in range(1, lags + 1)), compute)
