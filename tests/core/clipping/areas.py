"""The areas to which the tests clip."""

from __future__ import annotations

from pathlib import Path

from osgeo import gdal, ogr, osr

from tests.core.rasters import NORTH_UP, crs


def bounds_of(geotransform, top: float, bottom: float, left: float, right: float) -> tuple[float, ...]:
    """Return xmin, ymin, xmax, ymax of a box of pixels."""
    transform = geotransform or (0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    corners = [gdal.ApplyGeoTransform(transform, x, y) for x in (left, right) for y in (top, bottom)]
    xs, ys = zip(*corners)
    return min(xs), min(ys), max(xs), max(ys)


def write_polygon(path: Path, wkt: str, code: int = 32632, kind: int = ogr.wkbPolygon) -> str:
    driver = ogr.GetDriverByName("GPKG")
    out = driver.CreateDataSource(str(path))
    reference = osr.SpatialReference(crs(code))
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    layer = out.CreateLayer("area", reference, kind)
    feature = ogr.Feature(layer.GetLayerDefn())
    feature.SetGeometry(ogr.CreateGeometryFromWkt(wkt))
    layer.CreateFeature(feature)
    del feature, layer, out
    return str(path)


def triangle(top: float, left: float, size: float) -> str:
    """Return a triangle whose corners are given in pixels of 10 m."""
    x, y = NORTH_UP[0] + 10 * left, NORTH_UP[3] - 10 * top
    return f"POLYGON (({x} {y}, {x + 10 * size} {y}, {x} {y - 10 * size}, {x} {y}))"
