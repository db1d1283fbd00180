"""From coordinates to pixels."""

from __future__ import annotations

import math

from osgeo import gdal

from ..errors import ParameterError
from ..grid import Window
from .source import RasterInfo

#: Corners this near to a pixel's edge lie on it: coordinates come with rounding errors.
_TOLERANCE = 1e-4


def extent_to_window(extent: tuple[float, float, float, float], image: RasterInfo) -> Window:
    """Return the pixels that an extent covers, at least in part.

    Parameters
    ----------
    extent : tuple of float
        (xmin, ymin, xmax, ymax) in the raster's CRS; in pixels (column, row) when the raster has
        no georeference.
    image : RasterInfo

    Raises
    ------
    ParameterError
        If it is not an extent, or lies outside the raster.
    """
    xmin, ymin, xmax, ymax = _numbers(extent)
    to_pixel = (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    if image.geotransform:
        to_pixel = gdal.InvGeoTransform(image.geotransform)
    corners = [gdal.ApplyGeoTransform(to_pixel, x, y) for x in (xmin, xmax) for y in (ymin, ymax)]
    columns, rows = zip(*corners)
    left, right = _span(columns, image.columns)
    top, bottom = _span(rows, image.rows)
    if left >= right or top >= bottom:
        raise ParameterError("extent", extent, "this lies outside the raster; choose a part of it.")
    return Window(top, left, bottom - top, right - left)


def _numbers(extent: tuple[float, ...]) -> tuple[float, ...]:
    try:
        xmin, ymin, xmax, ymax = (float(value) for value in extent)
    except (TypeError, ValueError):
        raise ParameterError("extent", extent, "give (xmin, ymin, xmax, ymax).") from None
    if not all(map(math.isfinite, (xmin, ymin, xmax, ymax))) or xmin >= xmax or ymin >= ymax:
        raise ParameterError("extent", extent, "give (xmin, ymin, xmax, ymax), smaller values first.")
    return xmin, ymin, xmax, ymax


def _span(values: tuple[float, ...], size: int) -> tuple[int, int]:
    low = math.floor(min(values) + _TOLERANCE)
    high = math.ceil(max(values) - _TOLERANCE)
    return max(low, 0), min(high, size)


def part_geotransform(geotransform: tuple[float, ...] | None, part: Window) -> tuple[float, ...] | None:
    """Return the geotransform of a window of a raster."""
    if geotransform is None:
        return None
    x, y = gdal.ApplyGeoTransform(geotransform, part.column, part.row)
    return (x, *geotransform[1:3], y, *geotransform[4:6])
