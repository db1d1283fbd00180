"""What can be known to fail before a run starts."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

from qgis.core import QgsMapLayer, QgsRasterLayer, QgsRectangle, QgsVectorLayer, QgsWkbTypes

from ..core.errors import ParameterError
from ..core.paths import same_file
from .inputs import complex_band, destination, raster_source


def finite(value: Any) -> Any:
    """Return infinity as the largest number, which Processing's own checks accept."""
    try:
        return sys.float_info.max if math.isinf(float(value)) else value
    except (TypeError, ValueError):
        return value


def check_bands(bands: tuple[int, ...] | None, layer: QgsRasterLayer) -> None:
    """Refuse bands that are not there, or whose numbers cannot be compared."""
    for band in bands or ():
        if band > layer.bandCount():
            count = layer.bandCount()
            raise ParameterError("bands", band, f"the raster has only bands 1 to {count}.")
    band = complex_band(layer, bands)
    if band is not None:
        cure = "it holds complex numbers; choose real bands, or make an amplitude image first."
        raise ParameterError("bands", band, cure)


def check_output(name: str, value: Any, inputs: dict[str, str | None]) -> None:
    """Refuse an output that is an input, or that cannot be created.

    Parameters
    ----------
    name : str
        Of the output, as the engine writes it.
    value : object
    inputs : dict
        Files that must not be overwritten, by what they are.
    """
    output = destination(value)
    if not output:
        return
    for what, path in inputs.items():
        if path and same_file(output, path):
            raise ParameterError(name, output, f"that is the {what}; choose another file.")
    if output.startswith("/vsi"):
        return
    folder = Path(output).parent
    if not folder.is_dir():
        raise ParameterError(name, output, "the folder does not exist; create it or choose another.")
    if not os.access(folder, os.W_OK):
        raise ParameterError(name, output, "the folder cannot be written to; choose another.")


def check_layer_format(name: str, value: Any, is_table: bool) -> None:
    """Refuse a layer or table that no driver writes."""
    from ..core.vector.formats import layer_format, table_format

    output = destination(value)
    if not output:
        return
    try:
        table_format(name, output) if is_table else layer_format(output)
    except ParameterError as error:
        raise ParameterError(name, error.value, error.cure) from error


def check_mask(layer: QgsMapLayer | None, value: Any) -> None:
    """Refuse a mask that is neither a raster nor polygons."""
    if layer is None:
        raise ParameterError("mask", value, "it cannot be opened; choose a raster or a layer of polygons.")
    if isinstance(layer, QgsRasterLayer):
        raster_source(layer, "mask")
        return
    polygon = QgsWkbTypes.GeometryType.PolygonGeometry
    if not isinstance(layer, QgsVectorLayer) or layer.geometryType() != polygon:
        raise ParameterError("mask", layer.name(), "choose a raster or a layer of polygons.")


def check_extent(rectangle: QgsRectangle, layer: QgsRasterLayer) -> None:
    """Refuse an extent that does not touch the raster."""
    if not rectangle.isNull() and not rectangle.intersects(layer.extent()):
        cure = f"it lies outside of the raster, which covers {layer.extent().toString(2)}."
        raise ParameterError("extent", rectangle.toString(2), cure)


def check_workspace(folder: str) -> None:
    """Refuse a workspace that is a file."""
    if folder and Path(folder).is_file():
        raise ParameterError("workspace", folder, "that is a file; choose a folder.")
