"""What results are called on the map: names that tell how the segments were made."""

from __future__ import annotations

import json
from contextlib import suppress

from qgis.core import QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication

from ..core.spec import SegmentationSpec


def of_spec(spec: SegmentationSpec) -> str:
    """Say how segments are made: "≥ 50 px, 60 clusters"."""
    return _scale(spec.min_segment_size, spec.clusters)


def of_segments(layer: QgsRasterLayer, source: str) -> str:
    """Say how the segments of a raster were made if its metadata tell; otherwise "of <layer>"."""
    from osgeo import gdal

    dataset = gdal.Open(source)
    try:
        made = json.loads(dataset.GetMetadataItem("SHEPHERD_PARAMETERS"))
        return _scale(made["min_segment_size"], made["clusters"])
    except (AttributeError, TypeError, ValueError, KeyError):
        return QCoreApplication.translate("ShepherdSegmentation", "of {layer}").format(layer=layer.name())


def holds_segments(source: str) -> bool:
    """Tell whether a raster says that its pixels are ids of segments."""
    from osgeo import gdal

    dataset = None
    with suppress(RuntimeError):
        dataset = gdal.Open(source)
    return bool(dataset and dataset.GetMetadataItem("SHEPHERD_PARAMETERS"))


def _scale(size: int, clusters: int) -> str:
    text = QCoreApplication.translate("ShepherdSegmentation", "≥ {size} px, {clusters} clusters")
    return text.format(size=size, clusters=clusters)
