"""How large so many pixels of a raster are on the ground."""

from __future__ import annotations

import math
from typing import Any

from qgis.core import (
    QgsCoordinateTransformContext,
    QgsDistanceArea,
    QgsGeometry,
    QgsRasterLayer,
    QgsRectangle,
    QgsUnitTypes,
)
from qgis.PyQt.QtCore import QCoreApplication

_HECTARE = 10_000.0
#: From this many square metres on, hectares are easier to imagine.
_LEAST_IN_HECTARES = 1_000.0


def pixel_area(layer: QgsRasterLayer) -> float | None:
    """Return the square metres of the pixel in the middle of a raster; None if its CRS does not tell."""
    crs = layer.crs()
    if not crs.isValid() or not layer.width() or not layer.height():
        return None
    if crs.isGeographic():
        return _on_the_ellipsoid(layer)
    metres = QgsUnitTypes.fromUnitToUnitFactor(crs.mapUnits(), QgsUnitTypes.DistanceUnit.DistanceMeters)
    area = layer.rasterUnitsPerPixelX() * layer.rasterUnitsPerPixelY() * metres**2
    return area if math.isfinite(area) and area > 0 else None


def _on_the_ellipsoid(layer: QgsRasterLayer) -> float | None:
    """Measure the pixel where the latitude is that of the middle: it shrinks towards the poles."""
    measure = QgsDistanceArea()
    measure.setSourceCrs(layer.crs(), QgsCoordinateTransformContext())
    if not measure.setEllipsoid(layer.crs().ellipsoidAcronym()):
        return None
    # A pixel alone is so small that rounding shows.
    many = 100
    size = (layer.rasterUnitsPerPixelX() * many, layer.rasterUnitsPerPixelY() * many)
    square = QgsRectangle.fromCenterAndSize(layer.extent().center(), *size)
    area = measure.measureArea(QgsGeometry.fromRect(square)) / many**2
    return area if math.isfinite(area) and area > 0 else None


def area_of_pixels(layer: QgsRasterLayer, pixels: Any) -> str:
    """Say how large so many pixels are: "= 0.5 ha"; nothing where that is not known.

    Where pixels differ in size, it is said of those in the middle.
    """
    try:
        area = float(pixels) * (pixel_area(layer) or 0.0)
    except (TypeError, ValueError):
        return ""
    if area <= 0:
        return ""
    if layer.crs().isGeographic():
        template = QCoreApplication.translate("ShepherdSegmentation", "≈ {area} in the middle of the image")
    else:
        template = "= {area}"
    return template.format(area=in_words(area))


def in_words(area: float) -> str:
    """Return square metres as people write them."""
    value, unit = (area / _HECTARE, "ha") if area >= _LEAST_IN_HECTARES else (area, "m²")
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    text = f"{value:,.{min(digits, 6)}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {unit}"
