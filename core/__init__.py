"""The segmentation engine; needs numpy, numba and GDAL, not QGIS.

Names are imported when they are first used, so that importing this package is quick and does
not load numba.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_EXPORTS = {
    "SegmentationSpec": "spec",
    "SegmentationResult": "segmentation",
    "segment_array": "segmentation",
    "segment_raster": "raster_segmentation",
    "segment_with_products": "products",
    "fit_clusters": "clustering.fit",
    "assign_clusters": "clustering.assign",
    "StatisticsSpec": "statistics.spec",
    "UserStatistic": "statistics.spec",
    "segment_statistics": "statistics.statistics",
    "segment_columns": "statistics.statistics",
    "segment_array_statistics": "statistics.statistics",
    "polygonize_segments": "polygons.polygonize",
    "polygonize_with_statistics": "polygons.measured",
    "PolygonsResult": "polygons.polygonize",
    "clip_segments": "clipping.clip",
    "ClipResult": "clipping.clip",
    "Progress": "progress",
    "TerminalProgress": "progress",
    "ShepherdError": "errors",
    "ParameterError": "errors",
    "RasterError": "errors",
    "WorkspaceError": "errors",
    "NotEnoughMemoryError": "errors",
    "Cancelled": "errors",
    "VERSION": "version",
}
__all__ = sorted(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_EXPORTS[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
