"""Polygons and tables as the engine can read them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsFeatureRequest,
    QgsField,
    QgsFields,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSource,
    QgsProcessingFeatureSourceDefinition,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)

from ..core.errors import ParameterError
from .inputs import raster_source


def only_selected(value: Any) -> bool:
    """Tell whether a value stands for a part of a layer, such as its selected features."""
    return isinstance(value, QgsProcessingFeatureSourceDefinition)


def file_source(layer: QgsVectorLayer | None) -> str | None:
    """Return a source that the engine opens by itself, or None if the layer must be exported first."""
    if not isinstance(layer, QgsVectorLayer) or layer.providerType() != "ogr":
        return None
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    changed = layer.subsetString() or layer.isEditable() or parts.get("openOptions")
    reassigned = layer.crs() != layer.dataProvider().crs()
    by_number = parts.get("layerId") is not None
    return None if changed or reassigned or by_number else layer.source()


def mask_source(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    name: str,
    crs: QgsCoordinateReferenceSystem,
    folder: str,
    context: QgsProcessingContext,
) -> str | None:
    """Return what the engine opens as mask, exported to `folder` where it must be; None without a mask."""
    if not parameters.get(name):
        return None
    if not only_selected(parameters[name]):
        layer = algorithm.parameterAsLayer(parameters, name, context)
        is_raster = isinstance(layer, QgsRasterLayer)
        path = raster_source(layer, "mask") if is_raster else file_source(layer)
        if path is not None:
            return path
    return export_mask(_features(algorithm, parameters, name, context), crs, folder, context)


def table_source(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    name: str,
    folder: str,
    context: QgsProcessingContext,
) -> str | None:
    """Return what the engine opens as table, exported to `folder` where it must be; None without one."""
    if not parameters.get(name):
        return None
    if not only_selected(parameters[name]):
        path = file_source(algorithm.parameterAsVectorLayer(parameters, name, context))
        if path is not None:
            return path
    return export_table(_features(algorithm, parameters, name, context), folder, context)


def _features(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], name: str, context: QgsProcessingContext
) -> QgsProcessingFeatureSource:
    source = algorithm.parameterAsSource(parameters, name, context)
    if source is None:
        raise QgsProcessingException(algorithm.invalidSourceError(parameters, name))
    return source


def export_mask(
    source: QgsProcessingFeatureSource,
    crs: QgsCoordinateReferenceSystem,
    folder: str,
    context: QgsProcessingContext,
) -> str:
    """Write polygons to a GeoPackage in the raster's CRS, as QGIS shows them.

    That keeps what only QGIS knows: the selection, the layer's filter, edits that are not saved,
    memory layers and databases, and the datum transformation that the project prefers.
    """
    path = Path(folder) / "mask.gpkg"
    request = QgsFeatureRequest().setNoAttributes()
    if crs.isValid() and source.sourceCrs().isValid():
        request.setDestinationCrs(crs, context.transformContext())
    else:
        crs = source.sourceCrs()
    writer = _writer(str(path), QgsFields(), QgsWkbTypes.Type.MultiPolygon, crs, context)
    content = hashlib.sha256(crs.toWkt().encode())
    for feature in source.getFeatures(request):
        geometry = feature.geometry()
        geometry.convertToStraightSegment()
        feature.setGeometry(geometry)
        writer.addFeature(feature)
        content.update(bytes(geometry.asWkb()))
    message = writer.errorMessage()
    del writer  # closes the file
    if message:
        raise ParameterError("mask", source.sourceName(), f"it cannot be exported: {message}")
    # A workspace knows its mask by the file's name, size and time. The same polygons exported again must
    # be the same mask to it, and others must not.
    named = path.with_name(f"mask-{content.hexdigest()[:32]}.gpkg")
    path.rename(named)
    os.utime(named, (0, 0))
    return f"{named}|layername=mask"


def export_table(source: QgsProcessingFeatureSource, folder: str, context: QgsProcessingContext) -> str:
    """Write the attributes of features to a GeoPackage, as QGIS shows them."""
    path = Path(folder) / "table.gpkg"
    # The row number of a GeoPackage may be anything after a join.
    columns = [field for field in source.fields() if field.name().lower() != "fid"]
    fields = QgsFields()
    for field in columns:
        fields.append(QgsField(field))
    places = [source.fields().indexOf(field.name()) for field in columns]
    crs = QgsCoordinateReferenceSystem()
    writer = _writer(str(path), fields, QgsWkbTypes.Type.NoGeometry, crs, context)
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    for feature in source.getFeatures(request):
        row = QgsFeature(fields)
        row.setAttributes([feature.attributes()[place] for place in places])
        writer.addFeature(row)
    message = writer.errorMessage()
    del writer  # closes the file
    if message:
        raise ParameterError("statistics_table", source.sourceName(), f"it cannot be exported: {message}")
    return f"{path}|layername=table"


def _writer(
    path: str,
    fields: QgsFields,
    kind: QgsWkbTypes.Type,
    crs: QgsCoordinateReferenceSystem,
    context: QgsProcessingContext,
) -> QgsVectorFileWriter:
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = Path(path).stem
    return QgsVectorFileWriter.create(path, fields, kind, crs, context.transformContext(), options)
