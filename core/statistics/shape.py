"""Shape of every segment, from its pixels.

Lengths and areas are in map units (pixels without a georeference). Positions of pixels are
those of their centres.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from .spec import StatisticsSpec
from .table import Column

#: What is measured for every part, relative to its cell, as integers.
PART_FIELDS = 12
(N, ROW, COLUMN, ROW2, COLUMN2, BOTH, TOP, LEFT, BOTTOM, RIGHT, ALONG_ROWS, ALONG_COLUMNS) = range(12)
#: Identity transform: without a georeference coordinates are pixels, rows downwards.
PIXELS = (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


def empty_shapes(parts: int) -> np.ndarray:
    """Return an array for `measure_parts`: int64, shape (parts, fields)."""
    shapes = np.zeros((parts, PART_FIELDS), np.int64)
    shapes[:, [TOP, LEFT]] = np.iinfo(np.int64).max
    shapes[:, [BOTTOM, RIGHT]] = -1
    return shapes


@njit(nogil=True, cache=True)
def measure_parts(image, origins, labels, place, shapes) -> None:
    """Measure the parts of a tile.

    `place` holds row and column of the tile in the raster, and row and column of the tile in
    `labels`, which has one pixel more on every side that lies inside the raster.
    """
    rows, columns = image.shape
    for r in range(rows):
        for c in range(columns):
            part = image[r, c]
            if part < 0:
                continue
            shape = shapes[part]
            row, column = place[0] + r - origins[part, 0], place[1] + c - origins[part, 1]
            shape[N] += 1
            shape[ROW] += row
            shape[COLUMN] += column
            shape[ROW2] += row * row
            shape[COLUMN2] += column * column
            shape[BOTH] += row * column
            shape[TOP] = min(shape[TOP], place[0] + r)
            shape[LEFT] = min(shape[LEFT], place[1] + c)
            shape[BOTTOM] = max(shape[BOTTOM], place[0] + r + 1)
            shape[RIGHT] = max(shape[RIGHT], place[1] + c + 1)
            y, x = r + place[2], c + place[3]
            label = labels[y, x]
            shape[ALONG_ROWS] += y == 0 or labels[y - 1, x] != label
            shape[ALONG_ROWS] += y + 1 == labels.shape[0] or labels[y + 1, x] != label
            shape[ALONG_COLUMNS] += x == 0 or labels[y, x - 1] != label
            shape[ALONG_COLUMNS] += x + 1 == labels.shape[1] or labels[y, x + 1] != label


@njit(nogil=True, cache=True)
def merge_shapes(segments, first, stop, origins, shapes, into) -> None:
    """Merge shapes of parts into those of segments, in the order of the parts.

    In `into` the sums of squares and products are about the mean (see `core.statistics.sums`),
    and row and column are the mean.
    """
    for part in range(first, stop):
        shape = shapes[part]
        s = segments[part]
        n = shape[N]
        row, column = shape[ROW] / n, shape[COLUMN] / n
        # Integers: exact, because a cell has at most 65536 pixels.
        rows2 = (n * shape[ROW2] - shape[ROW] * shape[ROW]) / n
        columns2 = (n * shape[COLUMN2] - shape[COLUMN] * shape[COLUMN]) / n
        both = (n * shape[BOTH] - shape[ROW] * shape[COLUMN]) / n
        row += origins[part, 0]
        column += origins[part, 1]
        before = into[s, N]
        share = n / (before + n)
        down, right = row - into[s, ROW], column - into[s, COLUMN]
        into[s, N] = before + n
        into[s, ROW] += down * share
        into[s, COLUMN] += right * share
        into[s, ROW2] += rows2 + down * down * before * share
        into[s, COLUMN2] += columns2 + right * right * before * share
        into[s, BOTH] += both + down * right * before * share
        new = before == 0
        into[s, TOP] = shape[TOP] if new else min(into[s, TOP], shape[TOP])
        into[s, LEFT] = shape[LEFT] if new else min(into[s, LEFT], shape[LEFT])
        into[s, BOTTOM] = max(into[s, BOTTOM], shape[BOTTOM])
        into[s, RIGHT] = max(into[s, RIGHT], shape[RIGHT])
        into[s, ALONG_ROWS] += shape[ALONG_ROWS]
        into[s, ALONG_COLUMNS] += shape[ALONG_COLUMNS]


def shape_columns(
    shapes: np.ndarray, geotransform: tuple[float, ...] | None, spec: StatisticsSpec
) -> list[Column]:
    """Return the shape columns that a spec asks for.

    pixels
        Number of pixels.
    area
        Pixels times the area of a pixel.
    perimeter
        Length of the pixel edges between the segment and anything else, holes and the edge of
        the raster included.
    centroid_x, centroid_y
        Mean of the centres of the pixels.
    xmin, ymin, xmax, ymax
        Box around the pixels (of a rotated raster: around their box in rows and columns).
    compactness
        ``4 * pi * area / perimeter ** 2`` (Polsby & Popper 1991); pi / 4 for a square.
    elongation
        ``1 - minor / major`` with the axes of the ellipse that has the same second moments as the
        pixels: 0 for a circle or square, nearly 1 for a line. A pixel counts as an area, whose own
        second moment is 1/12, as in MATLAB's `regionprops`; scikit-image takes points, and
        eigenvalues (`inertia_tensor_eigvals`) that are smaller by 1/12.
    orientation
        Angle of the major axis, in degrees counter-clockwise from the x axis (east), above -90 to
        90; NULL where no axis is longer.
    rectangularity
        Area of the pixels divided by that of their box in rows and columns.

    Parameters
    ----------
    shapes : ndarray of float64, shape (segments, fields)
        From `merge_shapes`.
    geotransform : tuple of float or None
    spec : StatisticsSpec
    """
    transform = geotransform or PIXELS
    readers = {
        "pixels": lambda s: s[:, N].astype(np.int64),
        "area": lambda s: _area(s, transform),
        "perimeter": lambda s: _perimeter(s, transform),
        "centroid_x": lambda s: _apply(transform, s[:, COLUMN] + 0.5, s[:, ROW] + 0.5)[0],
        "centroid_y": lambda s: _apply(transform, s[:, COLUMN] + 0.5, s[:, ROW] + 0.5)[1],
        "compactness": lambda s: 4 * math.pi * _area(s, transform) / _perimeter(s, transform) ** 2,
        "elongation": lambda s: _ellipse(s, transform)[0],
        "orientation": lambda s: _ellipse(s, transform)[1],
        "rectangularity": lambda s: s[:, N] / ((s[:, BOTTOM] - s[:, TOP]) * (s[:, RIGHT] - s[:, LEFT])),
    }
    columns = []
    for name in spec.shape:
        if name == "bbox":
            for index, side in enumerate(("xmin", "ymin", "xmax", "ymax")):
                columns.append(_column(side, shapes, lambda s, i=index: _box(s, transform)[i]))
        else:
            columns.append(_column(name, shapes, readers[name]))
    return columns


def perimeters(shapes: np.ndarray, geotransform: tuple[float, ...] | None) -> np.ndarray:
    """Return the perimeters, see `shape_columns`."""
    return _perimeter(shapes, geotransform or PIXELS)


def pixel_sides(geotransform: tuple[float, ...] | None) -> tuple[float, float]:
    """Return the length of a pixel's edge along a row, and along a column."""
    transform = geotransform or PIXELS
    return math.hypot(transform[1], transform[4]), math.hypot(transform[2], transform[5])


def _column(name: str, shapes: np.ndarray, compute) -> Column:
    return Column(name, name == "pixels", lambda start, stop: compute(shapes[start:stop]))


def _area(s: np.ndarray, t: tuple[float, ...]) -> np.ndarray:
    return s[:, N] * abs(t[1] * t[5] - t[2] * t[4])


def _perimeter(s: np.ndarray, t: tuple[float, ...]) -> np.ndarray:
    along_row, along_column = pixel_sides(t)
    return s[:, ALONG_ROWS] * along_row + s[:, ALONG_COLUMNS] * along_column


def _apply(t: tuple[float, ...], column: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return t[0] + column * t[1] + row * t[2], t[3] + column * t[4] + row * t[5]


def _box(s: np.ndarray, t: tuple[float, ...]) -> tuple[np.ndarray, ...]:
    corners = [_apply(t, s[:, c], s[:, r]) for c in (LEFT, RIGHT) for r in (TOP, BOTTOM)]
    x, y = np.stack([corner[0] for corner in corners]), np.stack([corner[1] for corner in corners])
    return x.min(axis=0), y.min(axis=0), x.max(axis=0), y.max(axis=0)


def _ellipse(s: np.ndarray, t: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return elongation and orientation from the second central moments in map units."""
    rows2 = s[:, ROW2] / s[:, N] + 1 / 12
    columns2 = s[:, COLUMN2] / s[:, N] + 1 / 12
    both = s[:, BOTH] / s[:, N]
    xx = t[1] ** 2 * columns2 + 2 * t[1] * t[2] * both + t[2] ** 2 * rows2
    yy = t[4] ** 2 * columns2 + 2 * t[4] * t[5] * both + t[5] ** 2 * rows2
    xy = t[1] * t[4] * columns2 + (t[1] * t[5] + t[2] * t[4]) * both + t[2] * t[5] * rows2
    spread = np.hypot((xx - yy) / 2, xy)
    middle = (xx + yy) / 2
    minor = np.maximum(middle - spread, 0)
    elongation = 1 - np.sqrt(minor / (middle + spread))
    round_ = spread <= 1e-12 * middle
    angle = np.degrees(0.5 * np.arctan2(2 * xy, xx - yy))
    return elongation, np.where(round_, np.nan, np.where(angle <= -90, 90.0, angle))
