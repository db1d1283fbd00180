"""Rasters as the engine can read them, and where results go."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    Qgis,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsRectangle,
)

from ..core.errors import ParameterError

_COMPLEX = (
    Qgis.DataType.CInt16,
    Qgis.DataType.CInt32,
    Qgis.DataType.CFloat32,
    Qgis.DataType.CFloat64,
)


def raster_source(layer: QgsRasterLayer, parameter: str) -> str:
    """Return what GDAL opens to read a raster layer.

    Raises
    ------
    ParameterError
        If the layer's pixels do not come from GDAL, or only with settings that a path cannot hold.
    """
    if layer.providerType() != "gdal":
        cure = (
            f"this layer comes from the provider “{layer.providerType()}” and holds no pixel values "
            "that GDAL can read; save it as a GeoTIFF and choose that."
        )
        raise ParameterError(parameter, layer.name(), cure)
    if "|" in layer.source():
        cure = "this layer has open options or a sign-in; save it as a virtual raster (VRT) first."
        raise ParameterError(parameter, layer.name(), cure)
    return layer.source()


def file_of(source: str) -> str:
    """Return the file behind a raster's source, where there is one: also of a subdataset."""
    parts = QgsProviderRegistry.instance().decodeUri("gdal", source)
    return parts.get("path") or source


def complex_band(layer: QgsRasterLayer, bands: tuple[int, ...] | None) -> int | None:
    """Return the first of the bands that holds complex numbers, if any."""
    provider = layer.dataProvider()
    for band in bands or range(1, layer.bandCount() + 1):
        if provider.sourceDataType(band) in _COMPLEX:
            return band
    return None


def gdal_extent(rectangle: QgsRectangle, layer: QgsRasterLayer) -> tuple[float, ...]:
    """Return an extent of the map as (xmin, ymin, xmax, ymax) in the file's own coordinates.

    QGIS draws a file without a georeference upright, so it counts rows downwards from 0 as negative y;
    to GDAL the row is y itself.
    """
    if _is_georeferenced(layer):
        south, north = rectangle.yMinimum(), rectangle.yMaximum()
    else:
        south, north = -rectangle.yMaximum(), -rectangle.yMinimum()
    return rectangle.xMinimum(), south, rectangle.xMaximum(), north


def _is_georeferenced(layer: QgsRasterLayer) -> bool:
    from osgeo import gdal

    dataset = gdal.Open(layer.source())
    return dataset is None or dataset.GetGeoTransform(can_return_null=True) is not None


def destination(value: Any) -> str:
    """Return the path that an output parameter names, or nothing for a temporary one."""
    sink = getattr(value, "sink", value)
    text = sink.staticValue() if hasattr(sink, "staticValue") else sink
    return text if isinstance(text, str) and text != "TEMPORARY_OUTPUT" else ""
